import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it, vi } from 'vitest';
import { createProgram, main } from './cli.js';
import { commands } from './commands/index.js';
import { collect } from './testing/collect.js';
import { freshFolder } from './testing/state-dir.js';
import { start } from './start.js';
import { stopRouter } from './testing/stop-router.js';

const folder = freshFolder();
afterAll(() => folder.remove());
const dir = join(folder.path, 'state');

async function dandori(...args: string[]): Promise<{ code: number; out: string; note: string }> {
  const output = collect();
  const code = await main(['node', 'dandori', ...args], output);
  return { code, out: output.results(), note: output.notes() };
}

const topNames = [
  'up',
  'submit',
  'list',
  'show',
  'history',
  'compare',
  'comment',
  'edit',
  'approve',
  'rerun',
  'logs',
  'predict',
  'promote',
  'rollback',
  'audit',
  'reproduce',
  'mcp',
  'notify',
  'doctor',
];
const names = [
  ...topNames,
  ...['add', 'list', 'checkout', 'diff', 'export'].map((name) => `data ${name}`),
  'init github',
];

describe('every command', () => {
  it('is in the list', async () => {
    const { code, out } = await dandori('--help');
    expect(code).toBe(0);
    expect(commands.size).toBe(topNames.length + 2);
    for (const name of ['data', 'init', ...topNames]) expect(out).toMatch(new RegExp(`^ {2}${name}\\b`, 'm'));
  });

  it.each([...commands.keys()])('%s is what its name in the list loads', async (name) => {
    const program = await createProgram(collect(), () => undefined, name);
    expect(program.commands.map((command) => command.name())).toEqual([name]);
  });

  it.each(names)('%s has help with --dir, --json and an example', async (name) => {
    const { code, out } = await dandori(...name.split(' '), '--help');
    expect(code).toBe(0);
    for (const part of ['--dir <folder>', '--json', `$ npx dandori ${name}`]) expect(out).toContain(part);
  });
});

describe('wrong use ends with 2 and says what is allowed', () => {
  it.each([
    [[], /Usage: dandori/],
    [['lst'], /unknown command 'lst'\n\(Did you mean list\?\)/],
    [['list', '--bogus'], /unknown option '--bogus'/],
    [['list', 'extra'], /too many arguments/],
    [['show'], /missing required argument 'id'/],
    [['history', '1', '--limit', '0'], /a whole number from 1/],
    [['rerun'], /missing required argument 'id'/],
    [['logs', '1', '--phase', 'foo'], /profiling, preprocessing, training, evaluation/],
    [['up', '--port', 'abc'], /0 \(any free port\) to 65535/],
    [['up', '--port', '70000'], /0 \(any free port\) to 65535/],
    [['up', '--poll'], /--poll is for GitHub, and no repository is named\.\n[^]*DANDORI_GITHUB_REPO/],
    [['data'], /Usage: dandori data/],
    [['data', 'add', 'Churn!', 'x.csv'], /lower-case letters/],
    [['comment', '1', ' '], /needs a text/],
    [['approve', '1', '7e5061a33a3c', '--react'], /a hash, or --react/],
  ])('%j', async (args, message) => {
    const { code, out, note } = await dandori(...args);
    expect(code).toBe(2);
    expect(note).toMatch(message);
    expect(out).toBe('');
  });
});

describe('wrong use with --json', () => {
  it.each([
    [['list', '--bogus'], "unknown option '--bogus'"],
    [['show'], "missing required argument 'id'"],
    [['data', 'add', 'Churn!', 'x.csv'], expect.stringMatching(/'Churn!' is invalid.*lower-case letters/)],
    [['comment', '1', ' '], 'A comment needs a text.'],
  ])('%j is one JSON document too', async (args, message) => {
    const { code, out } = await dandori(...args, '--json');
    expect(code).toBe(2);
    expect(JSON.parse(out)).toMatchObject({ error: { code: 'invalid_input', message } });
  });
});

