import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { bodyOf } from './testing/people.js';
import { IssueWorld } from './testing/world.js';

let world: IssueWorld;
beforeEach(async () => {
  world = await IssueWorld.make();
});
afterEach(() => world.close());

const like = (text: RegExp): unknown => expect.stringMatching(text);
const labelsOf = async (issue: number) => (await world.people.tracker.getIssue({ number: issue })).labels;
const invalid = bodyOf({ cv_folds: 'many' });

async function proposed(fields: Record<string, unknown> = {}): Promise<number> {
  const issue = await world.people.open(bodyOf(fields));
  await world.work();
  return issue;
}

async function ended(): Promise<number> {
  const issue = await proposed();
  await world.people.say(issue, '/approve');
  await world.work();
  expect(await world.lastRun(issue)).toMatchObject({ status: 'in_service' });
  return issue;
}

describe('an issue', () => {
  it('without the label is no request, until it gets it', async () => {
    const { number } = await world.people.tracker.createIssue({
      title: 't',
      body: bodyOf(),
      labels: [],
      author: 'aya',
    });
    await world.controller.poke();
    expect(await world.runsOf(number)).toEqual([]);
    await world.people.label(number, 'mlops:train', 'ken');
    expect(await world.lastRun(number)).toMatchObject({ requestedBy: 'ken' });
  });

  it('with the label from the beginning starts one run, though opening and labelling are two events', async () => {
    const issue = await world.people.open();
    await world.people.label(issue, 'mlops:train');
    expect(await world.runsOf(issue)).toHaveLength(1);
  });

  it.each([
    ['reader', 'read'],
    ['mallory', 'none'],
    ['ci[bot]', 'admin'],
  ])('of %s, whose permission is %s, starts nothing and hears why', async (by) => {
    const issue = await world.people.open(bodyOf(), by);
    expect(await world.people.heard(issue)).toEqual([
      `\`${by}\` may not start a training here: that needs the permission \`write\`. Nothing was done.`,
    ]);
    expect(await world.runsOf(issue)).toEqual([]);
    expect(await labelsOf(issue)).toEqual(['mlops:train']);
  });

  it('that is no valid request hears everything that is wrong, and starts once it is mended', async () => {
    const issue = await world.people.open(bodyOf({ cv_folds: 'many', seeed: 3 }));
    expect(await world.people.heard(issue)).toEqual([like(/cv_folds[^]*seeed/)]);
    expect(await labelsOf(issue)).toEqual(['mlops:train', 'mlops:invalid']);
    await world.people.edit(issue, bodyOf());
    expect(await world.runsOf(issue)).toHaveLength(1);
    await world.work();
    expect(await labelsOf(issue)).toEqual(['mlops:train', 'mlops:waiting']);
  });

  it.each([
    ['is no valid request', bodyOf({ cv_folds: 'many' }), 'aya', /cv_folds/],
    ['is made by somebody without the right', bodyOf(), 'mallory', /may not start a training/],
  ])('that %s hears so once, though opening and labelling are two events', async (_, body, by, why) => {
    const { tracker } = world.people;
    const { number } = await tracker.createIssue({ title: 't', body, labels: [], author: by });
    // Both events are there before the first is worked, as on a tracker that sends them together.
    await tracker.updateIssue({ number, labels: ['mlops:train'], actor: by });
    await world.controller.poke();
    expect(await world.people.heard(number)).toEqual([like(why)]);
    // Another person, or another text, is another answer.
    await tracker.updateIssue({ number, labels: [] });
    await world.people.label(number, 'mlops:train', 'stranger');
    await world.people.edit(number, bodyOf({ cv_folds: 'few' }), 'aya');
    expect(await world.people.heard(number)).toEqual([like(why), like(/`stranger` may not/), like(/few/)]);
  });

  it('hears again what is wrong when it is edited back to it', async () => {
    const issue = await world.people.open(invalid);
    await world.people.edit(issue, bodyOf());
    expect(await world.people.edit(issue, invalid)).toEqual([like(/cv_folds/)]);
  });

  it('is told what of it was passed over', async () => {
    const issue = await world.people.open(bodyOf({ title: 'Churn' }));
    expect(await world.people.heard(issue)).toEqual([like(/^- .*title/)]);
    expect(await world.runsOf(issue)).toHaveLength(1);
  });

  it('is trained again when its label is set again after the end', async () => {
    const issue = await ended();
    await world.people.tracker.updateIssue({ number: issue, labels: ['mlops:deployed'], actor: 'aya' });
    await world.people.label(issue, 'mlops:train');
    expect(await world.runsOf(issue)).toHaveLength(2);
  });

  it('is not trained again by any other label', async () => {
    const issue = await ended();
    expect(await world.people.label(issue, 'question')).toEqual([]);
    expect(await world.runsOf(issue)).toHaveLength(1);
  });
});

