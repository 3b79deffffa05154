import { DandoriError } from '../errors.js';
import type { HistoryRepository } from '../ports/history-repository.js';

export type CommitParams = Parameters<HistoryRepository['commit']>[0];

/** Trailers by which a commit of ours is found again, whichever adapter made it. */
export const keyTrailer = 'Dandori-Effect';
export const fileTrailer = 'Dandori-File';

/** Refuses what could mean another place than a file below the repository's root. */
export function requirePath(path: string): void {
  const plain = (name: string): boolean => /^[\p{L}\p{N}_-][\p{L}\p{N}._@+=-]{0,199}$/u.test(name);
  const segments = path.split('/');
  // `.git` in any case: some file systems do not tell them apart.
  if (path.length <= 900 && segments.every(plain) && segments[0]?.toLowerCase() !== '.git') return;
  throw new DandoriError('invalid_input', 'This is no path in the history repository.', {
    found: JSON.stringify(path.slice(0, 200)),
    allowed: 'a relative path of letters, digits and ._@+=- whose parts do not begin with a dot',
  });
}

/** Refuses a key or a path that no commit may have, and a commit of nothing. */
export function requireCommit(params: CommitParams): void {
  if (!/^[\x21-\x7e]{1,300}$/.test(params.key)) {
    throw new DandoriError('invalid_input', 'This is no key of a commit.', {
      found: JSON.stringify(params.key.slice(0, 200)),
      allowed: 'printable ASCII without spaces',
    });
  }
  if (params.files.length === 0) {
    throw new DandoriError('invalid_input', `The commit ${params.key} has no files.`, { allowed: 'at least one file' });
  }
  for (const file of params.files) requirePath(file.path);
}

/** The message with its trailers, which are its last paragraph; without control characters but tab and line feed. */
export function commitMessage(params: CommitParams): string {
  // oxlint-disable-next-line no-control-regex
  const text = params.message.replace(/[\u0000-\u0008\u000B-\u001F\u007F]/g, '').trim() || 'Record';
  return `${text}\n\n${keyTrailer}: ${params.key}\n${fileTrailer}: ${params.files[0]?.path ?? ''}`;
}

/** Key and first file of a commit of ours, by the last paragraph of its message; null for any other. */
export function readTrailers(message: string): { key: string; filePath: string } | null {
  const last = message.trimEnd().split(/\n\n+/).at(-1)?.split('\n') ?? [];
  const valueOf = (name: string): string | undefined =>
    last.length === 2 ? last.find((line) => line.startsWith(`${name}: `))?.slice(name.length + 2) : undefined;
  const [key, filePath] = [valueOf(keyTrailer), valueOf(fileTrailer)];
  return key === undefined || filePath === undefined ? null : { key, filePath };
}
