import { realpath, stat } from 'node:fs/promises';
import { isAbsolute, relative, resolve, sep } from 'node:path';
import type { DandoriError } from '../../../errors.js';
import { failure } from '../../../messages/failures.js';
import { runFailures } from '../../../messages/run-failures.js';

function inside(root: string, path: string): boolean {
  const way = relative(root, path);
  return way !== '' && way !== '..' && !way.startsWith(`..${sep}`) && !isAbsolute(way);
}

async function realOrNull(path: string): Promise<string | null> {
  try {
    return await realpath(path);
  } catch {
    return null;
  }
}

function refuse(
  code: 'not_found' | 'not_allowed' | 'invalid_input',
  path: string,
  why: 'path' | 'kind' | 'outside' | 'absent',
  roots: readonly string[],
): DandoriError {
  return failure(code, runFailures.dataPath({ path: path.slice(0, 200), why, roots }));
}

/**
 * The real path of a data file that a request names, relative to a data root or absolute. What lies outside every root - also by `..` or by a
 * symbolic link - is `not_allowed`; only regular files are read.
 */
export async function resolveDataFile(path: string, dataRoots: readonly string[]): Promise<string> {
  if (path === '' || path.includes('\0')) throw refuse('invalid_input', path, 'path', dataRoots);
  let outside = false;
  for (const root of dataRoots) {
    const realRoot = await realOrNull(root);
    const real = realRoot === null ? null : await realOrNull(resolve(realRoot, path));
    if (realRoot === null || real === null) continue;
    if (!inside(realRoot, real)) {
      outside = true;
      continue;
    }
    if ((await stat(real)).isFile()) return real;
    throw refuse('invalid_input', path, 'kind', dataRoots);
  }
  if (outside) throw refuse('not_allowed', path, 'outside', dataRoots);
  throw refuse('not_found', path, 'absent', dataRoots);
}
