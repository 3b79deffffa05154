import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loansCsv, loansRequest, requestBody } from './rows.js';
import { startWorld, type StoryWorld } from './start-world.js';
import { owner } from './world.js';

let world: StoryWorld;
beforeAll(async () => {
  world = await startWorld('refused');
});
afterAll(() => world.stop());

describe('a request that cannot be read', () => {
  it('hears of every problem at once, with what was found and what is allowed, and runs once it is corrected', async () => {
    const body = requestBody({
      task_type: 'classify',
      algoritm: 'xgboost',
      data_source: { path: '../secrets.csv' },
      evaluation_threshold: { metric: 'f1_score', min: 2 },
      hpo: { method: 'bayesian' },
    });
    const issue = await world.people.open({ title: 'Loans', body, by: owner });
    const said = await world.heard(issue, /This request cannot start yet/);
    for (const part of [
      '`task_type`',
      '"classify"',
      '`algoritm`',
      'Did you mean `algorithm`?',
      'data_source',
      '`target`',
    ]) {
      expect(said).toContain(part);
    }
    expect(said).toMatch(/`hpo`.*not yet, planned/);
    await world.labelled(issue, ['mlops:train', 'mlops:invalid']);
    expect(await world.run(issue)).toBeNull();
    await world.people.comment(issue, '/status', owner);
    await world.heard(issue, /This issue has no run/);

    await world.people.comment(issue, `So be it:\n\n${loansRequest()}`, owner);
    await world.waiting(issue);
    await world.labelled(issue, ['mlops:train', 'mlops:waiting']);
    await world.people.comment(issue, '/cancel', owner);
    await world.ended(issue);
  });

  it('asks for the block when there is none', async () => {
    const issue = await world.people.open({ title: 'Please', body: 'Please predict something.', by: owner });
    expect(await world.heard(issue, /one fenced `yaml` or `json` block/)).not.toBe('');
    await world.people.edit(issue, loansRequest(), owner);
    await world.waiting(issue);
    await world.people.comment(issue, '/cancel', owner);
    await world.ended(issue);
  });

  it('is answered once when it is submitted as a file', async () => {
    world.write('words.md', 'Please predict something.');
    const issue = await world.submitFile(join(world.folders.dataDir, 'words.md'));
    expect(await world.said(issue)).toEqual([expect.stringMatching(/one fenced/)]);
  });
});

const lines = (...rows: string[]) => `${rows.join('\n')}\n`;
const one = loansCsv({ rows: 100 }).replaceAll(',no\n', ',yes\n');
const refused: [string, Record<string, unknown>, string | null, RegExp][] = [
  ['the target is no column', { target: 'god' }, null, /god[\s\S]*good/],
  ['the target has one class only', {}, one, /target[\s\S]*yes/i],
  ['the file is empty', {}, '', /empty/i],
  ['the file has a header only', {}, lines('income,debt,good'), /no rows|row/i],
  ['a line has too many values', {}, lines('income,good', '1,yes', '2,no,9', '3,yes'), /line 3/],
  [
    'a class is too rare',
    {},
    lines('income,good', ...Array.from({ length: 50 }, (_, n) => `${n},${n ? 'yes' : 'no'}`)),
    /no/,
  ],
  ['the file does not exist', { data_source: { path: 'nowhere.csv' } }, null, /nowhere\.csv/],
  ['the positive class is none of the classes', { positive_class: 'maybe' }, null, /maybe[\s\S]*no, yes/],
  ['the file is no text', {}, `\u0000\u0001PNG${'\u0000'.repeat(300)}`, /.+/],
];

describe('data that cannot be used', () => {
  it.concurrent.each(refused)('are refused with a clear comment when %s', async (title, change, csv, pattern) => {
    const index = refused.findIndex(([name]) => name === title);
    const file = `refused-${index}.csv`;
    if (csv !== null) world.write(file, csv);
    const source = csv === null ? {} : { data_source: { path: file } };
    const issue = await world.ask({ dataset_id: `refused-${index}`, model_name: 'refused', ...source, ...change });
    const run = await world.ended(issue);
    expect(run).toMatchObject({ status: 'failed', version: null });
    await world.labelled(issue, ['mlops:train', 'mlops:failed']);
    const said = await world.lastSaid(issue);
    expect(said).toContain('The training did not lead to a new model');
    expect(said).toMatch(pattern);
    expect(said).not.toContain('DandoriError');
    const { file_path: path } = run.data['history'] as { file_path: string };
    expect(await world.server.app.ports.history.readFile({ path })).toContain(run.training_id);
  });

  it('are refused in the language of the request', async () => {
    const issue = await world.ask({ dataset_id: 'refused-ja', model_name: 'refused', target: 'god', language: 'ja' });
    await world.ended(issue);
    const said = await world.lastSaid(issue);
    expect(said).toMatch(/このリクエストでは使えません。 データまたはリクエストを修正し[^]*\n {2}- 列「god」/);
    expect(said).not.toMatch(/cannot be used|Next:/);
  });

  it('are tried again with the corrected block of a comment', async () => {
    const issue = await world.askApproved({ target: 'god', model_name: 'corrected' });
    await world.ended(issue);
    await world.people.comment(issue, 'Thanks, I see.', owner);
    await world.people.comment(
      issue,
      loansRequest({ model_name: 'corrected', workflow_optimization: { auto_approve: true } }),
      owner,
    );
    const run = await world.inService(issue, 2);
    expect(run.version).toBe('1.0.0');
    expect((await world.show(issue)).runs).toHaveLength(2);
    await world.labelled(issue, ['mlops:train', 'mlops:deployed']);

    // The catalogue knows the columns by now: nothing is started for names that it does not have.
    const wrong = await world.ask({ data_source: undefined, target: 'god', time_column: 'day' });
    expect(await world.heard(wrong, /cannot start yet/)).toMatch(/`target` \| `"god"`[^]*`time_column` \| `"day"`/);
    expect(await world.run(wrong)).toBeNull();
  });
});
