import { DandoriError, messageOf } from '../../errors.js';
import { notUtf8, unusable } from './source.js';

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
  const at = line === null ? '' : ` at line ${line}`;
  const columns = /Expected Number of Columns: (\d+) Found: (\d+)/.exec(message);
  if (columns !== null) {
    return unusable(fileName, `is ragged: a row has another number of columns than the header${at}`, {
      found: `${columns[2]} columns: ${excerpt(message)}`,
      allowed: `${columns[1]} columns in each row`,
      next: 'correct that line; a value that holds the delimiter or a line break needs double quotes around it.',
    });
  }
  if (/Invalid unicode|not utf-8/i.test(message)) return notUtf8(fileName, line);
  if (/unterminated quote/i.test(message)) {
    return unusable(fileName, `has a quote that is never closed${at}`, {
      found: excerpt(message),
      next: 'close it, or double it ("") where it is part of the value.',
    });
  }
  if (/Maximum line size/i.test(message)) {
    return unusable(fileName, `has a line of more than 2,000,000 bytes${at}`, {
      next: 'check the line ends and the quotes of the file.',
    });
  }
  if (error instanceof DandoriError && error.code !== 'internal') return error;
  return unusable(fileName, `cannot be read as CSV${at}`, {
    found: message.split('\n')[0] ?? message,
    next: 'check that line.',
  });
}
