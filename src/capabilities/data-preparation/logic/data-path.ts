import { realpath, stat } from 'node:fs/promises';
import { isAbsolute, relative, resolve, sep } from 'node:path';
import { DandoriError } from '../../../errors.js';

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
  found: string,
  roots: readonly string[],
): DandoriError {
  return new DandoriError(code, `The data file "${path.slice(0, 200)}" cannot be read.`, {
    found,
    allowed: roots.length > 0 ? `a file inside ${roots.join(' or ')}` : 'no file: no data root is configured',
    next: 'put the file there, or add its folder to the data roots.',
  });
}

/**
 * The real path of a data file that a request names, relative to a data root or absolute. What lies outside every root - also by `..` or by a
 * symbolic link - is `not_allowed`; only regular files are read.
 */
export async function resolveDataFile(path: string, dataRoots: readonly string[]): Promise<string> {
  if (path === '' || path.includes('\0')) throw refuse('invalid_input', path, 'no usable path', dataRoots);
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
    throw refuse('invalid_input', path, 'a folder or a special file', dataRoots);
  }
  if (outside) throw refuse('not_allowed', path, 'a place outside the data roots', dataRoots);
  throw refuse('not_found', path, 'no such file', dataRoots);
}
