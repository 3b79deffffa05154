import { describe, expect, test } from 'vitest';
import { storageError } from './sqlite-error.js';

const sqlite = (code: string): Error => Object.assign(new Error('as SQLite says it'), { code });

describe('storageError', () => {
  test.each([
    ['SQLITE_FULL', 'unavailable', 'disk of the state directory is full'],
    ['SQLITE_READONLY', 'unavailable', 'cannot be written'],
    ['SQLITE_READONLY_DBMOVED', 'unavailable', 'cannot be written'],
    ['SQLITE_IOERR_WRITE', 'unavailable', 'does not answer'],
    ['SQLITE_CORRUPT', 'corrupt', 'is damaged'],
    ['SQLITE_NOTADB', 'corrupt', 'is damaged'],
  ])('%s is told as %s', (code, ours, words) => {
    const error = storageError(sqlite(code));
    expect(error).toMatchObject({ code: ours, details: { found: `as SQLite says it (${code})` } });
    expect(error).toHaveProperty('message', expect.stringContaining(words));
  });

  test.each([[sqlite('SQLITE_BUSY')], [sqlite('SQLITE_CONSTRAINT')], [new Error('no code')], ['no error']])(
    '%s stays as it is',
    (error) => {
      expect(storageError(error)).toBe(error);
    },
  );
});
