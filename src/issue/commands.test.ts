import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { commandNames, parseCommands } from './commands.js';

const hash = 'a'.repeat(64);

describe('parseCommands', () => {
  test.each([
    ['/approve', { name: 'approve', hash: null }],
    ['Looks good.\n\n/approve\n\nThanks!', { name: 'approve', hash: null }],
    ['/approve   ', { name: 'approve', hash: null }],
    ['/APPROVE', { name: 'approve', hash: null }],
    [`/approve ${hash}`, { name: 'approve', hash }],
    ['/approve `ABCDEF0`', { name: 'approve', hash: 'abcdef0' }],
    ['/cancel', { name: 'cancel' }],
    ['/rollback\r\n', { name: 'rollback', deployTo: null }],
    ['/rollback `production`', { name: 'rollback', deployTo: 'production' }],
    ['/promote', { name: 'promote' }],
    ['/status', { name: 'status' }],
  ])('reads %j', (body, command) => {
    expect(parseCommands(body)).toEqual({ command, ignored: [], problem: null });
  });

  test.each([
    ['the word inside a line', 'I would /approve this'],
    ['a quote', '> /approve'],
    ['an indented line', '  /approve'],
    ['a code block', '```\n/approve\n```'],
    ['a code block that stays open', '~~~\n/approve'],
    ['an HTML comment', '<!--\n/approve\n-->'],
    ['an HTML comment that stays open', 'text <!-- hidden\n/approve'],
    ['a path', '/usr/bin/approve'],
    ['another word', '/shrug'],
    ['an invisible character before it', '\u200B/approve'],
    ['nothing', ''],
  ])('finds no command in %s', (_, body) => {
    expect(parseCommands(body)).toEqual({ command: null, ignored: [], problem: null });
  });

  test('after a closed HTML comment commands count again', () => {
    expect(parseCommands('<!-- x -->\n/approve').command).toEqual({ name: 'approve', hash: null });
    expect(parseCommands('<!--\n-->\n/approve').command).toEqual({ name: 'approve', hash: null });
  });

  test.each([
    '/approve please',
    '/approve abc',
    `/approve ${hash}0`,
    '/approve 0x12345678',
    `/approve ${hash} ${hash}`,
  ])('does not take %j for an approval', (body) => {
    const { command, problem } = parseCommands(body);
    expect(command).toBeNull();
    expect(problem).toMatch(/not counted as an approval.*at least 7 characters/s);
  });

  test('names the nearest command for one that is nearly one', () => {
    expect(parseCommands('/aprove').problem).toMatch(/`\/aprove` is not a command.*`\/approve`/);
    expect(parseCommands('/aprove', { language: 'ja' }).problem).toContain('`/approve` のことですか');
  });

  test('obeys the first command only, and names the rest', () => {
    expect(parseCommands('/status\n/cancel\ntext\n/approve')).toEqual({
      command: { name: 'status' },
      ignored: ['/cancel', '/approve'],
      problem: null,
    });
  });

  test.each([
    ['a fenced block', '/override\n```yaml\nmax_retry: 1\nseed: 2\n```', 3],
    ['a block after some words', '/override\nbecause:\n```yml\nmax_retry: 1\nseed: 2\n```\nok?', 4],
    ['a JSON block', '/override\n```json\n{"max_retry": 1,\n"seed": 2}\n```', 3],
    ['a JSON block without a mark', '/override\n```\n{"max_retry": 1,\n"seed": 2}\n```', 3],
    ['the lines below', '/override\nmax_retry: 1\nseed: 2', 2],
    ['the line itself', '/override max_retry: 1\nseed: 2', 1],
  ])('takes the mapping of /override from %s', (_, body, line) => {
    const { command, problem } = parseCommands(body);
    expect(problem).toBeNull();
    expect(command).toMatchObject({ name: 'override', data: { max_retry: 1, seed: 2 } });
    expect(
      command !== null && 'lines' in command ? [command.lines.get('max_retry'), command.lines.get('seed')] : [],
    ).toEqual([line, line + 1]);
  });

  test('takes the mapping of /retry, up to the next command', () => {
    const { command, ignored } = parseCommands('/retry\nadjusted_hyperparameters:\n  max_depth: 3\n/approve');
    expect(command).toMatchObject({ name: 'retry', data: { adjusted_hyperparameters: { max_depth: 3 } } });
    expect(ignored).toEqual(['/approve']);
  });

  test.each([
    ['no mapping', '/override'],
    ['words', '/override please make it faster'],
    ['broken YAML', '/retry\n```yaml\na: [\n```'],
    ['two blocks', '/override\n```yaml\na: 1\n```\n```yaml\nb: 1\n```'],
    ['an alias', '/override\na: &x 1\nb: *x'],
    ['deep nesting', `/override\n${'- '.repeat(500)}x`],
    ['64 KB and more', `/override\nx: ${'y'.repeat(70_000)}`],
  ])('says what is wrong with %s', (_, body) => {
    const { command, problem } = parseCommands(body);
    expect(command).toBeNull();
    expect(problem).toContain('| --- |');
  });

  test('a long text that is no command is none', () => {
    expect(parseCommands(`x ${'y'.repeat(70_000)}\n/approve`)).toEqual({ command: null, ignored: [], problem: null });
  });

  test('any text gives a command, a problem or nothing', () => {
    const piece = fc.oneof(
      fc.constantFrom(
        ...commandNames.map((name) => `/${name}`),
        '\n',
        '```',
        '<!--',
        '-->',
        '> ',
        ': ',
        '- ',
        ' ',
        'a: 1',
        '{',
        hash,
      ),
      fc.string({ maxLength: 5 }),
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 20 }), (parts) => {
        const { command, problem } = parseCommands(parts.join(''));
        expect(command === null || problem === null).toBe(true);
      }),
      { numRuns: 1000 },
    );
  });
});
