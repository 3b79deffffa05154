import { describe, expect, it } from 'vitest';
import { DandoriError } from '../errors.js';
import type { AgentContext } from './agent.js';
import { servingVersion } from './serving-version.js';

const asked: unknown[] = [];
function toolsThat(answer: () => unknown): Pick<AgentContext, 'tools'> {
  const call = async (...args: unknown[]) => {
    asked.push(args);
    return answer();
  };
  return { tools: { call } as AgentContext['tools'] };
}

describe('servingVersion', () => {
  it.each([
    ['staging', 'Staging'],
    ['production', 'Production'],
  ] as const)('asks for the one that serves %s by its alias, not among the newest', async (deploy_to, alias) => {
    const version = { version: '1.0.0' };
    expect(
      await servingVersion(
        toolsThat(() => version),
        { model_name: 'loans', deploy_to },
      ),
    ).toBe(version);
    expect(asked.at(-1)).toEqual(['get_model_version', { model_name: 'loans', alias }]);
  });

  it.each([
    ['not_found', null],
    ['unavailable', 'unavailable'],
  ] as const)('is none only when the registry says so: %s', async (code, expected) => {
    const around = toolsThat(() => {
      throw new DandoriError(code, 'No.');
    });
    const found = servingVersion(around, { model_name: 'loans', deploy_to: 'staging' });
    expect(await found.catch((error: unknown) => (error instanceof DandoriError ? error.code : error))).toBe(expected);
  });
});
