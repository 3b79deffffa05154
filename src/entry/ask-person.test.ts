import { PassThrough } from 'node:stream';
import { parse } from 'yaml';
import { describe, expect, it } from 'vitest';
import { askPerson, retryComment } from './ask-person.js';
import { collect } from './testing/collect.js';

/** A terminal on which `answers` are typed, one a question. */
function typing(...answers: string[]) {
  const input = Object.assign(new PassThrough(), { isTTY: true, setRawMode: () => undefined });
  const screen = new PassThrough();
  const left = [...answers];
  let shown = '';
  let interrupted = 0;
  screen.on('data', (chunk: Buffer) => {
    shown += chunk.toString();
    if (/[?:] .*$/.test(chunk.toString()) && left.length > 0) setImmediate(() => input.write(left.shift() ?? ''));
  });
  const keyboard = { input, output: screen, interrupt: () => (interrupted += 1) };
  return { keyboard, input, shown: () => shown, interrupted: () => interrupted };
}

describe('askPerson', () => {
  it.each([
    ['y\n', '/approve'],
    ['YES\n', '/approve'],
    ['\n', '/cancel'],
    ['n\n', '/cancel'],
    ['yesterday\n', '/cancel'],
  ])('takes %j to the plan as %s', async (typed, comment) => {
    const ask = askPerson(collect(), typing(typed).keyboard);
    expect(await ask?.('', 'WaitForOptimizationApproval')).toBe(comment);
  });

  it('makes a retry of new hyperparameters', async () => {
    const ask = askPerson(collect(), typing('max_depth=3\n').keyboard);
    expect(await ask?.('', 'WaitForOperatorInput')).toBe(retryComment('max_depth=3'));
  });

  it('takes an empty answer to the operator question as: keep the previous model', async () => {
    const ask = askPerson(collect(), typing('\n').keyboard);
    expect(await ask?.('', 'WaitForOperatorInput')).toBe('/cancel');
  });

  it('asks again for an answer without name=value', async () => {
    const output = collect();
    const ask = askPerson(output, typing('deeper\n', 'max_depth=9\n').keyboard);
    expect(await ask?.('', 'WaitForOperatorInput')).toBe(retryComment('max_depth=9'));
    expect(output.notes()).toContain('That holds no name=value: deeper.');
  });

  it('gives up when the person goes away', async () => {
    const { keyboard, input } = typing();
    const answer = askPerson(collect(), keyboard)?.('', 'WaitForOptimizationApproval');
    setImmediate(() => input.end());
    expect(await answer).toBeNull();
  });

  it('passes Ctrl-C on', async () => {
    const { keyboard, interrupted } = typing('\u0003');
    const terminalOutput = Object.assign(keyboard.output, { isTTY: true, columns: 80 });
    expect(
      await askPerson(collect(), { ...keyboard, output: terminalOutput })?.('', 'WaitForOptimizationApproval'),
    ).toBeNull();
    expect(interrupted()).toBe(1);
  });

  it('asks nobody where there is no terminal', () => {
    expect(
      askPerson(collect(), { input: new PassThrough(), output: new PassThrough(), interrupt: () => undefined }),
    ).toBeNull();
  });
});

describe('retryComment', () => {
  it.each([
    ['max_depth=3 learning_rate=0.1', { max_depth: 3, learning_rate: 0.1 }],
    ['max_depth=3,solver=lbfgs noise', { max_depth: 3, solver: 'lbfgs' }],
  ])('makes YAML of %j', (text, values) => {
    const [command, , ...yaml] = retryComment(text)
      .replace(/\n```$/, '')
      .split('\n');
    expect(command).toBe('/retry');
    expect(parse(yaml.join('\n'))).toEqual({ adjusted_hyperparameters: values });
  });
});
