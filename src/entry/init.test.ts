import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type FakeGitHub, startFakeGitHub } from '../../test/fake-github/fake-github.js';
import { issueFormPath, renderIssueForm } from '../request/issue-form-template.js';
import { labelDocs } from '../request/labels.js';
import { projectRoot } from '../root.js';
import { main } from './cli.js';
import { collect } from './testing/collect.js';

let fake: FakeGitHub;
beforeEach(async () => {
  fake = await startFakeGitHub();
  vi.stubEnv('DANDORI_GITHUB_API_URL', fake.url);
  vi.stubEnv('DANDORI_GITHUB_TOKEN', fake.account.kind === 'token' ? fake.account.token : '');
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await fake.close();
});

async function init(...args: string[]): Promise<{ code: number; out: string; note: string }> {
  const output = collect();
  const code = await main(['node', 'dandori', 'init', 'github', ...args], output);
  return { code, out: output.results(), note: output.notes() };
}

const writes = () => fake.requests.filter(({ route }) => !route.startsWith('GET'));
/** All labels but the first ones are there: between two writes lies a second. */
const haveMostLabels = (missing = 1) =>
  fake.repository.labels.push(...labelDocs.slice(missing).map(({ name }) => name));
const form = (branch: string) => fake.repository.git.file(branch, issueFormPath);

describe('dandori init github', () => {
  it('makes the labels and commits the form, and done again does nothing', async () => {
    haveMostLabels(3);
    const { code, out } = await init(fake.name);
    expect(code).toBe(0);
    for (const { name } of labelDocs.slice(0, 3)) expect(out).toContain(`made the label ${name}`);
    expect(out).toContain(`committed ${issueFormPath} (new) to main`);
    expect(new Set(fake.repository.labels)).toEqual(new Set(['bug', ...labelDocs.map(({ name }) => name)]));
    expect(form('main')).toBe(renderIssueForm());
    const before = writes().length;
    expect((await init(fake.name)).out).toContain('has everything already');
    expect(writes()).toHaveLength(before);
  });

  it('runs to its end as a program: nothing but the pause between two writes keeps it alive', async () => {
    haveMostLabels();
    const args = [join(projectRoot, 'bin', 'dandori.js'), 'init', 'github', fake.name];
    const { stdout } = await promisify(execFile)(process.execPath, args, { timeout: 50_000 });
    expect(stdout).toContain('made the label mlops:train');
    expect(form('main')).toBe(renderIssueForm());
  });

  it('says what it would do with --dry-run, and writes nothing', async () => {
    fake.repository.labels.push('MLOps:train');
    const { code, out } = await init(fake.name, '--dry-run');
    expect(code).toBe(0);
    expect(out).toContain('would make the label mlops:running');
    expect(out).not.toContain('mlops:train\n');
    expect(out).toContain(`would commit ${issueFormPath}`);
    expect(writes()).toEqual([]);
  });

  it('opens a pull request where the default branch is protected, one however often it is asked', async () => {
    haveMostLabels();
    fake.repository.protectedBranches.set('main', 'ruleset');
    vi.stubEnv('DANDORI_GITHUB_REPO', fake.name);
    const { out } = await init('--json');
    expect(JSON.parse(out)).toMatchObject({ pull_request: expect.stringContaining('/pull/'), branch: 'main' });
    await init();
    expect(fake.repository.pulls).toHaveLength(1);
    expect(form('main')).toBeUndefined();
    expect(form('dandori/set-up')).toBe(renderIssueForm());
  });

  it.each([
    ['no repository', [], {}, /No repository is named.*OWNER\/NAME/s],
    [
      'no token',
      ['octo/models'],
      { DANDORI_GITHUB_TOKEN: '' },
      /Dandori cannot show GitHub who it is.*DANDORI_GITHUB_TOKEN alone/s,
    ],
    ['a wrong token', ['octo/models'], { DANDORI_GITHUB_TOKEN: 'wrong' }, /401 Bad credentials.*make a new one/s],
    ['another repository', ['octo/other'], {}, /404.*may read it/s],
    ['no repository’s name', ['models'], {}, /no repository on GitHub.*OWNER\/NAME/s],
  ])('says what to do with %s', async (_name, args, env, message) => {
    for (const [name, value] of Object.entries(env)) vi.stubEnv(name, value);
    const { code, note } = await init(...args);
    expect(code).not.toBe(0);
    expect(note).toMatch(message);
  });
});