describe('an edit', () => {
  it('while the plan waits is a new proposal: the old one cannot be approved any more', async () => {
    const issue = await proposed();
    const before = await world.questionOf(issue);
    expect(await world.people.edit(issue, bodyOf({ model_name: 'other' }), 'ken')).toEqual([
      'The request was changed: a new proposal follows, the old one can no longer be approved.',
    ]);
    await world.work();
    expect(await world.lastRun(issue)).toMatchObject({ modelName: 'other', requestedBy: 'aya', status: 'waiting' });
    const [answer] = await world.people.say(issue, `/approve ${String(before['plan_hash'])}`, 'ken');
    expect(answer).toMatch(/and the plan that waits is/);
    expect(await world.runsOf(issue)).toHaveLength(1);
  });

  it('of words around the request changes nothing', async () => {
    const issue = await proposed();
    const { plan_hash: hash } = await world.questionOf(issue);
    expect(await world.people.edit(issue, `Please.\n\n${bodyOf()}`)).toEqual([]);
    expect(await world.questionOf(issue)).toMatchObject({ plan_hash: hash });
  });

  it('into something invalid takes the plan back until it is mended', async () => {
    const issue = await proposed();
    const { comment_id: shown } = await world.questionOf(issue);
    expect(await world.people.edit(issue, invalid)).toEqual([like(/cv_folds/)]);
    expect(await world.people.say(issue, '/approve')).toEqual([like(/is not a valid request at the moment/)]);
    expect(await world.people.react(issue, String(shown), 'ken')).toEqual([like(/is not a valid request/)]);
    expect(await world.people.edit(issue, bodyOf())).toEqual([like(/a new proposal follows/)]);
    await world.work();
    expect(await world.people.say(issue, '/approve')).toEqual([like(/^Approved by/)]);
  });

  it('of somebody without the right changes nothing', async () => {
    const issue = await proposed();
    const { plan_hash: hash } = await world.questionOf(issue);
    expect(await world.people.edit(issue, bodyOf({ cv_folds: 3 }), 'reader')).toEqual([like(/`reader` may not/)]);
    expect(await world.questionOf(issue)).toMatchObject({ plan_hash: hash });
  });

  it.each([
    ['valid', bodyOf({ cv_folds: 3 })],
    ['invalid', invalid],
  ])('after the approval is too late: %s', async (kind, body) => {
    const issue = await proposed();
    await world.people.say(issue, '/approve');
    const wanted = kind === 'valid' ? /The plan was approved before this, so this changes nothing/ : /cv_folds/;
    expect(await world.people.edit(issue, body)).toEqual([like(wanted)]);
    await world.work();
    expect(await world.lastRun(issue)).toMatchObject({ status: 'in_service' });
  });

  it('after the end starts another run', async () => {
    const issue = await ended();
    await world.people.edit(issue, bodyOf({ cv_folds: 3 }));
    expect(await world.runsOf(issue)).toHaveLength(2);
  });

  it('is answered in the language that it asks for', async () => {
    const issue = await proposed();
    expect(await world.people.edit(issue, bodyOf({ language: 'ja' }))).toEqual([like(/リクエストが変更されました/)]);
  });
});

