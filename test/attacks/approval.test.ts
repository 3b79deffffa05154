import { createHmac, randomUUID } from 'node:crypto';
import { request } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { maxWebhookBytes } from '../../src/adapters/github/webhook.js';
import type { AuditLine } from '../../src/entry/api-types.js';
import { GitHubWorld } from '../journeys/github-world.js';
import { loansRequest } from '../journeys/rows.js';
import '../journeys/story-time.js';
import { owner } from '../journeys/world.js';
import { eventsOf, journalOf, quiet } from './journal.js';

let world: GitHubWorld;
beforeAll(async () => {
  world = await GitHubWorld.start('attacks-approval', { limits: false });
  await world.people.allow('alice', 'write');
  // GitHub calls both MEMBER or COLLABORATOR; only the permission counts.
  await world.people.allow('member', 'read');
});
afterAll(() => world.stop());

async function proposed(name: string): Promise<{ issue: number; trainingId: string; hash: string; comment: string }> {
  const issue = await world.ask({ model_name: name });
  const run = await world.waiting(issue);
  const { comment_id: comment } = run.data['optimization'] as { comment_id: string };
  return { issue, trainingId: run.training_id, hash: run.question?.plan_hash ?? '', comment };
}

async function cancelled(issue: number): Promise<void> {
  await world.people.comment(issue, '/cancel', owner);
  // The run ends beside the answer to the command: either may be first.
  await world.heard(issue, /Cancelled by `owner`/);
  expect((await world.ended(issue)).states.map(({ state }) => state)).not.toContain('TrainModel');
}

describe.concurrent('1. a stranger approves', () => {
  it('gets an answer by command and by 👍, and the run stays as it was', async () => {
    const { issue, trainingId, hash, comment } = await proposed('stranger');
    const before = await eventsOf(world, trainingId);
    await world.people.comment(issue, '/approve', 'stranger');
    await world.people.react(comment, '+1', 'member');
    await world.heard(issue, /`stranger` may not \/approve here/);
    await world.heard(issue, /`member` does not have the permission/);
    expect(await eventsOf(world, trainingId)).toBe(before);
    const audit = await world.api.get<AuditLine[]>(`/api/audit?issue=${issue}`);
    // A command comes by a webhook, a reaction is looked for: either may be heard first.
    expect(audit.filter(({ by }) => by !== owner).toSorted((a, b) => a.by.localeCompare(b.by))).toMatchObject([
      { by: 'member', action: 'approve', outcome: 'refused', training_id: trainingId, plan_hash: hash },
      { by: 'stranger', action: 'approve', outcome: 'refused', training_id: trainingId, plan_hash: hash },
    ]);
    await world.waiting(issue);
    await cancelled(issue);
  });
});

describe.concurrent('2. the issue is edited after it was approved', () => {
  it('trains what was approved when the edit comes after it', async () => {
    const { issue, hash } = await proposed('late-edit');
    await world.people.comment(issue, `/approve ${hash}`, 'alice');
    await world.heard(issue, /Approved by `alice`/);
    const audit = await world.api.get<AuditLine[]>(`/api/audit?issue=${issue}&by=alice`);
    expect(audit).toMatchObject([{ action: 'approve', outcome: 'done', plan_hash: hash }]);
    await world.people.edit(issue, loansRequest({ model_name: 'late-edit', seed: 9 }), owner);
    await world.heard(issue, /so this changes nothing/);
    expect((await world.run(issue))?.data).toMatchObject({ approval: { plan_hash: hash } });
    await world.people.comment(issue, '/cancel', owner);
    await world.ended(issue);
  });
});

describe.concurrent('3. a comment is edited into an approval', () => {
  it('counts for nothing, whoever edits it', async () => {
    const { issue, trainingId } = await proposed('edited-comment');
    const id = await world.people.comment(issue, 'Looks fine to me.', 'alice');
    await world.people.editComment(id, '/approve', owner);
    await world.people.comment(issue, '/status', 'alice');
    await world.heard(issue, /is \*\*waiting\*\*/);
    expect((await world.waiting(issue)).training_id).toBe(trainingId);
    await cancelled(issue);
  });
});

