import { failure } from '../../messages/failures.js';
import { fileMessages } from './file-messages.js';
import type { DataSource } from './source.js';

/** What the first lines of a CSV say: how it is written, and its columns. */
export interface CsvHead {
  delimiter: string;
  columns: string[];
}

const delimiters = [',', ';', '\t', '|'];
const maxColumns = 2_000;
/** DuckDB's name for the row number, which splits are keyed by. */
const reservedName = 'file_row_number';

/** Splits CSV text (RFC 4180 quoting) into at most `limit` records; a record that the text cuts off is left out unless `whole`. */
export function readRecords(text: string, delimiter: string, limit: number, whole: boolean): string[][] {
  const records: string[][] = [];
  let record: string[] = [];
  let field = '';
  let quoted = false;
  const endRecord = () => {
    record.push(field);
    if (record.length > 1 || record[0] !== '') records.push(record);
    record = [];
    field = '';
  };
  for (let i = 0; i < text.length && records.length < limit; i += 1) {
    const char = text[i] ?? '';
    if (quoted) {
      if (char !== '"') field += char;
      else if (text[i + 1] === '"') {
        field += '"';
        i += 1;
      } else quoted = false;
    } else if (char === '"' && field === '') quoted = true;
    else if (char === delimiter) {
      record.push(field);
      field = '';
    } else if (char === '\n' || char === '\r') {
      if (char === '\r' && text[i + 1] === '\n') i += 1;
      endRecord();
    } else field += char;
  }
  if (whole && records.length < limit && (field !== '' || record.length > 0)) endRecord();
  return records;
}

/** The delimiter whose header has most fields among those that the following records agree with. */
function detectDelimiter(text: string, whole: boolean): string {
  const scored = delimiters.map((delimiter) => {
    const [header, ...rows] = readRecords(text, delimiter, 51, whole);
    const fields = header?.length ?? 0;
    const agreeing = rows.filter((row) => row.length === fields).length;
    return { delimiter, fields, agreement: rows.length === 0 ? 1 : agreeing / rows.length };
  });
  const best = scored
    .filter(({ fields }) => fields > 1)
    .toSorted((a, b) => Number(b.agreement >= 0.5) - Number(a.agreement >= 0.5) || b.fields - a.fields)[0];
  return best?.delimiter ?? ',';
}

function nameColumns(header: string[]): string[] {
  // A saved data frame has an unnamed index column: it gets a name instead of a refusal.
  return header.map((name, index) => (name.trim() === '' ? `column_${index + 1}` : name.trim()));
}

function refuseDuplicates(columns: string[], fileName: string): void {
  const seen = new Map<string, string>();
  const twice = new Set<string>();
  for (const name of columns) {
    // Letter case does not tell columns apart in SQL, nor safely for people.
    const key = name.toLowerCase();
    if (seen.has(key)) twice.add(name);
    seen.set(key, name);
  }
  if (twice.size === 0) return;
  const names = [...twice].slice(0, 10).map((name) => `"${name}"`);
  throw failure('unusable_data', fileMessages.sameNames({ file: fileName, names }));
}

/** Refuses column names that cannot be told apart or are too many; for every format. */
export function checkColumnNames(columns: string[], fileName: string): void {
  if (columns.length > maxColumns) {
    throw failure(
      'limit_exceeded',
      fileMessages.tooManyColumns({ file: fileName, columns: columns.length, most: maxColumns }),
    );
  }
  const long = columns.find((name) => name.length > 200);
  if (long !== undefined) {
    throw failure('unusable_data', fileMessages.longName({ file: fileName, name: long.slice(0, 60) }));
  }
  if (columns.some((name) => name.toLowerCase() === reservedName)) {
    throw failure('unusable_data', fileMessages.reservedName({ file: fileName, name: reservedName }));
  }
  refuseDuplicates(columns, fileName);
}

/** Reads delimiter and header of a CSV; refuses a file without rows, without a header, or with ambiguous names. */
export function readCsvHead(source: DataSource): CsvHead {
  const text = source.head.replace(/^\uFEFF/, '');
  const delimiter = detectDelimiter(text, source.headIsAll);
  const [header, first] = readRecords(text, delimiter, 2, source.headIsAll);
  if (header === undefined) {
    throw failure('unusable_data', fileMessages.noFirstLine({ file: source.fileName }));
  }
  if (header.every((name) => name.trim() !== '' && Number.isFinite(Number(name)))) {
    throw failure('unusable_data', fileMessages.noHeader({ file: source.fileName, first: header.slice(0, 5) }));
  }
  const columns = nameColumns(header);
  checkColumnNames(columns, source.fileName);
  if (first === undefined && source.headIsAll) {
    const shown = columns.slice(0, 10);
    throw failure('unusable_data', fileMessages.headerOnly({ file: source.fileName, columns: shown }));
  }
  return { delimiter, columns };
}
