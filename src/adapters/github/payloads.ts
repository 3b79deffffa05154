import { z } from 'zod';
import type { Reaction } from '../../ports/issue-tracker.js';

/** The parts of GitHub's answers that are read, by their names there. */

const login = z.object({ login: z.string(), type: z.string().optional() });
export type Account = z.infer<typeof login>;

/** GitHub's stand-in for an account that is gone. */
const ghost = 'ghost';

/** The name of an account; an App's ends in `[bot]`, also where GitHub leaves that out. */
export function loginOf(account: Account | null | undefined): string {
  if (account === null || account === undefined) return ghost;
  const isBot = account.type === 'Bot' && !account.login.endsWith('[bot]');
  return isBot ? `${account.login}[bot]` : account.login;
}

const label = z.union([z.string(), z.object({ name: z.string().nullish() })]);

/** Names of an issue's labels. */
export function labelNames(labels: readonly z.infer<typeof label>[]): string[] {
  return labels.map((one) => (typeof one === 'string' ? one : (one.name ?? ''))).filter((name) => name !== '');
}

export const issueAnswer = z.object({
  number: z.number(),
  node_id: z.string(),
  title: z.string(),
  body: z.string().nullish(),
  labels: z.array(label),
  state: z.string(),
  user: login.nullish(),
  created_at: z.string(),
  updated_at: z.string(),
  html_url: z.string(),
  pull_request: z.unknown().optional(),
});
export type IssueAnswer = z.infer<typeof issueAnswer>;

export const commentAnswer = z.object({
  id: z.number(),
  node_id: z.string(),
  body: z.string().nullish(),
  user: login.nullish(),
  created_at: z.string(),
  updated_at: z.string(),
  html_url: z.string(),
  issue_url: z.string(),
  reactions: z.object({ total_count: z.number() }).optional(),
});
export type CommentAnswer = z.infer<typeof commentAnswer>;

/** Number of the issue in `.../issues/12`. */
export function issueNumberOf(comment: CommentAnswer): number {
  return Number(/\/issues\/(\d+)$/.exec(comment.issue_url)?.[1] ?? 0);
}

const contents = [
  '+1',
  '-1',
  'laugh',
  'confused',
  'heart',
  'hooray',
  'rocket',
  'eyes',
] as const satisfies Reaction['content'][];

export const reactionAnswer = z.object({
  id: z.number(),
  content: z.enum(contents),
  user: login.nullish(),
  created_at: z.string(),
});

export const labelEventAnswer = z.object({
  id: z.number(),
  event: z.string(),
  actor: login.nullish(),
  created_at: z.string(),
  label: z.object({ name: z.string().nullish() }).optional(),
  issue: z.object({ number: z.number(), labels: z.array(label), pull_request: z.unknown().optional() }).nullish(),
});

export const permissionAnswer = z.object({ permission: z.string(), user: z.object({ login: z.string() }).nullish() });

/** Any answer that is not read. */
export const anyAnswer: z.ZodType<unknown> = z.unknown();

/** GraphQL: who edited an issue or a comment last, and when; null: nobody ever did. REST does not tell. */
export const editsQuery = `query Edits($ids: [ID!]!) {
  nodes(ids: $ids) {
    ... on IssueComment { id lastEditedAt editor { type: __typename login } }
    ... on Issue { id lastEditedAt editor { type: __typename login } }
  }
}`;

export const editsAnswer = z.object({
  nodes: z.array(
    z
      .object({
        id: z.string().optional(),
        lastEditedAt: z.string().nullish(),
        editor: z.object({ type: z.string(), login: z.string() }).nullish(),
      })
      .nullable(),
  ),
});
