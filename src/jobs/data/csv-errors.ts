import { DandoriError, messageOf } from '../../errors.js';
import { failure } from '../../messages/failures.js';
import { fileMessages } from './file-messages.js';
import { notUtf8 } from './source.js';

/** Thrown inside a fast read when a value does not fit the type that the first rows suggested. */
export const retypeMark = 'dandori-retype';

/** True when the read failed on a type only: the same file read as text will do. */
export function isTypeConflict(error: unknown): boolean {
  const message = messageOf(error);
  return (
    message.includes(retypeMark) || /Error when converting column|Could not convert|Conversion Error/i.test(message)
  );
}

function lineOf(message: string): number | null {
  const line = /CSV Error on Line: (\d+)/.exec(message)?.[1];
  return line === undefined ? null : Number(line);
}

function excerpt(message: string): string {
  const original = /Original Line: ([^\n]*)/.exec(message)?.[1] ?? '';
  // Control characters would garble a comment or a terminal.
  const clean = original.replaceAll(/\p{Cc}/gu, '?');
  return clean.length > 80 ? `${clean.slice(0, 80)}...` : clean;
}

/** What DuckDB says about a CSV, as a message for the person who made the file; other errors pass through. */
export function explainCsvError(error: unknown, fileName: string): unknown {
  const message = messageOf(error);
  const line = lineOf(message);
  if (line === null && !/Invalid Input Error|CSV/.test(message)) return error;
  const columns = /Expected Number of Columns: (\d+) Found: (\d+)/.exec(message);
  if (columns !== null) {
    const [, allowed = '', found = ''] = columns;
    const text = fileMessages.ragged({ file: fileName, line, found, allowed, excerpt: excerpt(message) });
    return failure('unusable_data', text);
  }
  if (/Invalid unicode|not utf-8/i.test(message)) return notUtf8(fileName, line);
  if (/unterminated quote/i.test(message)) {
    return failure('unusable_data', fileMessages.openQuote({ file: fileName, line, excerpt: excerpt(message) }));
  }
  if (/Maximum line size/i.test(message)) {
    return failure('unusable_data', fileMessages.longLine({ file: fileName, line }));
  }
  if (error instanceof DandoriError && error.code !== 'internal') return error;
  const why = message.split('\n')[0] ?? message;
  return failure('unusable_data', fileMessages.unreadableCsv({ file: fileName, line, why }));
}
