import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { projectRoot } from '../../src/root.js';

/** Ports, contracts and the engine, which can be used by itself, may publish what nobody here takes. */
const published = /^src\/(?:ports|contracts|workflow\/engine)\/|-contract\.ts /;

const filesIn = (folder: string): string[] =>
  readdirSync(join(projectRoot, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => /\.(?:ts|mjs|js)$/.test(name) && !name.includes('node_modules'))
    .map((name) => join(projectRoot, folder, name));

/** `FILE NAME` for each name that a file takes from another; of one that is imported as a whole, any word may be taken. */
function takenBy(file: string): string[] {
  const text = readFileSync(file, 'utf8');
  const sourceOf = (path: string) =>
    relative(projectRoot, resolve(dirname(file), path))
      .replace(/^dist\//, 'src/')
      .replace(/\.js$/, '.ts');
  const imports = text.matchAll(/\{([^{}]*)\}\s*from\s*'(\.[^']+)'|(?:import\(|\* as \w+ from )\s*'(\.[^']+)'/g);
  return [...imports].flatMap(([, names, named, whole = '']) => {
    const words = named === undefined ? new Set(text.match(/\w+/g)) : (names ?? '').matchAll(/(\w+)(?: as \w+)?/g);
    return [...words].map((word) => `${sourceOf(named ?? whole)} ${typeof word === 'string' ? word : word[1]}`);
  });
}

function valuesOf(file: string): string[] {
  const exported = readFileSync(file, 'utf8').matchAll(/^export (?:async )?(?:const|function\*?|class) (\w+)/gm);
  return [...exported].map(([, name]) => `${relative(projectRoot, file)} ${name}`);
}

const sources = filesIn('src');
const taken = new Set([...sources, ...['test', 'bench', 'scripts', 'bin'].flatMap(filesIn)].flatMap(takenBy));

describe('an exported value', () => {
  it('is imported by another file', () => {
    const alone = sources.flatMap(valuesOf).filter((one) => !published.test(one) && !taken.has(one));
    expect(alone).toEqual([]);
  });

  it('is found by this rule', () => {
    expect(taken).toContain('src/root.ts projectRoot');
    expect(taken).not.toContain('src/root.ts dirname');
  });
});
