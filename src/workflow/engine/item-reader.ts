import { StateFailure } from './failure.js';
import { isObject, setMember, type JsonObject } from './json.js';

function fail(cause: string): never {
  throw new StateFailure('States.ItemReaderFailed', cause, { framed: false });
}

// AWS's own bound on MaxItems.
const mostItems = 100_000_000;

function limit(value: unknown): number {
  const number = typeof value === 'string' ? Number(value) : value;
  if (number === undefined || number === null || number === 0) return Infinity;
  if (typeof number !== 'number' || !Number.isInteger(number)) return fail('field MaxItems must be an integer');
  return number < 0 ? fail('field MaxItems must be positive') : Math.min(number, mostItems);
}

/** Rows of a CSV text (RFC 4180 quoting); empty lines are no rows. */
function csvRows(text: string): string[][] {
  const rows: string[][] = [];
  let row: string[] = [];
  let cell = '';
  let quoted = false;
  const endCell = (): void => {
    row.push(cell);
    cell = '';
  };
  const endRow = (): void => {
    endCell();
    if (row.length > 1 || row[0] !== '') rows.push(row);
    row = [];
  };
  for (let at = 0; at < text.length; at += 1) {
    const char = text.charAt(at);
    if (quoted && char === '"' && text.charAt(at + 1) === '"') {
      cell += '"';
      at += 1;
    } else if (char === '"') quoted = !quoted;
    else if (!quoted && char === ',') endCell();
    else if (!quoted && char === '\n') endRow();
    else if (quoted || char !== '\r') cell += char;
  }
  endRow();
  return rows;
}

function csvItems(config: JsonObject, text: string): unknown[] {
  const rows = csvRows(text);
  const given = config['CSVHeaderLocation'] === 'GIVEN';
  const headers =
    given && Array.isArray(config['CSVHeaders']) ? config['CSVHeaders'].map(String) : (rows.shift() ?? []);
  if (new Set(headers).size < headers.length) fail('CSV headers cannot contain duplicates.');
  return rows.map((row) => {
    const item: JsonObject = {};
    for (const [at, header] of headers.entries()) setMember(item, header, row[at] ?? '');
    return item;
  });
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return fail('The object is not valid JSON.');
  }
}

function jsonItems(text: string): unknown[] {
  const value = parse(text);
  if (Array.isArray(value)) return value;
  return fail(isObject(value) ? 'Attempting to map over non-iterable node.' : 'The object holds no list.');
}

/** The items that a Distributed Map reads from an object's text; `config` is ReaderConfig with MaxItems evaluated. */
export function itemsFromObject(config: JsonObject, text: string): unknown[] {
  const most = limit(config['MaxItems']);
  const type = config['InputType'];
  if (type === 'CSV') return csvItems(config, text).slice(0, most);
  if (type === 'JSON') return jsonItems(text).slice(0, most);
  if (type === 'JSONL')
    return text
      .split('\n')
      .filter((line) => line.trim() !== '')
      .map(parse)
      .slice(0, most);
  return fail(`The input type ${String(type)} is not yet supported, planned.`);
}
