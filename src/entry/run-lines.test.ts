import { beforeEach, describe, expect, it } from 'vitest';
import { writeRollback } from '../capabilities/model-registry/logic/rollback-record.js';
import { recordInService } from '../capabilities/shared/in-service.js';
import type { DeployTo } from '../contracts/deploy-to.js';
import { fakePorts } from '../capabilities/testing/fake-ports.js';
import type { RunRecord, RunStatus } from '../ports/run-index.js';
import { runLine, runLines } from './run-lines.js';

let ports: ReturnType<typeof fakePorts>;
beforeEach(() => {
  ports = fakePorts();
});

const runOf = (version: string | null, change: Partial<RunRecord> = {}): RunRecord => ({
  trainingId: `train-${version}`,
  issueNumber: 1,
  modelName: 'churn',
  status: 'in_service',
  version,
  requestedBy: 'aya',
  eventId: '1',
  statusCommentId: null,
  createdAt: '2026-01-02T03:04:05Z',
  endedAt: '2026-01-02T03:05:05Z',
  ...change,
});

async function register(version: string): Promise<void> {
  await ports.registry.registerVersion({
    modelName: 'churn',
    version,
    trainingId: `train-${version}`,
    approvalStatus: 'Approved',
    stage: 'None',
    packagePrefix: `models/churn/${version}`,
    digests: {},
    facts: {},
    metrics: {},
    description: '',
  });
}

const serve = (version: string, deployTo: DeployTo = 'staging') =>
  recordInService(ports, { modelName: 'churn', version, endpointName: `churn-${deployTo}`, deployTo });

/** Puts new versions into service one after the other. */
async function deploy(...versions: string[]): Promise<void> {
  for (const version of versions) {
    await register(version);
    await serve(version);
  }
}

const record = (version: string, to: string, change: object = {}) => ({
  format: 1 as const,
  endpoint_name: 'churn-staging',
  model_name: 'churn',
  training_id: `train-${version}`,
  kind: 'rollback' as const,
  from_version: version,
  to_version: to,
  status: 'done' as const,
  requested_by: 'aya',
  reason: '/rollback',
  started_at: '2026-01-03T03:04:05Z',
  done_at: '2026-01-03T03:04:05Z',
  ...change,
});

const fates = async (...runs: RunRecord[]) =>
  (await runLines(ports, runs)).map(({ replaced_by, remark }) => [replaced_by, remark]);

describe('runLines', () => {
  it('says which version took the place of an earlier one', async () => {
    await deploy('1.0.0', '1.1.0', '2.0.0');
    expect(await fates(runOf('2.0.0'), runOf('1.1.0'), runOf('1.0.0'))).toEqual([
      [null, null],
      ['2.0.0', 'replaced by 2.0.0'],
      ['2.0.0', 'replaced by 2.0.0'],
    ]);
  });

  it.each([
    ['aya', 'failed', 'rolled back by aya'],
    [null, 'failed', 'rolled back'],
    // By a tool, which knows no list of runs.
    ['ben', 'in_service', 'rolled back by ben'],
  ] as const)('says that a version was rolled back by %s', async (by, status: RunStatus, remark) => {
    await deploy('1.0.0', '1.1.0');
    await writeRollback(ports.objects, record('1.1.0', '1.0.0', { requested_by: by }));
    await serve('1.0.0');
    expect(await fates(runOf('1.1.0', { status }), runOf('1.0.0'))).toEqual([
      ['1.0.0', remark],
      [null, null],
    ]);
  });

  it('takes a rollback for done as soon as the version that it goes to serves', async () => {
    await deploy('1.0.0', '1.1.0');
    await writeRollback(ports.objects, record('1.1.0', '1.0.0', { status: 'intended', done_at: null }));
    await serve('1.0.0');
    expect(await fates(runOf('1.1.0'))).toEqual([['1.0.0', 'rolled back by aya']]);
  });

  it('forgets a rollback once the version serves again, and a begun or automatic one altogether', async () => {
    await deploy('1.0.0', '1.1.0');
    await writeRollback(ports.objects, record('1.1.0', '1.0.0'));
    expect(await fates(runOf('1.1.0'))).toEqual([[null, null]]);
    await writeRollback(ports.objects, record('1.0.0', '0.9.0', { status: 'intended' }));
    await writeRollback(ports.objects, record('1.0.0', '0.9.0', { kind: 'restore' }));
    expect(await fates(runOf('1.0.0'))).toEqual([['1.1.0', 'replaced by 1.1.0']]);
  });

  it('keeps staging and production apart', async () => {
    await deploy('1.0.0', '1.1.0');
    await register('1.2.0');
    await serve('1.2.0', 'production');
    expect(await fates(runOf('1.2.0'), runOf('1.1.0'), runOf('1.0.0'))).toEqual([
      [null, null],
      [null, null],
      ['1.1.0', 'replaced by 1.1.0'],
    ]);
  });

  it.each(['running', 'waiting', 'cancelled'] as const)('says nothing of a run that is %s', async (status) => {
    await deploy('1.0.0', '1.1.0');
    expect(await runLine(ports, runOf('1.0.0', { status }))).toMatchObject({ status, replaced_by: null, remark: null });
  });

  it('says nothing where nothing serves, or no version was made', async () => {
    await register('1.0.0');
    expect(await fates(runOf('1.0.0'), runOf(null, { status: 'failed' }))).toEqual([
      [null, null],
      [null, null],
    ]);
  });

  it('reads no object for a run that was not rolled back, and asks the registry once for a model', async () => {
    await deploy('1.0.0', '1.1.0');
    await writeRollback(ports.objects, record('0.1.0', '0.0.1'));
    const asked: string[] = [];
    const objects = {
      ...ports.objects,
      list: (params: { prefix: string }) => (asked.push(`list ${params.prefix}`), ports.objects.list(params)),
      get: (params: { key: string }) => (asked.push(`get ${params.key}`), ports.objects.get(params)),
    };
    const registry = {
      ...ports.registry,
      getVersion: (params: { modelName: string; alias?: string }) => (
        asked.push(`alias ${params.alias}`),
        ports.registry.getVersion(params)
      ),
    };
    const many = Array.from({ length: 500 }, () => runOf('1.0.0'));
    await runLines({ ...ports, objects, registry }, [...many, runOf('0.1.0')]);
    expect(asked).toEqual(['alias Staging', 'alias Production', 'list rollbacks/']);
  });
});
