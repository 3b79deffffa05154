import type { PathReader, PathToken } from './path-syntax.js';

/** One side of a comparison in a filter: a path from the item (`@`) or from the root (`$`), or a literal. */
export type FilterOperand =
  | { kind: 'path'; from: '@' | '$'; tokens: PathToken[] }
  | { kind: 'value'; value: unknown }
  | { kind: 'pattern'; pattern: RegExp };

/** What stands in `[?( ... )]`. */
export type FilterExpression =
  | { kind: 'both'; all: FilterExpression[] }
  | { kind: 'either'; any: FilterExpression[] }
  | { kind: 'not'; inner: FilterExpression }
  | { kind: 'compare'; operator: string; left: FilterOperand; right: FilterOperand }
  | { kind: 'exists'; operand: FilterOperand };

type TailParser = (reader: PathReader) => PathToken[];

const operators = /==|!=|<=|>=|=~|<|>|(?:in|nin|subsetof|anyof|noneof|contains|size|empty)(?=[\s[(@$'"\d])/;

function list(reader: PathReader): unknown[] {
  const items: unknown[] = [];
  for (reader.skipSpaces(); !reader.take(']'); reader.skipSpaces()) {
    items.push(literal(reader));
    reader.skipSpaces();
    if (!reader.take(',') && reader.peek() !== ']') reader.fail('expected "," or "]"');
  }
  return items;
}

function literal(reader: PathReader): unknown {
  reader.skipSpaces();
  if (reader.peek() === "'" || reader.peek() === '"') return reader.quoted();
  if (reader.take('[')) return list(reader);
  const word = reader.match(/true|false|null|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/);
  if (word === null) reader.fail('expected a value');
  return JSON.parse(word);
}

function operand(reader: PathReader, tail: TailParser): FilterOperand {
  reader.skipSpaces();
  if (reader.take('@')) return { kind: 'path', from: '@', tokens: tail(reader) };
  if (reader.take('$')) return { kind: 'path', from: '$', tokens: tail(reader) };
  const pattern = reader.match(/\/(?:\\.|[^/\\])+\/i?/);
  if (pattern !== null) {
    const end = pattern.lastIndexOf('/');
    try {
      return { kind: 'pattern', pattern: new RegExp(`^(?:${pattern.slice(1, end)})$`, pattern.slice(end + 1)) };
    } catch {
      reader.fail('the regular expression is not valid');
    }
  }
  return { kind: 'value', value: literal(reader) };
}

function unary(reader: PathReader, tail: TailParser): FilterExpression {
  reader.skipSpaces();
  if (reader.take('!')) return { kind: 'not', inner: unary(reader, tail) };
  if (reader.take('(')) {
    const inner = either(reader, tail);
    reader.skipSpaces();
    reader.expect(')');
    return inner;
  }
  const left = operand(reader, tail);
  reader.skipSpaces();
  const operator = reader.match(operators);
  if (operator === null) return { kind: 'exists', operand: left };
  return { kind: 'compare', operator, left, right: operand(reader, tail) };
}

function both(reader: PathReader, tail: TailParser): FilterExpression {
  const all = [unary(reader, tail)];
  for (reader.skipSpaces(); reader.take('&&'); reader.skipSpaces()) all.push(unary(reader, tail));
  return { kind: 'both', all };
}

function either(reader: PathReader, tail: TailParser): FilterExpression {
  const any = [both(reader, tail)];
  for (reader.skipSpaces(); reader.take('||'); reader.skipSpaces()) any.push(both(reader, tail));
  return { kind: 'either', any };
}

/** Reads `( expression )` after the question mark of a filter. */
export function filterParser(reader: PathReader, tail: TailParser): FilterExpression {
  reader.skipSpaces();
  reader.expect('(');
  const expression = either(reader, tail);
  reader.skipSpaces();
  reader.expect(')');
  return expression;
}
