import { z } from 'zod';
import { fieldDocs } from '../contracts/request-field-docs.js';
import { slug } from '../contracts/run-ref.js';
import type { ProblemMessages } from '../messages/problems.js';

/** The schema inside `optional`. */
export function unwrap(schema: z.ZodType): z.ZodType {
  return schema instanceof z.ZodOptional && schema.def.innerType instanceof z.ZodType
    ? unwrap(schema.def.innerType)
    : schema;
}

/** Alternatives of a union; a schema that is none is its own only alternative. */
export function alternatives(schema: z.ZodType): z.ZodType[] {
  const inner = unwrap(schema);
  return inner instanceof z.ZodUnion ? inner.options.filter((option) => option instanceof z.ZodType) : [inner];
}

/** The element schema of an array; undefined for anything else. */
export function elementOf(schema: z.ZodType): z.ZodType | undefined {
  const inner = unwrap(schema);
  return inner instanceof z.ZodArray && inner.element instanceof z.ZodType ? inner.element : undefined;
}

/** Field schemas of an object; undefined for anything else. */
export function fieldsOf(schema: z.ZodType): Record<string, z.ZodType> | undefined {
  const inner = unwrap(schema);
  if (!(inner instanceof z.ZodObject)) return undefined;
  const fields: Record<string, z.ZodType> = {};
  for (const [name, member] of Object.entries(inner.shape)) if (member instanceof z.ZodType) fields[name] = member;
  return fields;
}

function describeNumber(schema: z.ZodNumber, m: ProblemMessages): string {
  const isInteger = schema.isInt;
  const what = isInteger ? m.integer : m.number;
  // Integers have the safe range as their bounds; people need not read it.
  const bound = (value: number | null): number | null =>
    value === null || !Number.isFinite(value) || Math.abs(value) >= Number.MAX_SAFE_INTEGER ? null : value;
  const [min, max] = [bound(schema.minValue), bound(schema.maxValue)];
  if (min !== null && max !== null) return m.between(what, min, max);
  if (min !== null) return m.atLeast(what, min);
  return max === null ? what : m.atMost(what, max);
}

function describeOne(schema: z.ZodType, available: readonly unknown[] | undefined, m: ProblemMessages): string {
  if (schema instanceof z.ZodEnum) {
    const values = schema.options.map(String).filter((value) => available === undefined || available.includes(value));
    return values.length === 1 && values[0] !== undefined ? m.exactly(values[0]) : m.oneOf(values);
  }
  if (available !== undefined && fieldsOf(schema) === undefined && elementOf(schema) === undefined) {
    return m.or(available.map((value) => m.exactly(String(value))));
  }
  if (schema instanceof z.ZodNumber) return describeNumber(schema, m);
  if (schema instanceof z.ZodBoolean) return m.boolean;
  if (schema instanceof z.ZodString) {
    if (schema.def.checks === slug.def.checks) return m.slug;
    if (schema.maxLength === null) return schema.minLength === null ? m.version : m.text;
    return m.lengthBetween(schema.minLength ?? 0, schema.maxLength);
  }
  const element = elementOf(schema);
  if (element !== undefined) return m.listOf(describeOne(unwrap(element), available, m));
  const fields = fieldsOf(schema);
  return fields === undefined ? m.anyMapping : m.mapping(Object.keys(fields));
}

/** What a field (or an element of the list that `field` is) takes, in words of the catalogue; planned values are left out. */
export function describeAllowed(schema: z.ZodType, m: ProblemMessages, field = schema): string {
  const available = fieldDocs.get(field)?.available;
  if (available?.length === 0) return m.notYetWhole;
  return m.or(alternatives(schema).map((option) => describeOne(option, available, m)));
}