describe('where nothing was done yet, without a server', () => {
  it('refuses a folder of rows as wrong use', async () => {
    const { code, note } = await dandori('predict', 'churn', '.', '--dir', dir);
    expect(code).toBe(2);
    expect(note).toMatch(/The rows to predict cannot be read\./);
  });

  it.each([
    [['list'], 'No runs yet. Start one: npx dandori submit examples/churn/request.md --wait'],
    [['list', '--open'], 'No run is open. "npx dandori list" shows those that ended.'],
    [['list', '--json'], '[]'],
    [['data', 'list'], 'No datasets yet. Add one: npx dandori data add churn examples/churn/churn.csv'],
  ])('%j answers %s', async (args, text) => {
    expect(await dandori(...args, '--dir', dir)).toEqual({ code: 0, out: text, note: '' });
  });

  it.each([
    [['show', 'train-nobody'], /There is no run train-nobody\./],
    [['show', '99'], /There is no issue 99\./],
    [['show', '99', '--mermaid'], /There is no issue 99\./],
    [['history', 'train-nobody'], /There is no execution train-nobody\./],
    [['rerun', 'train-nobody'], /There is no run train-nobody\./],
    [['rerun', '99'], /There is no issue 99\./],
    [['approve', '99'], /There is no issue 99\./],
    [['edit', '99', 'package.json'], /There is no issue 99\./],
    [['edit', '1', 'nowhere.md'], /nowhere\.md cannot be read\./],
    [['rollback', 'train-nobody'], /There is no endpoint train-nobody\./],
    [['rollback', 'train-20260131-093000-9'], /There is no run train-20260131-093000-9\./],
    [['logs', 'train-nobody'], /There is no run train-nobody\./],
    [['reproduce', 'train-nobody'], /There is no run train-nobody\./],
    [['submit', 'nowhere.md'], /nowhere\.md cannot be read\.\n {2}Found: {3}no such file/],
    [['data', 'add', 'churn', 'nowhere.csv'], /nowhere\.csv does not exist/],
    [['data', 'list', 'churn'], /There is no dataset "churn"[^]*data add churn FILE/],
    [['predict', 'churn-staging', 'nowhere.json'], /cannot be read\.\n {2}Found: {3}no file nowhere\.json/],
    [['predict', 'churn-staging', '{}'], /There is no endpoint churn-staging\.[^]*Allowed: none is deployed yet/],
    [['data', 'checkout', 'churn', '1.0.0'], /There is no dataset/],
    [['data', 'diff', 'churn', '1.0.0', '1.1.0'], /There is no dataset/],
    [['data', 'export', 'churn', '1.0.0', 'nowhere'], /There is no dataset/],
  ])('%j ends with 1 and a reason', async (args, message) => {
    const { code, out, note } = await dandori(...args, '--dir', dir);
    expect({ code, out }).toEqual({ code: 1, out: '' });
    expect(note).toMatch(message);
  });

  it('is said with how to begin, and no state directory is left', async () => {
    const nowhere = join(folder.path, 'nowhere');
    const { note } = await dandori('show', '1', '--dir', nowhere);
    expect(note).toContain(`Found:   no state in ${nowhere} yet`);
    expect(note).toContain('to begin: npx dandori submit examples/churn/request.md --wait');
    await dandori('list', '--dir', nowhere);
    await dandori('comment', '1', 'hello', '--dir', nowhere);
    expect(existsSync(nowhere)).toBe(false);
  });

  it.each([
    { args: ['submit', 'nowhere.md'], exit: 1 },
    { args: ['submit', 'nowhere.md', '--yes', '--wait'], exit: 1 },
    { args: ['submit', '.'], exit: 2 },
  ])('leaves no state directory after $args, which is no request file', async ({ args, exit }) => {
    const nowhere = join(folder.path, 'nowhere');
    const { code, note } = await dandori(...args, '--dir', nowhere);
    expect(code).toBe(exit);
    expect(note).toMatch(/The request file .* cannot be read\./);
    expect(existsSync(nowhere)).toBe(false);
  });

  it('gives errors as one JSON document with --json', async () => {
    const nowhere = join(folder.path, 'nowhere');
    const { code, out, note } = await dandori('show', 'train-nobody', '--json', '--dir', nowhere);
    expect({ code, note }).toEqual({ code: 1, note: '' });
    expect(JSON.parse(out)).toEqual({
      error: {
        code: 'not_found',
        message: 'There is no run train-nobody.',
        found: expect.stringContaining(nowhere),
        next: expect.any(String),
      },
    });
  });

  it('keeps a request for the server, and leaves nothing locked', async () => {
    const file = join(folder.path, 'request.yaml');
    writeFileSync(file, 'target: x\n');
    const submitted = await dandori('submit', file, '--dir', dir);
    expect(submitted).toMatchObject({ code: 0, out: 'Issue #1. Follow it: npx dandori show 1' });
    expect(submitted.note).toContain('npx dandori up');
    expect(await dandori('comment', '1', 'hello', '--dir', dir)).toMatchObject({ code: 0, out: 'Posted.' });
    expect(await dandori('approve', '#1', '--dir', dir)).toMatchObject({ code: 0, out: 'Posted.' });
    expect((await dandori('show', '1', '--dir', dir)).out).toMatch(
      /#1 \[MLOps\] request\.yaml {2}\[mlops:train\][^]*hello/,
    );
    expect((await dandori('approve', '1', '--react', '--dir', dir)).note).toMatch(/No proposal of issue #1 waits/);
    writeFileSync(file, 'target: y\n');
    const edited = await dandori('edit', '1', file, '--dir', dir);
    expect(edited).toMatchObject({ code: 0, out: 'Edited. Follow it: npx dandori show 1' });
    expect(edited.note).toContain('npx dandori up');
    expect((await dandori('edit', '1', file, '--dir', dir)).out).toMatch(/says that already; nothing changed/);
    expect((await dandori('show', '1', '--dir', dir)).out).toContain('target: y');
    expect((await dandori('rollback', '1', '--dir', dir)).note).toMatch(/Issue #1 has no version in service/);
    expect((await dandori('logs', '1', '--dir', dir)).note).toMatch(/Issue #1 has no run/);
    expect(existsSync(join(dir, 'server.json'))).toBe(false);
  });
});

describe('doctor', () => {
  it('is content with a sound installation', async () => {
    const { code, out } = await dandori('doctor', '--json', '--dir', dir);
    const lines = JSON.parse(out) as { check: string; status: string; fix: string | null }[];
    expect(lines.map(({ check }) => check)).toEqual([
      'Node.js',
      "trainer's environment",
      'git',
      'free disk',
      'server',
      'database',
      'history',
      'audit log',
      'models in service',
      'notifications',
    ]);
    expect(lines.filter((line) => line.status === 'fail')).toEqual([]);
    expect(code).toBe(0);
  });

  it('starts no router to say that nothing is deployed', () => {
    expect(existsSync(join(dir, 'endpoints', 'router.log'))).toBe(false);
  });

  it('says what is broken and what mends it', async () => {
    const broken = join(folder.path, 'broken');
    mkdirSync(broken);
    writeFileSync(join(broken, 'dandori.db'), 'this is no database, '.repeat(400));
    const { code, out } = await dandori('doctor', '--dir', broken);
    expect(code).toBe(1);
    expect(out).toMatch(/✘ state directory: .*\n {4}mend it: /);
  });

  it('says when the folder cannot be used at all', async () => {
    const { code, out } = await dandori('doctor', '--dir', '/dev/null/x');
    expect(code).toBe(1);
    expect(out).toMatch(/✘ state directory: The state directory \/dev\/null\/x cannot be made/);
  });
});

describe('up', () => {
  it('ends by itself when nothing is left to run', async () => {
    vi.stubEnv('DANDORI_PORT', '0');
    vi.stubEnv('DANDORI_SERVING_PORT', '0');
    const state = join(folder.path, 'up');
    const { code, out, note } = await dandori('up', '--until-idle', '--json', '--dir', state);
    vi.unstubAllEnvs();
    expect(code).toBe(0);
    expect(JSON.parse(out)).toMatchObject({ status: 'ok', active: true, serving_url: expect.stringMatching(/:[1-9]/) });
    expect(note).toMatch(/is up on .*[^]*Stopping/);
    await stopRouter(state);
  });
});

describe('npm start', () => {
  it.each([
    ['--bogus', 2, /unknown option '--bogus'/],
    ['extra', 2, /too many arguments/],
  ])('ends with 2 for %s', async (argument, code, message) => {
    const output = collect();
    expect(await start([argument], output, new AbortController().signal)).toBe(code);
    expect(output.notes()).toMatch(message);
  });

  it('shows its options', async () => {
    const output = collect();
    expect(await start(['--help'], output, new AbortController().signal)).toBe(0);
    for (const option of ['--yes', '--exit', '--dir', '--request']) expect(output.results()).toContain(option);
  });

  it('ends with 1 and the reason when it cannot start', async () => {
    const output = collect();
    expect(await start(['--dir', '/dev/null/x', '--yes', '--exit'], output, new AbortController().signal)).toBe(1);
    expect(output.notes()).toMatch(/cannot be made/);
  });
});
