import { describe, expect, it } from 'vitest';
import { createLocalAuditLog } from '../adapters/local/audit-log.js';
import { describeEndpoint } from '../capabilities/deployment/describe-endpoint.js';
import { rollbackModel } from '../capabilities/model-registry/rollback-model.js';
import { openDatabase } from '../db.js';
import { DandoriError } from '../errors.js';
import { auditedCalls } from './audited-call.js';

function opened() {
  const audit = createLocalAuditLog({ db: openDatabase(':memory:') });
  const planOf = async (trainingId: string) => {
    if (trainingId !== 'train-1') throw new DandoriError('not_found', 'There is no such run.');
    return 'a'.repeat(64);
  };
  const watch = auditedCalls({ audit, now: () => new Date(0), planOf }, 'mcp');
  const told = async () =>
    (await audit.list({})).map(({ outcome, detail, planHash }) => [outcome, detail, planHash?.slice(0, 3) ?? null]);
  return { watch, told };
}

const args = { run: { training_id: 'train-1' } };

describe('a call of a tool', () => {
  it('is told when it begins, so that a death in its middle leaves who called', async () => {
    const { watch, told } = opened();
    let finish: (answer: string) => void = () => undefined;
    const call = watch(rollbackModel, args, () => new Promise<string>((resolve) => (finish = resolve)));
    await expect.poll(told, { timeout: 30_000 }).toEqual([['begun', 'rollback_model', 'aaa']]);
    finish('back');
    expect(await call).toBe('back');
    expect(await told()).toEqual([
      ['begun', 'rollback_model', 'aaa'],
      ['done', 'rollback_model', 'aaa'],
    ]);
  });

  it.each([
    ['refused', new DandoriError('wrong_state', 'Not now.')],
    ['failed', new Error('the disk is full')],
  ])('is told as %s with the reason', async (outcome, error) => {
    const { watch, told } = opened();
    await expect(watch(rollbackModel, args, () => Promise.reject(error))).rejects.toBe(error);
    expect((await told())[1]).toEqual([outcome, `rollback_model: ${error.message}`, 'aaa']);
  });

  it('is told without a plan when its run does not exist, and not at all when it only reads', async () => {
    const { watch, told } = opened();
    await watch(rollbackModel, { run: { training_id: 'train-2' } }, async () => 'nothing');
    await watch(describeEndpoint, {}, async () => 'nothing');
    expect(await told()).toEqual([
      ['begun', 'rollback_model', null],
      ['done', 'rollback_model', null],
    ]);
  });
});
