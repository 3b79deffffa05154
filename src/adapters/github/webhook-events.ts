import { z } from 'zod';
import type { Self } from './client.js';
import type { Inbox } from './inbox.js';
import { readOwn, sameLogin } from './own-text.js';
import { labelNames, loginOf } from './payloads.js';

/** Whether an issue with these labels is any of Dandori's business. */
export type Concerns = (labels: readonly string[]) => boolean;

/** Issues of the repository that carry none of Dandori's labels are left alone, commands and all. */
export const concernsDandori: Concerns = (labels) => labels.some((label) => label.toLowerCase().startsWith('mlops:'));

const account = z.object({ login: z.string(), type: z.string().optional() });
const issue = z.object({
  number: z.number(),
  body: z.string().nullish(),
  labels: z.array(z.object({ name: z.string().nullish() })).default([]),
  user: account.nullish(),
  created_at: z.string(),
  updated_at: z.string(),
  pull_request: z.unknown().optional(),
});
const common = { issue, sender: account, repository: z.object({ full_name: z.string() }) };
const comment = z.object({
  id: z.number(),
  body: z.string().nullish(),
  user: account.nullish(),
  created_at: z.string(),
  updated_at: z.string(),
});

/** The events and actions that are taken; every other one is answered and forgotten. */
const taken = {
  'issues opened': z.object(common),
  'issues edited': z.object(common),
  'issues labeled': z.object({ ...common, label: z.object({ name: z.string() }) }),
  'issue_comment created': z.object({ ...common, comment }),
  'issue_comment edited': z.object({ ...common, comment }),
};
type Taken = {
  [Name in keyof typeof taken]: { name: Name; payload: z.infer<(typeof taken)[Name]> };
}[keyof typeof taken];

export type ReadPayload =
  { kind: 'taken'; event: Taken } | { kind: 'ignored'; why: string } | { kind: 'unusable'; why: string };

/** What a delivery tells: `event` is the header, `payload` the parsed body. */
export function readPayload(event: string, payload: unknown): ReadPayload {
  const action = z.object({ action: z.string() }).safeParse(payload);
  const name = `${event} ${action.data?.action ?? ''}`.trim();
  const schema = Object.entries(taken).find(([known]) => known === name)?.[1];
  if (schema === undefined) return { kind: 'ignored', why: `${name} is not used` };
  const parsed = schema.safeParse(payload);
  if (!parsed.success) return { kind: 'unusable', why: z.prettifyError(parsed.error) };
  // The schema was chosen by the name.
  return { kind: 'taken', event: { name, payload: parsed.data } as Taken };
}

/** Under an App nobody else writes with Dandori's account; under a token only what bears its line is its own. */
function isOwnDoing({ sender }: { sender: z.infer<typeof account> }, self: Self, text: string): boolean {
  return sameLogin(loginOf(sender), self.login) && (self.isApp || readOwn(text) !== null);
}

/** Puts what happened into the inbox; answers false when there is nothing to it, or nothing new. */
export function takeEvent({ name, payload }: Taken, inbox: Inbox, self: Self, concerns: Concerns): boolean {
  const { issue: at, sender } = payload;
  const labels = labelNames(at.labels);
  if (at.pull_request !== undefined || !concerns(labels)) return false;
  const seen = { number: at.number, body: at.body ?? '', labels, createdAt: at.created_at, updatedAt: at.updated_at };
  const actor = loginOf(sender);
  switch (name) {
    case 'issues opened':
      return !isOwnDoing(payload, self, seen.body) && inbox.issueOpened(seen, loginOf(at.user));
    case 'issues edited':
      // Its own account editing Dandori's issue by hand is a person's doing: the text tells, not the line.
      return !(self.isApp && isOwnDoing(payload, self, '')) && inbox.issueEdited(seen, actor, at.updated_at);
    case 'issues labeled': {
      if (self.isApp && sameLogin(actor, self.login)) return false;
      const label = payload.label.name;
      const isNew = inbox.issueLabeled({ issueNumber: at.number, label, actor, at: at.updated_at });
      inbox.knowIssue(seen);
      return isNew;
    }
    case 'issue_comment created':
    case 'issue_comment edited': {
      const { comment: said } = payload;
      if (isOwnDoing(payload, self, said.body ?? '')) return false;
      const happened = { issueNumber: at.number, commentId: String(said.id), actor };
      return name === 'issue_comment created'
        ? inbox.commentCreated({ ...happened, actor: loginOf(said.user), at: said.created_at })
        : inbox.commentEdited({ ...happened, at: said.updated_at });
    }
  }
}
