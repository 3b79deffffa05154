import { DandoriError, messageOf } from './errors.js';

/** What stands where a secret stood. */
const redacted = '[redacted]';

/** Shorter values are words: taking them out would tear up every text. */
const minSecretLength = 6;
/** Credentials that were fetched while running, e.g. GitHub's installation tokens: old ones have expired long before. */
const maxFetched = 200;

/** Credentials that tell themselves by their form, wherever they come from. */
const shapes: readonly [hint: RegExp, shape: RegExp, instead: string][] = [
  [/gh[opsur]_|github_pat_/, /\b(?:gh[opsur]_|github_pat_)[A-Za-z0-9_]{10,}/g, redacted],
  [/A[KS]IA/, /\bA[KS]IA[A-Z0-9]{16}\b/g, redacted],
  [/xox[a-z]-|xapp-/, /\b(?:xox[a-z]|xapp)-[A-Za-z0-9-]{10,}/g, redacted],
  [/hooks\.slack/, /\bhttps:\/\/hooks\.slack(?:-gov)?\.com\/[A-Za-z0-9/_-]{10,}/g, redacted],
  // One without its end goes as far as its text does: in JSON to the quote. Line ends may be escaped there, once or again.
  [
    /PRIVATE KEY-----/,
    /-----BEGIN [A-Z ]*PRIVATE KEY-----(?:(?!-----END)(?:[^"\\]|\\+[nr]))*(?:-----END [A-Z ]*PRIVATE KEY-----)?/g,
    redacted,
  ],
  // Also where the colon was escaped for Markdown.
  [/\/\//, /((?::|&#58;)\/\/[^\s:@/"'<>]{0,200}):[^\s@/"'<>]{1,200}@/g, `$1:${redacted}@`],
];

/** The text that Base64 makes of the secret at each of the three places that it can have among other bytes. */
function base64Forms(secret: string): string[] {
  return [0, 1, 2].flatMap((before) => {
    const bytes = Buffer.concat([Buffer.alloc(before), Buffer.from(secret)]);
    // Characters that also hold bits of what stands before or behind are left out.
    const from = Math.ceil((before * 8) / 6);
    const to = Math.floor((bytes.length * 8) / 6);
    return (['base64', 'base64url'] as const).map((kind) => bytes.toString(kind).slice(from, to));
  });
}

/** A secret as it can stand in a text: as it is, line by line, and as URLs, JSON and Base64 write it. */
function formsOf(secret: string): string[] {
  const lines = secret.split(/\r?\n|\\n/).filter((line) => !/-----/.test(line));
  const forms = [secret, ...lines, encodeURIComponent(secret), JSON.stringify(secret).slice(1, -1)];
  return [...forms, ...base64Forms(secret).filter((form) => form.length >= 12)];
}

/** Takes secrets out of texts: the values that it was told, and whatever has the shape of a well-known credential. */
export interface Redactor {
  /** What it takes out, as it was told. */
  secrets(): string[];
  /** One more secret, from now on. */
  add(secret: string): void;
  text(text: string): string;
  /** The same value with redacted strings, at any depth; what holds no secret is answered as it is. */
  value<T>(value: T): T;
  /** The same error with redacted texts and without its cause; what holds no secret is answered as it is. */
  error(error: unknown): unknown;
}

function redactValue(value: unknown, text: Redactor['text']): unknown {
  if (typeof value === 'string') return text(value);
  if (Array.isArray(value)) {
    const items = value.map((item) => redactValue(item, text));
    return items.some((item, index) => item !== value[index]) ? items : value;
  }
  // Bytes and dates are no texts.
  if (typeof value !== 'object' || value === null || ![Object.prototype, null].includes(Object.getPrototypeOf(value)))
    return value;
  const before = Object.entries(value);
  const after = before.map(([name, item]): [string, unknown] => [text(name), redactValue(item, text)]);
  const same = after.every(([name, item], index) => name === before[index]?.[0] && item === before[index]?.[1]);
  return same ? value : Object.fromEntries(after);
}

function redactError(error: unknown, { text, value }: Redactor): unknown {
  const message = messageOf(error);
  if (!(error instanceof DandoriError)) {
    return text(message) === message ? error : new DandoriError('internal', text(message));
  }
  const { cause: _cause, ...details } = error.details;
  const clean = value(details);
  if (clean === details && text(message) === message) return error;
  return new DandoriError(error.code, text(error.what), clean);
}

/** A redactor for these secrets; values of fewer than 6 characters are let through. */
export function createRedactor(secrets: readonly string[] = []): Redactor {
  const fetched: string[] = [];
  let forms: string[] = [];
  const compile = (): void => {
    const known = [...secrets, ...fetched].filter((secret) => secret.length >= minSecretLength);
    const all = new Set(known.flatMap(formsOf).filter((form) => form.length >= minSecretLength));
    // Longest first: what is part of another secret leaves no rest of it.
    forms = [...all].toSorted((one, other) => other.length - one.length);
  };
  compile();
  const text = (given: string): string => {
    let clean = given;
    for (const form of forms) if (clean.includes(form)) clean = clean.replaceAll(form, redacted);
    for (const [hint, shape, instead] of shapes) if (hint.test(clean)) clean = clean.replaceAll(shape, instead);
    return clean;
  };
  const redactor: Redactor = {
    secrets: () => [...secrets, ...fetched],
    add(secret) {
      if (secret.length < minSecretLength || secrets.includes(secret) || fetched.includes(secret)) return;
      fetched.push(secret);
      if (fetched.length > maxFetched) fetched.shift();
      compile();
    },
    text,
    // Only strings change, and into strings.
    value: <T>(value: T): T => redactValue(value, text) as T,
    error: (error) => redactError(error, redactor),
  };
  return redactor;
}

/** The adapter with its named methods taking redacted parameters. */
export function redactParams<T extends object>(
  adapter: T,
  methods: readonly (keyof T & string)[],
  redact: Redactor,
): T {
  return new Proxy(adapter, {
    get(target, name) {
      // Its own fields, private ones too, are found on the adapter itself.
      const member: unknown = Reflect.get(target, name, target);
      if (typeof member !== 'function') return member;
      if (!methods.some((method) => method === name)) return member.bind(target);
      return (...params: unknown[]): unknown =>
        Reflect.apply(
          member,
          target,
          params.map((one) => redact.value(one)),
        );
    },
  });
}