describe('a comment with a corrected block', () => {
  it.each(['mlops:invalid', 'mlops:failed'])('is taken when the issue is %s', async (label) => {
    let issue: number;
    if (label === 'mlops:invalid') issue = await world.people.open(invalid);
    else {
      world.decisions.push('fail');
      issue = await world.people.open(bodyOf({ workflow_optimization: { auto_approve: true } }));
      await world.work();
    }
    expect(await labelsOf(issue)).toContain(label);
    const before = (await world.runsOf(issue)).length;
    expect(await world.people.say(issue, `Like this:\n\n${bodyOf({ cv_folds: 3 })}`)).toEqual([]);
    expect(await world.runsOf(issue)).toHaveLength(before + 1);
  });

  it('is a new proposal while the plan waits, and the old one cannot be approved any more', async () => {
    const issue = await proposed();
    const { plan_hash: hash } = await world.questionOf(issue);
    await world.people.say(issue, '/override {cv_folds: many}');
    const block = bodyOf({ evaluation_threshold: 0.6 });
    expect(await world.people.say(issue, block, 'ken')).toEqual([like(/a new proposal follows/)]);
    expect(await world.people.say(issue, '/approve')).toEqual(['Nothing waits for an approval here.']);
    await world.work();
    expect(await world.people.say(issue, `/approve ${String(hash)}`)).toEqual([like(/the plan that waits is/)]);
    expect(await world.questionOf(issue)).toMatchObject({ plan: { request: { criteria: [{ min: 0.6 }] } } });
    expect(await world.people.say(issue, block)).toEqual([like(/made for this request already/)]);
    expect(await world.runsOf(issue)).toHaveLength(1);
  });

  it.each([
    ['wrong', bodyOf({ cv_folds: -1 }), /no request that can be planned[^]*cv_folds[^]*`\/override` with only/],
    ['only a part', '```\ncv_folds: 3\n```', /no request that can be planned[^]*task_type/],
    ['not readable', '```yaml\ncv_folds: [3\n```', /no request that can be planned/],
    ['Japanese and wrong', bodyOf({ language: 'ja', cv_folds: -1 }), /リクエストとして扱えません/],
  ])('that is %s is answered while the plan waits, which stays', async (_, body, answer) => {
    const issue = await proposed();
    const { plan_hash: hash } = await world.questionOf(issue);
    expect(await world.people.say(issue, body)).toEqual([like(answer)]);
    expect(await world.people.say(issue, `/approve ${String(hash)}`)).toEqual([like(/^Approved by/)]);
  });

  it.each([
    ['a log', '```\nepoch 1: loss 0.3\n```'],
    ['a shell line', '```sh\ncv_folds: 3\n```'],
    ['another YAML', '```yaml\nservices: {db: {image: x}}\n```'],
  ])('is not seen in %s while the plan waits', async (_, body) => {
    const issue = await proposed();
    expect(await world.people.say(issue, body)).toEqual([]);
  });

  it.each([
    ['valid', bodyOf({ cv_folds: 3 })],
    ['wrong', bodyOf({ cv_folds: -1 })],
  ])('that is %s is too late after the approval', async (_, body) => {
    const issue = await proposed();
    await world.people.say(issue, '/approve');
    expect(await world.people.say(issue, body)).toEqual([like(/approved before this, so this changes nothing/)]);
  });

  it('that is wrong again hears so again', async () => {
    const issue = await world.people.open(invalid);
    expect(await world.people.say(issue, bodyOf({ cv_folds: -1 }))).toEqual([like(/cv_folds/)]);
    expect(await world.runsOf(issue)).toEqual([]);
  });

  it.each([
    ['whose model is in service', ended],
    [
      'that is no request',
      async () => {
        const { number } = await world.people.tracker.createIssue({ title: 't', body: '', labels: [], author: 'aya' });
        return number;
      },
    ],
  ])('changes nothing on an issue %s', async (_, make) => {
    const issue = await make();
    const runs = await world.runsOf(issue);
    expect(await world.people.say(issue, bodyOf({ cv_folds: 3 }))).toEqual([]);
    expect(await world.runsOf(issue)).toEqual(runs);
  });
});
