import { isIntrinsic, parseIntrinsic } from '../intrinsics/intrinsic-syntax.js';
import { intrinsicProblem } from '../intrinsics/intrinsics.js';
import { isObject, type JsonObject } from '../json.js';
import { parsePath, PathSyntaxError } from '../paths/path-syntax.js';

/** One thing wrong with a definition: where (`/States/Train/Next`) and what. */
export interface DefinitionProblem {
  path: string;
  message: string;
}

/** What a definition may use. */
export interface ValidationOptions {
  /** Task resources that the engine can run; every known one when absent. */
  resources?: readonly string[];
  /** False refuses JSONata. */
  jsonata?: boolean;
  /** False refuses ItemReader and ResultWriter. */
  outsideItems?: boolean;
  type?: 'STANDARD' | 'EXPRESS';
}

/** Collects problems while a definition is walked. */
export class Problems {
  readonly found: DefinitionProblem[] = [];
  readonly options: ValidationOptions;

  constructor(options: ValidationOptions) {
    this.options = options;
  }

  add(path: string, message: string): void {
    this.found.push({ path, message });
  }
}

/** Is the text a path or an intrinsic call that could run? */
export function isPathOrIntrinsic(text: string): boolean {
  try {
    if (isIntrinsic(text)) return intrinsicProblem(parseIntrinsic(text)) === null;
    parsePath(text);
    return true;
  } catch (error) {
    if (error instanceof PathSyntaxError) return false;
    throw error;
  }
}

/** A field that must be a JSONPath; `reference` allows names and single indexes only. */
export function checkPath(problems: Problems, value: unknown, path: string, reference = false): void {
  if (value === undefined || value === null) return;
  if (typeof value !== 'string') {
    problems.add(path, 'Expected a string that holds a JSONPath');
    return;
  }
  try {
    const parsed = isIntrinsic(value) && !reference ? parseIntrinsic(value) : parsePath(value);
    if (reference && !('reference' in parsed && parsed.reference)) problems.add(path, 'Value is not a Reference Path');
  } catch (error) {
    if (!(error instanceof PathSyntaxError)) throw error;
    problems.add(path, `Value is not a valid JSONPath: ${error.message}`);
  }
}

/** Every `.$` member of a template must be a path or an intrinsic call. */
export function checkTemplate(problems: Problems, template: unknown, path: string): void {
  if (Array.isArray(template)) {
    for (const [at, item] of template.entries()) checkTemplate(problems, item, `${path}[${at}]`);
    return;
  }
  if (!isObject(template)) return;
  for (const [key, value] of Object.entries(template)) {
    if (!key.endsWith('.$')) checkTemplate(problems, value, `${path}/${key}`);
    else if (typeof value !== 'string' || !isPathOrIntrinsic(value)) {
      problems.add(
        path,
        `The value for the field '${key}' must be a valid JSONPath or a valid intrinsic function call`,
      );
    }
  }
}

/** A number field within bounds; expressions are left to the run. */
export function checkNumber(
  problems: Problems,
  owner: JsonObject,
  field: string,
  path: string,
  bounds: { least: number; most: number; integer?: boolean },
): void {
  const value = owner[field];
  if (value === undefined || typeof value === 'string') return;
  const fits = typeof value === 'number' && value >= bounds.least && value <= bounds.most;
  if (fits && (bounds.integer === false || Number.isInteger(value))) return;
  const kind = bounds.integer === false ? 'a number' : 'an integer';
  problems.add(`${path}/${field}`, `Expected ${kind} from ${bounds.least} to ${bounds.most}`);
}
