import { Lexer, parse } from 'yaml';
import { expectations, type Expectations } from '../../contracts/data.js';
import { DandoriError, messageOf } from '../../errors.js';
import { failure } from '../../messages/failures.js';
import { jobMessages } from '../job-messages.js';

const maxBytes = 64_000;
const maxDepth = 32;

/** The mark by which the lexer announces that the next token is a scalar, so that a quoted bracket is no bracket. */
const scalarMark = '\u001F';

/** A bound on the nesting of a YAML or JSON text: flow brackets as the lexer (no recursion) sees them, plus indentation and leading marks. */
function nestingBound(source: string): number {
  let depth = 0;
  let deepest = 0;
  let previous = '';
  for (const token of new Lexer().lex(source)) {
    if (previous !== scalarMark) {
      if (token === '[' || token === '{') depth += 1;
      else if (token === ']' || token === '}') depth -= 1;
      deepest = Math.max(deepest, depth);
    }
    previous = token;
  }
  const marks = source.split(/\r?\n/).map((line) => (/^[\s\-?:!&*]*/.exec(line)?.[0] ?? '').length);
  return deepest + Math.ceil(marks.reduce((most, each) => Math.max(most, each), 0) / 2);
}

function refuse(file: string, why: string): DandoriError {
  return failure('invalid_input', jobMessages.expectations({ file, why }));
}

/** Reads an expectations file (YAML or JSON, at most 64 KB); every problem is named at once. */
export function parseExpectations(source: string, fileName: string): Expectations {
  if (Buffer.byteLength(source) > maxBytes) throw refuse(fileName, `more than ${maxBytes} bytes`);
  // Before any parser sees it: deep nesting ends the process.
  if (nestingBound(source) > maxDepth) throw refuse(fileName, `nesting deeper than ${maxDepth}`);
  let json: unknown;
  try {
    json = parse(source, { maxAliasCount: 0, uniqueKeys: true, schema: 'core', logLevel: 'error' });
  } catch (error) {
    throw refuse(fileName, messageOf(error).split('\n')[0] ?? 'a syntax error');
  }
  const parsed = expectations.safeParse(Array.isArray(json) ? { expectations: json } : json);
  if (parsed.success) return parsed.data;
  const problems = parsed.error.issues.map((issue) => `${issue.path.join('.') || '(file)'}: ${issue.message}`);
  throw refuse(fileName, problems.slice(0, 20).join('; '));
}