describe('2. the issue is edited after the approval was asked for', () => {
  it('refuses what a maintainer approves meanwhile, plans anew, and trains nothing', async () => {
    const { issue, hash } = await proposed('toctou');
    world.fake.webhooks.hold();
    await world.people.edit(issue, loansRequest({ model_name: 'toctou', seed: 6 }), owner);
    await world.people.comment(issue, '/approve', 'alice');
    // GitHub promises no order: the approval arrives before the edit that it did not see.
    world.fake.webhooks.release((held) => held.toReversed());
    await world.heard(issue, /not counted as an approval: the issue was edited/);
    const after = await world.waiting(issue, 'WaitForOptimizationApproval', hash);
    expect(after.question?.plan_hash).not.toBe(hash);
    await world.people.comment(issue, `/approve ${hash}`, 'alice');
    await world.heard(issue, /it names the plan/);
    await cancelled(issue);
  });
});

describe('4. a delivery is replayed', () => {
  it('makes one run and one transition: by the same id, and by another id with an old text', async () => {
    const { webhooks } = world.fake;
    const { issue, trainingId } = await proposed('replayed');
    await cancelled(issue);
    await quiet(world);
    const [events, comments, journal] = [
      await eventsOf(world, trainingId),
      (await world.people.comments(issue)).length,
      journalOf(world.folders.stateDir),
    ];
    for (const { guid, event, action, body } of webhooks.deliveries.slice()) {
      for (let times = 0; times < 3; times += 1) webhooks.redeliver(guid);
      webhooks.push(event, action, body);
    }
    await webhooks.settled();
    // Behind the replayed ones: what this answers to, they were worked before.
    await world.people.comment(issue, '/status', 'alice');
    await world.heard(issue, /is \*\*cancelled\*\*/);
    expect((await world.show(issue)).runs).toHaveLength(1);
    expect(await eventsOf(world, trainingId)).toBe(events);
    expect(await world.people.comments(issue)).toHaveLength(comments + 2);
    expect(journalOf(world.folders.stateDir)).toMatchObject({
      run_index: journal['run_index'],
      wf_execution: journal['wf_execution'],
      github_inbox: Number(journal['github_inbox']) + 1,
    });
  });
});

describe('5. a delivery is forged', () => {
  const post = (rawBody: Buffer, headers: Record<string, string>): Promise<number> =>
    new Promise((resolve, reject) => {
      const common = {
        'content-type': 'application/json',
        'x-github-event': 'issue_comment',
        'x-github-delivery': randomUUID(),
      };
      const call = request(
        world.server.health().github?.webhook_url ?? '',
        { method: 'POST', headers: { ...common, ...headers, 'content-length': rawBody.length } },
        (response) => {
          response.resume();
          resolve(response.statusCode ?? 0);
          if (rawBody.length > maxWebhookBytes) call.destroy();
        },
      );
      call.on('error', reject);
      // Refused by the length that it names: who sends on meanwhile may be cut off before the answer is read.
      if (rawBody.length > maxWebhookBytes) call.flushHeaders();
      else call.end(rawBody);
    });
  const hmac = (algorithm: string, secret: string, body: string) =>
    `${algorithm === 'sha1' ? 'sha1' : 'sha256'}=${createHmac(algorithm, secret).update(body).digest('hex')}`;

  it('is refused and writes nothing', async () => {
    const captured = world.fake.webhooks.deliveries.findLast(({ event }) => event === 'issues')?.body ?? '';
    const body = captured.replace('"sender"', '"note":"caf\u00e9","sender"');
    const secret = world.fake.webhookSecret;
    const good = hmac('sha256', secret, body);
    const signed = (signature: string) => ({ 'x-hub-signature-256': signature });
    await quiet(world);
    const before = journalOf(world.folders.stateDir);
    const forged: [string, Buffer, Record<string, string>, number][] = [
      ['no signature', Buffer.from(body), {}, 401],
      ['SHA-1 only', Buffer.from(body), { 'x-hub-signature': hmac('sha1', secret, body) }, 401],
      ['another secret', Buffer.from(body), signed(hmac('sha256', 'guess', body)), 401],
      ['a cut signature', Buffer.from(body), signed(good.slice(0, -2)), 401],
      ['another byte', Buffer.from(`${body} `), signed(good), 401],
      ['the same text in another Unicode form', Buffer.from(body.normalize('NFD')), signed(good), 401],
      ['26 MB', Buffer.alloc(26 * 2 ** 20, 32), signed(good), 413],
    ];
    for (const [what, bytes, headers, status] of forged)
      expect([what, await post(bytes, headers)]).toEqual([what, status]);
    expect(journalOf(world.folders.stateDir)).toEqual(before);
  });
});
