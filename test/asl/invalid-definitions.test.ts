import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { projectRoot } from '../../src/root.js';
import { definitionProblems } from '../../src/workflow/engine/validate/definition.js';

interface Refused {
  name: string;
  definitionText: string;
  stateMachineType: 'STANDARD' | 'EXPRESS';
  expected: { message: string };
}

const folder = join(projectRoot, '..', 'shared', 'asl-conformance');
const present = existsSync(folder);

function read<T>(file: string): T {
  return JSON.parse(readFileSync(join(folder, file), 'utf8')) as T;
}

const refused = present ? read<Refused[]>('invalid-definitions.json') : [];

describe.skipIf(!present)('definitions that AWS refuses (skipped without ../shared/asl-conformance)', () => {
  test.each(refused)('$name is refused in the words of AWS', ({ definitionText, stateMachineType, expected }) => {
    const problems = definitionProblems(JSON.parse(definitionText), { type: stateMachineType });
    const words = problems.map(({ message, path }) => `${message} at ${path}`);
    expect(expected.message.replaceAll('<partition>', 'aws')).toContain(words[0] ?? 'nothing was found');
    expect(words).toHaveLength(1);
  });

  test('no definition that AWS runs is refused', () => {
    const { cases } = read<{ cases: { name: string; definition: unknown; meta: { stateMachineType: 'STANDARD' } }[] }>(
      'cases.json',
    );
    const wrong = cases.flatMap(({ name, definition, meta }) =>
      definitionProblems(definition, { type: meta.stateMachineType }).map(
        (problem) => `${name}: ${problem.message} at ${problem.path}`,
      ),
    );
    expect(wrong).toEqual([]);
  });
});
