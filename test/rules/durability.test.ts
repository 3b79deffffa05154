import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { projectRoot } from '../../src/root.js';

// docs/durability.md promises nothing that no test shows: below each sentence stand file and name of its tests.

const read = (path: string): string => readFileSync(join(projectRoot, path), 'utf8');
const promises = /^## States\n[^]*?(?=^## The kill matrix)/m.exec(read('docs/durability.md'))?.[0] ?? '';

interface Promised {
  sentence: string;
  tests: { file: string; title: string }[];
}

const promised = promises
  .split(/^- /m)
  .slice(1)
  .map((item): Promised => {
    const [sentence = '', ...tests] = item.replace(/^## [^]*$/m, '').split(/\n {2}- /);
    return {
      sentence: sentence.replaceAll(/\s+/g, ' '),
      tests: tests.map((line) => {
        const [, file = '', title = ''] = /^`([^`]+)`: "([^\n]+)"\s*$/.exec(line) ?? [];
        return { file, title };
      }),
    };
  });

/** Whether the file has a test of that very name; one that is skipped shows nothing. */
function hasTest({ file, title }: Promised['tests'][number]): boolean {
  if (!/\.(?:test|testsuite)\.ts$/.test(file) || !existsSync(join(projectRoot, file))) return false;
  const name = title.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`);
  return new RegExp(String.raw`(?<!skip|todo)\(\s*(['"])${name}\1,`).test(read(file));
}

describe('docs/durability.md', () => {
  it('has its promises', () => {
    expect(promised.length).toBeGreaterThan(30);
  });

  it.each(promised)('shows by a test that is there: $sentence', ({ tests }) => {
    expect(tests.length).toBeGreaterThan(0);
    expect(tests.filter((one) => !hasTest(one))).toEqual([]);
  });
});
