import { isMissingText } from '../contracts/missing-text.js';
import type { ModelSignature } from '../contracts/training.js';
import { maxProblems, refusal, type RequestProblem } from './invocation.js';
import { nearestName } from '../nearest.js';

/** Rows as columns, by feature name, ready for `encodeColumns`. */
export interface RowTable {
  columns: Record<string, unknown[]>;
  rowCount: number;
}

type SignatureFeature = ModelSignature['features'][number];

const largestFloat32 = 3.4028234663852886e38;
const booleanWords = new Map([
  ['true', true],
  ['false', false],
  ['1', true],
  ['0', false],
]);

/** A wrong value; undefined is free to mean it, since JSON has no undefined. */
const wrong = undefined;

const allowedValues = {
  numeric: 'a number (within +-3.4e38) or null',
  boolean: 'true, false, 0, 1 or null',
  categorical: 'a string, a number or null',
} as const;

/** A category as training read it: what is no value in a CSV is none here, unless the data (JSON, Parquet) had it as a category. */
function fromCategory({ categories }: SignatureFeature, text: string): string | null {
  return isMissingText(text) && categories?.includes(text) !== true ? null : text;
}

/** A JSON value as the feature's kind has it; null is missing, `wrong` is refused. */
function fromJson(feature: SignatureFeature, value: unknown): unknown {
  if (value === null) return null;
  if (feature.kind === 'numeric') return typeof value === 'number' && Math.abs(value) <= largestFloat32 ? value : wrong;
  if (feature.kind === 'boolean') {
    if (typeof value === 'boolean') return value;
    return value === 0 || value === 1 ? value === 1 : wrong;
  }
  if (typeof value === 'string') return fromCategory(feature, value);
  // Categories that look like numbers or truth values were read as text in training.
  return typeof value === 'number' || typeof value === 'boolean' ? String(value) : wrong;
}

/** A CSV cell as the feature's kind has it. */
function fromText(feature: SignatureFeature, text: string): unknown {
  if (feature.kind === 'categorical') return fromCategory(feature, text);
  const trimmed = text.trim();
  if (isMissingText(trimmed)) return null;
  if (feature.kind === 'boolean') return booleanWords.get(trimmed.toLowerCase()) ?? wrong;
  // A number to DuckDB, but none to count with: training had it as missing.
  if (/^-?(nan|inf|infinity)$/i.test(trimmed)) return null;
  // Number() alone would take hexadecimal, too.
  if (!/^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(trimmed)) return wrong;
  const number = Number(trimmed);
  return Math.abs(number) <= largestFloat32 ? number : wrong;
}

/** The value as people see it in a message: short, and never the whole body. */
export function shown(value: unknown): string {
  const text = value === undefined ? 'nothing' : JSON.stringify(value);
  return text.length > 60 ? `${text.slice(0, 57)}...` : text;
}

/** Takes the rows of one request one by one; every problem is kept, `finish` throws them together with status 400. */
export class RowCollector {
  readonly #features: readonly SignatureFeature[];
  readonly #known: ReadonlySet<string>;
  readonly #source: 'json' | 'csv';
  readonly #values: unknown[][];
  readonly #problems: RequestProblem[] = [];
  #problemCount = 0;
  #row = 0;

  /** `source` says how values are read: a CSV cell is always text. */
  constructor(signature: ModelSignature, source: 'json' | 'csv') {
    this.#features = signature.features;
    // The target is often in the rows at hand; the model does not look at it.
    this.#known = new Set([...signature.features.map((feature) => feature.name), signature.target]);
    this.#source = source;
    this.#values = signature.features.map(() => []);
  }

  /** A JSON object `{feature: value}`; the target may be in it and is ignored. */
  addObject(record: Record<string, unknown>): void {
    for (const name of Object.keys(record)) {
      if (!this.#known.has(name)) this.#report(unknownField(name, this.#features));
    }
    this.#features.forEach((feature, index) => {
      if (Object.hasOwn(record, feature.name)) this.#put(feature, index, record[feature.name]);
      else this.#putAbsent(feature, index);
    });
    this.#row += 1;
  }

  /** Values in the signature's order. */
  addValues(cells: readonly unknown[]): void {
    const width = this.#features.length;
    if (cells.length === width) this.#features.forEach((feature, index) => this.#put(feature, index, cells[index]));
    else
      this.#report({
        field: null,
        found: `${cells.length} values`,
        allowed: `${width} values: ${listed(this.#features)}`,
      });
    this.#row += 1;
  }

  /** A row that is no row. */
  addProblem(problem: Omit<RequestProblem, 'row'>): void {
    this.#report(problem);
    this.#row += 1;
  }

  finish(): RowTable {
    if (this.#problemCount > 0) throw refuseRows(this.#problems, this.#problemCount);
    if (this.#row === 0) throw refusal(400, 'The request holds no row.', { allowed: 'at least one row' });
    // No prototype: a feature may be called `__proto__`.
    const columns = Object.create(null) as Record<string, unknown[]>;
    this.#features.forEach((feature, index) => (columns[feature.name] = this.#values[index] ?? []));
    return { columns, rowCount: this.#row };
  }

  #report(problem: Omit<RequestProblem, 'row'>): void {
    this.#problemCount += 1;
    if (this.#problems.length < maxProblems) this.#problems.push({ row: this.#row, ...problem });
  }

  #put(feature: SignatureFeature, index: number, raw: unknown): void {
    const value = this.#source === 'csv' ? fromText(feature, String(raw)) : fromJson(feature, raw);
    if (value === wrong) this.#report({ field: feature.name, found: shown(raw), allowed: allowedValues[feature.kind] });
    this.#values[index]?.push(value ?? null);
  }

  #putAbsent(feature: SignatureFeature, index: number): void {
    if (!feature.missing_seen) {
      const allowed = `${allowedValues[feature.kind]}; null says that it is missing`;
      this.#report({ field: feature.name, found: 'nothing', allowed });
    }
    this.#values[index]?.push(null);
  }
}

function listed(features: readonly SignatureFeature[]): string {
  const names = features.map((feature) => feature.name);
  return names.length > 40 ? `${names.slice(0, 40).join(', ')} ...` : names.join(', ');
}

/** The problem of a field that the model does not know. */
export function unknownField(name: string, features: readonly SignatureFeature[]): Omit<RequestProblem, 'row'> {
  const near = nearestName(
    name,
    features.map((feature) => feature.name),
  );
  return {
    field: name.slice(0, 100),
    found: 'a field that the model does not have',
    allowed: near === null ? listed(features) : `did you mean "${near}"? The model has ${listed(features)}`,
  };
}

function refuseRows(problems: RequestProblem[], count: number) {
  const [first] = problems;
  const where = first?.row === null || first === undefined ? '' : `Row ${first.row}, `;
  const what = first?.field === null ? 'the row' : `field "${first?.field ?? ''}"`;
  const more = count > 1 ? ` (and ${count - 1} more problem${count > 2 ? 's' : ''})` : '';
  const details = first === undefined ? {} : { found: first.found, allowed: first.allowed };
  return refusal(400, `${where}${what} is not right${more}.`, details, problems);
}
