import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { projectRoot } from '../../src/root.js';

const text = readFileSync(join(projectRoot, 'package-lock.json'), 'utf8');
const entry = z.object({
  optionalDependencies: z.record(z.string(), z.string()).optional(),
  resolved: z.string().optional(),
});
const { packages } = z.object({ packages: z.record(z.string(), entry) }).parse(JSON.parse(text));

describe('package-lock.json', () => {
  it('has an entry of its own for every optional dependency, so that other platforms install too', () => {
    const missing = Object.entries(packages).flatMap(([path, { optionalDependencies }]) =>
      Object.keys(optionalDependencies ?? {})
        .filter(
          (name) =>
            packages[`node_modules/${name}`] === undefined && packages[`${path}/node_modules/${name}`] === undefined,
        )
        .map((name) => `${path} -> ${name}`),
    );
    expect(missing).toEqual([]);
  });

  it('names no download address', () => {
    expect(
      Object.entries(packages).filter(
        ([, one]) => one.resolved !== undefined && !one.resolved.startsWith('node_modules'),
      ),
    ).toEqual([]);
  });
});
