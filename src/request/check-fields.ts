import { z } from 'zod';
import { fieldDocs } from '../contracts/request-field-docs.js';
import type { ProblemMessages } from '../messages/problems.js';
import { alternatives, describeAllowed, elementOf, fieldsOf, unwrap } from './describe-allowed.js';
import { shown, type Problem } from './problem.js';
import { nearestName } from '../nearest.js';
import { memberPath } from './read-yaml.js';

/** Line of a field, or of the nearest field above it. */
export function lineOf(lines: ReadonlyMap<string, number>, field: string): number | null {
  for (let path = field; path !== ''; path = path.slice(0, Math.max(0, path.lastIndexOf('.'), path.lastIndexOf('[')))) {
    const line = lines.get(path);
    if (line !== undefined) return line;
  }
  return null;
}

interface Check {
  messages: ProblemMessages;
  lines: ReadonlyMap<string, number>;
  problems: Problem[];
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function report(
  check: Check,
  code: Problem['code'],
  field: string,
  value: unknown,
  schema: z.ZodType,
  owner = schema,
): void {
  const { messages, lines } = check;
  const values = alternatives(schema).flatMap((option) => {
    const inner = unwrap(elementOf(option) ?? option);
    return inner instanceof z.ZodEnum ? inner.options.map(String) : [];
  });
  const near = (names: readonly string[]) =>
    typeof value === 'string' && code === 'wrong_value' ? nearestName(value, names) : null;
  const available = fieldDocs.get(owner)?.available?.map(String);
  const nearest = near(available === undefined ? values : values.filter((name) => available.includes(name)));
  const meant = nearest === null ? near(values) : null;
  // Nobody is led to a value that is refused next.
  if (meant !== null && available !== undefined) return reportPlanned(check, field, value, available, meant);
  const allowed = describeAllowed(schema, messages, owner);
  check.problems.push({ field, code, found: shown(value, messages), allowed, nearest, line: lineOf(lines, field) });
}

/** `meant`: the planned value that the given one is nearly. */
function reportPlanned(
  check: Check,
  field: string,
  value: unknown,
  available: readonly unknown[],
  meant: string | null = null,
): void {
  const { messages, lines } = check;
  const values = available.map(String);
  const some = meant === null ? messages.notYetValues(values) : messages.notYetNear(meant, values);
  const allowed = values.length === 0 ? messages.notYetWhole : some;
  check.problems.push({
    field,
    code: 'not_yet',
    found: shown(value, messages),
    allowed,
    nearest: null,
    line: lineOf(lines, field),
  });
}

function isEmptyList(value: unknown): boolean {
  return Array.isArray(value) && value.length === 0;
}

/** The alternative of the same JSON kind as the value, so that its own problems can be named. */
function alternativeFor(schema: z.ZodType, value: unknown): z.ZodType | undefined {
  return alternatives(schema).find((option) => {
    if (fieldsOf(option) !== undefined) return isObject(value);
    if (elementOf(option) !== undefined) return Array.isArray(value);
    return option.safeParse(value).success;
  });
}

/** Checks one value; `field` is the schema that carries the doc, so that lists and unions know what is planned. */
function checkValue(check: Check, path: string, schema: z.ZodType, value: unknown, field: z.ZodType): void {
  const available = fieldDocs.get(field)?.available;
  if (available?.length === 0) {
    if (!isEmptyList(value)) reportPlanned(check, path, value, available);
    return;
  }
  const option = alternativeFor(schema, value);
  if (option === undefined) return report(check, 'wrong_value', path, value, schema, field);
  const fields = fieldsOf(option);
  if (fields !== undefined && isObject(value)) return checkObject(check, path, fields, value);
  const element = elementOf(option);
  if (element === undefined || !Array.isArray(value)) {
    const known = available === undefined || available.some((allowed) => allowed === value);
    if (!known) reportPlanned(check, path, value, available);
    return;
  }
  const before = check.problems.length;
  for (const [index, item] of value.entries())
    checkValue(check, memberPath(path, index), element, item, fieldDocs.has(element) ? element : field);
  // Too short or too long a list has good items.
  if (check.problems.length === before && !option.safeParse(value).success)
    report(check, 'wrong_value', path, value, field);
}

/** Checks the members of a mapping: unknown, missing and wrong ones, all of them. */
function checkObject(
  check: Check,
  path: string,
  fields: Record<string, z.ZodType>,
  value: Record<string, unknown>,
): void {
  const names = Object.keys(fields);
  for (const [name, member] of Object.entries(value)) {
    const at = memberPath(path, name);
    const schema = fields[name];
    if (schema !== undefined && Object.hasOwn(fields, name)) {
      if (member !== undefined) checkValue(check, at, schema, member, schema);
      continue;
    }
    const nearest = nearestName(name, names);
    const allowed = check.messages.knownFields(names);
    const found = shown(member, check.messages);
    check.problems.push({ field: at, code: 'unknown_field', found, allowed, nearest, line: lineOf(check.lines, at) });
  }
  for (const name of names) {
    const schema = fields[name];
    if (schema === undefined || schema instanceof z.ZodOptional || value[name] !== undefined) continue;
    report(check, 'missing', memberPath(path, name), undefined, schema);
  }
}

/** Every problem of the members of `value` against an object schema: unknown, missing, wrong and planned ones. */
export function checkFields(
  schema: z.ZodObject,
  value: Record<string, unknown>,
  context: { messages: ProblemMessages; lines: ReadonlyMap<string, number>; path?: string },
): Problem[] {
  const check: Check = { messages: context.messages, lines: context.lines, problems: [] };
  checkObject(check, context.path ?? '', fieldsOf(schema) ?? {}, value);
  return check.problems;
}

const keepsNulls = new Set(['hyperparameters', 'adjusted_hyperparameters', 'search_space']);

/** `field:` with nothing behind it is a field left out; only hyperparameters know null as a value. */
export function dropNulls(value: Record<string, unknown>): Record<string, unknown> {
  const kept: Record<string, unknown> = {};
  for (const [name, member] of Object.entries(value)) {
    if (member === null) continue;
    kept[name] = isObject(member) && !keepsNulls.has(name) ? dropNulls(member) : member;
  }
  return kept;
}
