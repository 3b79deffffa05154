import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { projectRoot } from '../../src/root.js';

const src = join(projectRoot, 'src');

/** From the outside in: a folder may import those of later lines and its own line's listed friends, never an earlier one. */
const order: readonly (readonly string[])[] = [
  ['entry'],
  ['compose.ts'],
  ['adapters'],
  ['agents'],
  ['issue'],
  ['workflow'],
  ['capabilities'],
  ['mcp'],
  ['history', 'jobs', 'monitoring'],
  ['serving'],
  ['request'],
  ['messages'],
  ['ports', 'contracts'],
  ['config.ts', 'installation.ts', 'db.ts'],
  ['sqlite-error.ts', 'db-upgrade.ts', 'redact.ts', 'secret-fields.ts'],
  ['nearest.ts', 'root.ts', 'errors.ts'],
];

/** Arrows that go against the order, each with its reason. */
const exceptions: Record<string, string> = {
  'jobs -> adapters': 'the supervisor program is the local job platform, in a process of its own',
};

function sources(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return sources(path);
    // What tests share may reach what tests may reach.
    return path.endsWith('.ts') && !/\/testing\/|\.(?:test|testsuite)\.ts$/.test(path) ? [path] : [];
  });
}

const topOf = (path: string): string => relative(src, path).split('/')[0] ?? '';
const levelOf = (top: string): number => order.findIndex((names) => names.includes(top));

interface Import {
  file: string;
  from: string;
  to: string;
  target: string;
}

function importsOf(file: string): Import[] {
  const text = readFileSync(file, 'utf8');
  return [...text.matchAll(/(?:from|import)\s*\(?'(\.[^']+)'/g)].map((match) => {
    const target = resolve(dirname(file), match[1] ?? '').replace(/\.js$/, '.ts');
    return {
      file: relative(projectRoot, file),
      from: topOf(file),
      to: topOf(target),
      target: relative(projectRoot, target),
    };
  });
}

const files = sources(src);
const imports = files.flatMap(importsOf);

describe('imports', () => {
  it('know every folder of src', () => {
    const unknown = new Set(files.map(topOf).filter((top) => levelOf(top) === -1));
    expect([...unknown]).toEqual([]);
  });

  it('run one way through the folders', () => {
    const wrong = imports
      .filter(({ from, to }) => from !== to && levelOf(to) <= levelOf(from))
      .filter(({ from, to }) => exceptions[`${from} -> ${to}`] === undefined)
      .map(({ file, target }) => `${file} imports ${target}`);
    expect(wrong).toEqual([]);
  });

  it('leave ports and contracts free of everything above', () => {
    const wrong = imports.filter(({ from, to }) => from === 'ports' && to !== 'ports');
    expect(wrong.map(({ file, target }) => `${file} imports ${target}`)).toEqual([]);
  });

  it('reach the environment in one file only', () => {
    // The last one reads nothing: it sets a variable for a native library.
    const own = ['src/config.ts', 'src/jobs/job-context.ts', 'src/jobs/data/engine.ts'];
    const allowed = [...own, 'src/serving/onnx-runtime.ts'];
    const readers = files
      .filter((file) => /process\.env/.test(readFileSync(file, 'utf8')))
      .map((file) => relative(projectRoot, file))
      .filter((file) => !allowed.includes(file));
    expect(readers).toEqual([]);
  });
});
