import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv, type ValidateFunction } from 'ajv';
import formats from 'ajv-formats';
import { projectRoot } from '../../src/root.js';

type Json = Record<string, unknown>;

/** One request or answer as it went over the wire. */
export interface Exchange {
  method: string;
  /** Path of GitHub's description, e.g. `/repos/{owner}/{repo}/issues`. */
  template: string;
  path: Record<string, string>;
  query: Record<string, string>;
  body: unknown;
}

const isObject = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const asObject = (value: unknown): Json => (isObject(value) ? value : {});

const file = join(projectRoot, 'node_modules/@octokit/openapi/generated/api.github.com.json');
let loaded: Json | undefined;
/** GitHub's description of its REST interface (13 MB), read once a process. */
const description = (): Json => (loaded ??= asObject(JSON.parse(readFileSync(file, 'utf8'))));
const component = (kind: string, name: string): Json =>
  asObject(asObject(asObject(description()['components'])[kind])[name]);

/** Follows one `$ref`. */
function resolved(value: unknown): Json {
  const object = asObject(value);
  const ref = object['$ref'];
  if (typeof ref !== 'string') return object;
  const [, , kind = '', name = ''] = ref.split('/');
  return component(kind, name);
}

/** A copy of one of GitHub's example answers; of a list, its first entry. */
export function example(name: string): Json {
  const { value } = component('examples', name);
  return asObject(structuredClone(Array.isArray(value) ? value[0] : value));
}

const dropped = new Set([
  'example',
  'examples',
  'discriminator',
  'xml',
  'externalDocs',
  'deprecated',
  'readOnly',
  'description',
]);

/** OpenAPI 3.0 as JSON Schema: `nullable` becomes a choice, `oneOf` a plain one (GitHub's overlap), refs name ajv's schemas. */
function convert(value: unknown, refs: Set<string>): unknown {
  if (Array.isArray(value)) return value.map((one) => convert(one, refs));
  if (!isObject(value)) return value;
  const ref = value['$ref'];
  if (typeof ref === 'string') {
    const name = ref.split('/').at(-1) ?? '';
    refs.add(name);
    return { $ref: `schema:${name}` };
  }
  const { nullable, ...rest } = value;
  const entries = Object.entries(rest).filter(
    ([key, one]) => !dropped.has(key) || (key === 'description' && isObject(one)),
  );
  const schema = Object.fromEntries(
    entries.map(([key, one]) => [
      key === 'oneOf' ? 'anyOf' : key,
      key === 'enum' ? one : key === 'properties' ? convertProperties(one, refs) : convert(one, refs),
    ]),
  );
  return nullable === true ? { anyOf: [schema, { type: 'null' }] } : schema;
}

/** Names of properties may be those of keywords. */
const convertProperties = (value: unknown, refs: Set<string>): Json =>
  Object.fromEntries(Object.entries(asObject(value)).map(([name, schema]) => [name, convert(schema, refs)]));

/** Checks every request and answer against GitHub's own description; what does not fit is collected. */
export class Contract {
  readonly violations: string[] = [];
  /** `METHOD template` of every operation that was checked. */
  readonly operations = new Set<string>();
  readonly #ajv = new Ajv({ strict: false, allErrors: true, logger: false, coerceTypes: false });
  readonly #texts = new Ajv({ strict: false, allErrors: true, logger: false, coerceTypes: true });
  readonly #known = new Set<string>();
  readonly #compiled = new Map<string, ValidateFunction>();

  constructor() {
    formats.default(this.#ajv);
    formats.default(this.#texts);
  }

  #compile(key: string, schema: unknown, texts = false): ValidateFunction {
    const before = this.#compiled.get(key);
    if (before !== undefined) return before;
    const refs = new Set<string>();
    const converted = asObject(convert(schema, refs));
    this.#define(refs);
    const compiled = (texts ? this.#texts : this.#ajv).compile(converted);
    this.#compiled.set(key, compiled);
    return compiled;
  }

  #define(refs: Set<string>): void {
    for (const name of refs) {
      if (this.#known.has(name)) continue;
      this.#known.add(name);
      const more = new Set<string>();
      const schema = { $id: `schema:${name}`, ...asObject(convert(component('schemas', name), more)) };
      this.#define(more);
      this.#ajv.addSchema(schema);
      this.#texts.addSchema(schema);
    }
  }

  #operation({ method, template }: Pick<Exchange, 'method' | 'template'>): Json {
    return asObject(asObject(asObject(description()['paths'])[template])[method.toLowerCase()]);
  }

  #check(where: string, key: string, schema: unknown, value: unknown, texts = false): void {
    const validate = this.#compile(key, schema, texts);
    if (validate(value)) return;
    const problems = (validate.errors ?? [])
      .slice(0, 5)
      .map((one) => `${one.instancePath || '/'} ${one.message ?? ''}`);
    this.violations.push(`${where}: ${problems.join('; ')}`);
  }

  request(exchange: Exchange): void {
    const where = `${exchange.method} ${exchange.template}`;
    const operation = this.#operation(exchange);
    if (operation['responses'] === undefined) {
      this.violations.push(`${where}: GitHub has no such operation`);
      return;
    }
    this.operations.add(where);
    this.#parameters(where, operation, exchange);
    const content = asObject(asObject(resolved(operation['requestBody'])['content'])['application/json']);
    const schema = content['schema'];
    if (schema === undefined) {
      if (exchange.body !== undefined) this.violations.push(`${where}: takes no body`);
      return;
    }
    if (exchange.body === undefined) return;
    this.#check(`${where} body`, `${where} body`, schema, exchange.body);
    const known = Object.keys(asObject(resolved(schema)['properties']));
    const strange = Object.keys(asObject(exchange.body)).filter((name) => known.length > 0 && !known.includes(name));
    if (strange.length > 0) this.violations.push(`${where} body: GitHub does not know ${strange.join(', ')}`);
  }

  #parameters(where: string, operation: Json, { path, query }: Exchange): void {
    const parameters = (Array.isArray(operation['parameters']) ? operation['parameters'] : []).map(resolved);
    for (const parameter of parameters) {
      const name = String(parameter['name']);
      const value = (parameter['in'] === 'path' ? path : query)[name];
      if (parameter['in'] === 'path' || parameter['in'] === 'query') {
        const schema = {
          type: 'object',
          properties: { value: parameter['schema'] },
          ...(parameter['required'] === true ? { required: ['value'] } : {}),
        };
        this.#check(`${where} ${name}`, `${where} ?${name}`, schema, value === undefined ? {} : { value }, true);
      }
    }
    const known = parameters.filter((one) => one['in'] === 'query').map((one) => one['name']);
    const strange = Object.keys(query).filter((name) => !known.includes(name));
    if (strange.length > 0) this.violations.push(`${where}: GitHub does not know the parameters ${strange.join(', ')}`);
  }

  answer(exchange: Pick<Exchange, 'method' | 'template'>, status: number, body: unknown): void {
    const where = `${exchange.method} ${exchange.template} ${status}`;
    const described = asObject(this.#operation(exchange)['responses'])[String(status)];
    if (described === undefined) {
      // Every operation can be refused so; the description leaves most of these out.
      if (![304, 401, 403, 404, 409, 429].includes(status) && status < 500)
        this.violations.push(`${where}: not an answer of GitHub`);
      return;
    }
    const schema = asObject(asObject(resolved(described)['content'])['application/json'])['schema'];
    if (schema !== undefined && status !== 304) this.#check(where, where, schema, body);
  }
}
