import { EventEmitter } from 'node:events';
import { join } from 'node:path';
import { tmpdir } from 'node:os';
import { describe, expect, it } from 'vitest';
import { DandoriError } from '../errors.js';
import { errorText } from './error-text.js';
import { outputTo, show } from './output.js';
import { createProgressLine } from './progress-line.js';
import { socketPath } from './socket-path.js';
import { titleOf } from './submit-request.js';
import { collect } from './testing/collect.js';
import { aborted, pause, stopSignal } from './until-stopped.js';

function stream(isTTY: boolean, colours = true) {
  const written: string[] = [];
  const write = (text: string) => written.push(text) > 0;
  const fake = { isTTY, columns: 20, hasColors: () => colours, write };
  return {
    fake: Object.assign(Object.create(process.stderr) as NodeJS.WriteStream, fake),
    text: () => written.join(''),
  };
}

const red = '\u001B[31mred\u001B[39m';

describe('outputTo', () => {
  it.each([
    ['keeps colours on a terminal', true, true, `${red}\n`],
    ['takes them away where colours are not wanted', true, false, 'red\n'],
    ['takes them away in a pipe', false, true, 'red\n'],
  ])('%s', (_what, isTTY, colours, text) => {
    const [results, remarks] = [stream(isTTY, colours), stream(isTTY, colours)];
    const output = outputTo(results.fake, remarks.fake);
    output.out(red);
    output.note(red);
    expect([results.text(), remarks.text()]).toEqual([text, text]);
    expect(output.width).toBe(isTTY ? 20 : Number.POSITIVE_INFINITY);
  });

  it('lets nothing that people wrote command a terminal, and hands it on whole in a pipe', () => {
    const hostile = `a\u001B]0;title\u0007b\u001B[2Jc\u0008d\u202Ee\u009B1Af\r\n${red}\tg 段取り`;
    const [terminal, pipe] = [stream(true), stream(false)];
    outputTo(terminal.fake, terminal.fake).out(hostile);
    outputTo(pipe.fake, pipe.fake).out('a\u202Eb');
    expect(terminal.text()).toBe(`abcdef\n${red}\tg 段取り\n`);
    expect(pipe.text()).toBe('a\u202Eb\n');
  });

  it('takes a terminal that does not know its size for one of 80 columns', () => {
    const { fake } = stream(true);
    expect(outputTo(fake, Object.assign(fake, { columns: 0 })).width).toBe(80);
  });

  it('shows a result as text or as one JSON document', () => {
    const output = collect();
    show(output, {}, { a: 1 }, () => 'one');
    show(output, { json: true }, { a: 1 }, () => 'one');
    expect(output.results()).toBe('one\n{\n  "a": 1\n}');
  });
});

describe('createProgressLine', () => {
  it('rewrites one line on a terminal, no longer than that', () => {
    const { fake, text } = stream(true);
    const line = createProgressLine(fake);
    line.show('a long remark that does not fit');
    line.clear();
    expect(text()).toBe('\r\u001B[2K  a long remark tha\r\u001B[2K');
  });

  it('writes a line every five seconds elsewhere', () => {
    const { fake, text } = stream(false);
    let now = 0;
    const line = createProgressLine(fake, () => now);
    for (const at of [1_000, 5_000, 6_000, 10_000]) {
      now = at;
      line.show(`at ${at}`);
    }
    line.clear();
    expect(text()).toBe('  at 5000\n  at 10000\n');
  });
});

describe('errorText', () => {
  it('puts found, allowed and next below what failed', () => {
    const error = new DandoriError('invalid_input', 'That is wrong.', { found: 'a\nb', allowed: 'c', next: 'do d.' });
    expect(errorText(error)).toBe(
      ['Error: That is wrong.', '  Found:   a', '           b', '  Allowed: c', '  Next:    do d.'].join('\n'),
    );
  });

  it('tells anything else by its message', () => {
    expect(errorText(new Error('broken'))).toBe('Error: broken');
  });
});

describe('socketPath', () => {
  it('lies in the state directory', () => {
    expect(socketPath('/srv/dandori')).toBe('/srv/dandori/dandori.sock');
  });

  it('lies in the temporary folder when the path would be cut', () => {
    const deep = join('/srv', 'x'.repeat(120));
    expect(socketPath(deep)).toMatch(new RegExp(`^${tmpdir()}/dandori-[0-9a-f]{16}\\.sock$`));
    expect(socketPath(deep)).toBe(socketPath(`${deep}/../${'x'.repeat(120)}`));
    expect(socketPath(deep)).not.toBe(socketPath(`${deep}y`));
  });
});

describe('titleOf', () => {
  it.each([
    ['# Who leaves?\n\ntext', 'request.md', 'Who leaves?'],
    ['```yaml\n# not a title\n```\n# Title', 'a/request.md', 'Title'],
    ['# a comment\ntarget: x', 'folder/request.yaml', '[MLOps] request.yaml'],
    ['no heading', 'request.md', '[MLOps] request.md'],
  ])('of %j in %s is %j', (text, path, title) => {
    expect(titleOf(text, path)).toBe(title);
  });
});

describe('stopSignal', () => {
  it.each(['SIGINT', 'SIGTERM'])('is aborted by %s', async (name) => {
    const fake = new EventEmitter();
    const signal = stopSignal(Object.assign(Object.create(process) as NodeJS.Process, { once: fake.once.bind(fake) }));
    expect(signal.aborted).toBe(false);
    fake.emit(name);
    await aborted(signal);
    expect(signal.aborted).toBe(true);
    // A second one finds nobody who listens: it ends the process.
    expect(fake.listenerCount(name)).toBe(0);
  });
});

describe('pause', () => {
  it('ends at once when it is stopped, before or during', async () => {
    const stop = new AbortController();
    const long = pause(600_000, stop.signal);
    stop.abort();
    await long;
    await pause(600_000, stop.signal);
    await pause(1);
    expect(stop.signal.aborted).toBe(true);
  });
});
