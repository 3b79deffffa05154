import { DandoriError, messageOf, type ErrorCode } from './errors.js';

/** What a person does about each failure of the disk below SQLite; the other codes are mistakes of a statement. */
const remedies: Record<string, [code: ErrorCode, what: string, next: string]> = {
  SQLITE_FULL: [
    'unavailable',
    'The disk of the state directory is full: nothing was changed.',
    'free some space; what was waiting goes on by itself.',
  ],
  SQLITE_READONLY: [
    'unavailable',
    'The state directory cannot be written: nothing was changed.',
    'make it writable for this user, then start Dandori again.',
  ],
  SQLITE_IOERR: [
    'unavailable',
    'The disk of the state directory does not answer: nothing was changed.',
    'check the disk and the mount, then start Dandori again.',
  ],
  SQLITE_CORRUPT: [
    'corrupt',
    'The database of the state directory is damaged.',
    'stop Dandori and restore the state directory from a backup.',
  ],
  SQLITE_NOTADB: [
    'corrupt',
    'The database of the state directory is damaged.',
    'stop Dandori and restore the state directory from a backup.',
  ],
};

/** An error of SQLite that the disk caused, told to a person; anything else as it is. */
export function storageError(error: unknown): unknown {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  // Extended codes add to the plain one, as in SQLITE_IOERR_WRITE.
  const remedy = remedies[code.split('_').slice(0, 2).join('_')];
  if (remedy === undefined) return error;
  const [ours, what, next] = remedy;
  return new DandoriError(ours, what, { found: `${messageOf(error)} (${code})`, next, cause: error });
}
