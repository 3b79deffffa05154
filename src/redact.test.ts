import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DandoriError } from './errors.js';
import { createRedactor, redactParams } from './redact.js';

const secret = 'It\'s a "Secret"/to+Everybody';
const key = ['-----BEGIN RSA PRIVATE KEY-----', 'a'.repeat(64), 'b'.repeat(40), '-----END RSA PRIVATE KEY-----'].join(
  '\n',
);

describe('a redactor', () => {
  const redact = createRedactor([secret, 'short', key]);

  it.each<[string, string, string]>([
    ['as it is', `token ${secret}.`, 'token [redacted].'],
    ['in a URL', `?t=${encodeURIComponent(secret)}&x=1`, '?t=[redacted]&x=1'],
    ['in JSON', JSON.stringify({ a: secret }), '{"a":"[redacted]"}'],
    ['twice', `${secret}${secret}`, '[redacted][redacted]'],
    ['of several lines, one of them', `at ${'b'.repeat(40)}!`, 'at [redacted]!'],
    ['of fewer than 6 characters, which is a word', 'short of it', 'short of it'],
    ['nowhere', 'nothing to hide', 'nothing to hide'],
  ])('takes out a secret %s', (_where, text, expected) => {
    expect(redact.text(text)).toBe(expected);
  });

  it('takes out its Base64, whatever stands around it there', () => {
    const around = fc.tuple(
      fc.string({ maxLength: 9 }),
      fc.string({ maxLength: 9 }),
      fc.constantFrom('base64', 'base64url'),
    );
    fc.assert(
      fc.property(around, ([before, behind, kind]) => {
        const text = Buffer.from(`${before}${secret}${behind}`).toString(kind as 'base64');
        const kept = Buffer.from(redact.text(text).replace('[redacted]', ''), 'base64').toString();
        expect(kept).not.toContain(secret.slice(2, -2));
      }),
    );
  });

  it('leaves no rest of a secret that holds another one', () => {
    expect(createRedactor(['abcdef', 'abcdefghij']).text('abcdefghij abcdef')).toBe('[redacted] [redacted]');
  });

  it.each([
    ['a token of GitHub', `ghp_${'t'.repeat(36)}`, '[redacted]'],
    ['a fine-grained one', `github_pat_${'t'.repeat(22)}_x`, '[redacted]'],
    ['a key of AWS', 'AKIAIOSFODNN7EXAMPLE', '[redacted]'],
    ['a token of Slack', 'xoxb-123456789012-abcdef', '[redacted]'],
    ['a webhook of Slack', 'https://hooks.slack.com/services/T00000000/B00000000/XXXX', '[redacted]'],
    ['a private key', key, '[redacted]'],
    ['the beginning of one', key.slice(0, 60), '[redacted]'],
    ['a password in an address', 'postgres://me:pa55word@db/x', 'postgres://me:[redacted]@db/x'],
    ['an address without one', 'https://db.example:5432/a@b', 'https://db.example:5432/a@b'],
    ['an e-mail address', 'see mailto:me@example.com', 'see mailto:me@example.com'],
  ])('knows %s by its form', (_what, text, expected) => {
    expect(createRedactor().text(`<${text}>`.slice(1, -1))).toBe(expected);
  });

  it('leaves JSON that can be read, whatever its texts hold, and JSON within JSON too', () => {
    const begin = '-----BEGIN RSA PRIVATE KEY-----';
    const pieces = [begin, key, '-----END RSA PRIVATE KEY-----', '\n', '\r\n', '"', '\\', 'x', '://me:', '@', secret];
    const text = fc.array(fc.constantFrom(...pieces), { maxLength: 8 }).map((some) => some.join(''));
    fc.assert(
      fc.property(fc.array(text, { maxLength: 3 }), (texts) => {
        const read: unknown = JSON.parse(redact.text(JSON.stringify({ texts, nested: JSON.stringify(texts) })));
        const { texts: found, nested } = read as { texts: string[]; nested: string };
        expect(found).toHaveLength(texts.length);
        expect(JSON.parse(nested)).toHaveLength(texts.length);
        expect(JSON.stringify(read)).not.toContain('a'.repeat(64));
      }),
      { numRuns: 2_000 },
    );
  });

  it('learns what is fetched while running', () => {
    const learning = createRedactor();
    learning.add('v1.fetched-token');
    expect(learning.text('Bearer v1.fetched-token')).toBe('Bearer [redacted]');
    expect(learning.secrets()).toEqual(['v1.fetched-token']);
  });

  it('redacts values at any depth, names too, and answers what is clean as it is', () => {
    const clean = { a: [1, null, { b: 'x' }], at: new Date(0), bytes: new Uint8Array([1]) };
    expect(redact.value(clean)).toBe(clean);
    expect(redact.value({ ...clean, a: [{ [secret]: [secret] }] })).toEqual({
      ...clean,
      a: [{ '[redacted]': ['[redacted]'] }],
    });
  });

  it('keeps the kind of an error, and drops its cause when it held a secret', () => {
    const found = `the value ${secret}`;
    const error = new DandoriError('not_found', 'Nothing.', { found, cause: new Error(secret), data: { found } });
    const clean = redact.error(error);
    expect(clean).toMatchObject({ code: 'not_found', details: { found: 'the value [redacted]' } });
    expect(JSON.stringify(clean) + String(clean)).not.toContain(secret);
    expect((clean as Error).cause).toBeUndefined();
    const other = new Error('nothing to hide');
    expect(redact.error(other)).toBe(other);
    expect(redact.error(new Error(secret))).toMatchObject({ code: 'internal', message: '[redacted]' });
  });

  it('takes a moment for a text that holds nothing', () => {
    const text = 'a line of a log that says what happened\n'.repeat(50);
    const before = process.cpuUsage();
    for (let times = 0; times < 10_000; times += 1) redact.text(text);
    const { user, system } = process.cpuUsage(before);
    expect((user + system) / 10_000).toBeLessThan(200);
  });
});

describe('redactParams', () => {
  class Adapter {
    readonly #kept: string[] = [];
    put({ text }: { text: string }): string[] {
      this.#kept.push(text);
      return this.#kept;
    }
    find({ text }: { text: string }): boolean {
      return this.#kept.includes(text);
    }
  }

  it('redacts what the named methods are given, and no other', () => {
    const adapter = redactParams(new Adapter(), ['put'], createRedactor([secret]));
    expect(adapter.put({ text: secret })).toEqual(['[redacted]']);
    expect(adapter.find({ text: '[redacted]' })).toBe(true);
    expect(adapter.find({ text: secret })).toBe(false);
  });
});
