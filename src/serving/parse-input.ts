import type { ModelSignature } from '../contracts/training.js';
import { messageOf } from '../errors.js';
import { parseCsv } from './csv.js';
import { maxBodyBytes, maxJsonDepth, refusal, type InvocationRequest } from './invocation.js';
import { RowCollector, shown, unknownField, type RowTable } from './rows.js';

/** The rows of a request by its content type; every refusal carries its HTTP status and says what is allowed. */
export function parseInput(
  signature: ModelSignature,
  request: Pick<InvocationRequest, 'body' | 'contentType'>,
): RowTable {
  if (request.body.byteLength > maxBodyBytes) throw tooLarge(request.body.byteLength);
  const type = parseContentType(request.contentType);
  const text = decode(request.body);
  return type.mime === 'text/csv' ? csvRows(signature, text, type.header) : jsonRows(signature, text);
}

/** The refusal of a body over the limit. */
export function tooLarge(bytes: number | null): Error {
  return refusal(413, 'The request body is too large.', {
    ...(bytes === null ? {} : { found: `${bytes} bytes` }),
    allowed: `${maxBodyBytes} bytes`,
    next: 'send the rows in several requests.',
  });
}

interface ContentType {
  mime: 'application/json' | 'text/csv';
  /** From `text/csv; header=present`; null lets the first line decide. */
  header: boolean | null;
}

function parseContentType(value: string): ContentType {
  const [mime = '', ...parameters] = value
    .toLowerCase()
    .split(';')
    .map((part) => part.trim());
  const given = new Map(
    parameters.map((part) => [part.split('=')[0] ?? '', (part.split('=')[1] ?? '').replaceAll('"', '')]),
  );
  const charset = given.get('charset') ?? 'utf-8';
  if (charset !== 'utf-8' && charset !== 'utf8' && charset !== 'us-ascii') {
    throw refusal(415, 'The character set of the request is not supported.', {
      found: charset.slice(0, 40),
      allowed: 'utf-8',
    });
  }
  if (mime === '' || mime === 'application/json' || mime.endsWith('+json'))
    return { mime: 'application/json', header: null };
  if (mime === 'text/csv') {
    const header = given.get('header');
    return { mime, header: header === undefined ? null : header === 'present' };
  }
  throw refusal(415, 'The content type of the request is not supported.', {
    found: shown(mime),
    allowed: 'application/json, text/csv',
    next: "say it with the header, e.g. curl -H 'Content-Type: application/json'.",
  });
}

function decode(body: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(body);
  } catch {
    throw refusal(400, 'The request body is not valid UTF-8.', { allowed: 'text in UTF-8' });
  }
}

/** Deepest nesting of brackets outside strings; looked at before any parser sees the text. */
export function jsonDepth(text: string): number {
  let depth = 0;
  let deepest = 0;
  let isString = false;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (isString) {
      if (code === 92) at += 1;
      else if (code === 34) isString = false;
    } else if (code === 34) isString = true;
    else if (code === 123 || code === 91) deepest = Math.max(deepest, ++depth);
    else if (code === 125 || code === 93) depth -= 1;
  }
  return deepest;
}

const jsonForms = 'an object {feature: value}, a list of such objects, or {"instances": [...]}';

function parseJson(text: string): unknown {
  const depth = jsonDepth(text);
  if (depth > maxJsonDepth) {
    throw refusal(400, 'The JSON body is nested too deeply.', {
      found: `depth ${depth}`,
      allowed: `depth ${maxJsonDepth}`,
    });
  }
  try {
    return JSON.parse(text);
  } catch (error) {
    throw refusal(400, 'The request body is not JSON.', {
      found: text.trim() === '' ? 'an empty body' : messageOf(error).slice(0, 120),
      allowed: jsonForms,
    });
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function jsonRows(signature: ModelSignature, text: string): RowTable {
  const document = parseJson(text);
  const rows = new RowCollector(signature, 'json');
  for (const row of rowList(document, signature)) {
    if (isObject(row)) rows.addObject(row);
    else if (Array.isArray(row)) rows.addValues(row);
    else
      rows.addProblem({
        field: null,
        found: shown(row),
        allowed: 'an object, or a list of values in the order of the features',
      });
  }
  return rows.finish();
}

function rowList(document: unknown, signature: ModelSignature): unknown[] {
  if (Array.isArray(document)) return document;
  if (!isObject(document))
    throw refusal(400, 'The JSON body holds no rows.', { found: shown(document), allowed: jsonForms });
  const isFeature = signature.features.some((feature) => feature.name === 'instances');
  if (!Object.hasOwn(document, 'instances') || isFeature) return [document];
  const { instances, ...others } = document;
  const [other] = Object.keys(others);
  if (other !== undefined) {
    throw refusal(400, 'Beside "instances" the JSON body has another field.', {
      found: shown(other),
      allowed: '"instances" alone',
    });
  }
  if (!Array.isArray(instances)) {
    throw refusal(400, '"instances" is not a list.', { found: shown(instances), allowed: 'a list of rows' });
  }
  return instances;
}

function csvRows(signature: ModelSignature, text: string, header: boolean | null): RowTable {
  const lines = parseCsv(text);
  const first = lines[0] ?? [];
  const rows = new RowCollector(signature, 'csv');
  if (!(header ?? looksLikeHeader(first, signature))) {
    for (const line of lines) rows.addValues(line);
    return rows.finish();
  }
  const names = first.map((name) => name.trim());
  checkHeader(names, signature);
  for (const line of lines.slice(1)) {
    if (line.length === names.length)
      rows.addObject(Object.fromEntries(names.map((name, index) => [name, line[index]])));
    else
      rows.addProblem({
        field: null,
        found: `${line.length} cells`,
        allowed: `${names.length} cells, as in the header`,
      });
  }
  return rows.finish();
}

/** At least half of the cells are names that the model knows. */
function looksLikeHeader(cells: readonly string[], signature: ModelSignature): boolean {
  const known = new Set([...signature.features.map((feature) => feature.name), signature.target]);
  return cells.filter((cell) => known.has(cell.trim())).length * 2 >= Math.max(1, cells.length);
}

function checkHeader(names: readonly string[], signature: ModelSignature): void {
  const known = new Set([...signature.features.map((feature) => feature.name), signature.target]);
  const stranger = names.find((name) => !known.has(name));
  if (stranger !== undefined) {
    const { found, allowed } = unknownField(stranger, signature.features);
    throw refusal(400, `The CSV header names the field "${stranger.slice(0, 100)}".`, { found, allowed }, [
      { row: null, field: stranger.slice(0, 100), found, allowed },
    ]);
  }
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined)
    throw refusal(400, `The CSV header names the field "${twice}" twice.`, { allowed: 'each field once' });
}
