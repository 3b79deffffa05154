import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startWorld, type StoryWorld } from './start-world.js';
import { owner } from './world.js';

let world: StoryWorld;
beforeAll(async () => {
  world = await startWorld('threshold');
});
afterAll(() => world.stop());

/** So strong a penalty that the model always says the same. */
const weak = { C: 0.000001 };
const retryWith = (c: number) => `/retry\n\`\`\`yaml\nadjusted_hyperparameters:\n  C: ${c}\n\`\`\``;
const row = { income: 80, debt: 10, colour: 'red', luck: 0.3 };

describe('a model below its threshold', () => {
  it('asks the operator, takes the adjusted hyperparameters and goes into service when they are good enough', async () => {
    const issue = await world.askApproved({ hyperparameters: weak, evaluation_threshold: 0.85 });
    const { question } = await world.waiting(issue, 'WaitForOperatorInput');
    await world.labelled(issue, ['mlops:train', 'mlops:waiting']);
    const asked = await world.heard(issue, /An answer is needed: below the threshold/);
    expect(asked).toContain('Retry 1 of 3 is possible.');
    expect(asked).toContain('⚠️ missed');
    expect(asked).toContain('logistic_regression: C=0.000001');

    await world.people.comment(issue, '/retry\n```yaml\nadjusted_hyperparameters: {Q: 1}\n```', owner);
    await world.heard(issue, /`adjusted_hyperparameters\.Q`/);
    await world.people.comment(issue, '/approve', owner);
    await world.heard(issue, /Nothing waits for an approval here/);
    await world.people.comment(issue, retryWith(1), owner);
    expect(await world.heard(issue, /adjusted the hyperparameters/)).toContain('`owner`');
    const run = await world.inService(issue);
    expect(run.version).toBe('1.0.0');
    expect(run.data).toMatchObject({ counters: { visit: 2, current_retry: 1 } });
    const key = `optimizations/${run.training_id}/applied_optimizations.json`;
    const applied = JSON.parse(Buffer.from(await world.server.app.ports.objects.get({ key })).toString()) as object;
    expect(applied).toMatchObject({ hyperparameters: { logistic_regression: { C: 1 } } });
    const { plan_hash: hash } = run.data['approval'] as { plan_hash: string };
    expect(hash).not.toBe(question?.plan_hash);
    const { file_path: path } = run.data['history'] as { file_path: string };
    const record = await world.server.app.ports.history.readFile({ path });
    expect(record).toMatch(/Adjusted by owner:\n\n- logistic.{1,6}regression\.C: 1\n/);
    for (const plan of [question?.plan_hash, hash]) expect(record).toMatch(new RegExp(`Approved by owner .+${plan}`));
  });

  it('keeps the previous model when the retries are spent', async () => {
    const issue = await world.askApproved({ hyperparameters: weak, evaluation_threshold: 0.85, max_retry: 1 });
    await world.waiting(issue, 'WaitForOperatorInput');
    await world.people.comment(issue, retryWith(0.000002), owner);
    const run = await world.ended(issue);
    expect(run).toMatchObject({ status: 'failed', version: null, error: 'Dandori.RetriesSpent' });
    await world.labelled(issue, ['mlops:train', 'mlops:failed']);
    expect(await world.lastSaid(issue)).toMatch(/Version 1\.0\.0 goes on serving\./);
    expect((await world.predict('loans-staging', row)).body).toMatchObject({ model_version: '1.0.0' });
    const { file_path: path } = run.data['history'] as { file_path: string };
    expect(path).toContain(run.training_id);
  });

  it('says that nothing serves when the first version of a model misses its threshold', async () => {
    const change = { hyperparameters: weak, evaluation_threshold: 0.85, max_retry: 0, model_name: 'never' };
    const issue = await world.askApproved(change);
    const run = await world.ended(issue);
    expect(run).toMatchObject({ status: 'failed', error: 'Dandori.RetriesSpent' });
    expect(await world.lastSaid(issue)).toContain('No version of this model was in service, and none is now.');
    await expect(world.predict('never-staging', row)).rejects.toThrow(/no endpoint never-staging/);
  });

  it('ends as cancelled when the operator gives up, and the model in service stays', async () => {
    const issue = await world.askApproved({ hyperparameters: weak, evaluation_threshold: 0.85 });
    await world.waiting(issue, 'WaitForOperatorInput');
    await world.people.comment(issue, '/cancel', owner);
    const run = await world.ended(issue);
    expect(run).toMatchObject({ status: 'cancelled', error: 'Dandori.Cancelled' });
    await world.labelled(issue, ['mlops:train', 'mlops:cancelled']);
    await world.heard(issue, /The training was cancelled/);
    expect((await world.predict('loans-staging', row)).body).toMatchObject({ model_version: '1.0.0' });
  });
});
