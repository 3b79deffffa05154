import { z } from 'zod';
import { codeOf, messageOf } from '../../errors.js';
import type { GitHubClient } from './client.js';
import { statusOf } from './github-error.js';
import { anyAnswer } from './payloads.js';
import { type NeededLabel, missingLabels } from './set-up.js';

/** What was found of one thing that Dandori needs on GitHub; `fix` is null when nothing is to be mended. */
export interface GitHubFinding {
  check: string;
  status: 'ok' | 'warn' | 'fail';
  detail: string;
  fix: string | null;
}

export interface CheckOptions {
  client: GitHubClient;
  labels: readonly NeededLabel[];
  /** Whether deliveries are waited for. */
  wantsWebhook: boolean;
}

/** No commit has this name: what names it is refused by whoever may write, after the permission was looked at. */
const noCommit = '0'.repeat(40);
const initHint = 'npx dandori init github';

async function one(check: string, fix: string, body: () => Promise<string>): Promise<GitHubFinding> {
  try {
    return { check, status: 'ok', detail: await body(), fix: null };
  } catch (error) {
    return { check, status: 'fail', detail: messageOf(error), fix };
  }
}

const access = (client: GitHubClient): Promise<GitHubFinding> =>
  one('GitHub access', 'docs/github.md says how to make a token or an App', async () => {
    const { login } = await client.self();
    const route = 'GET /repos/{owner}/{repo}';
    await client.read({ about: 'be read', route, schema: anyAnswer });
    return `${client.repository} as ${login}`;
  });

/** Asks for something that cannot be done: 422 says that only the values were wrong, 403 and 404 that it is not allowed. */
async function mayWrite(ask: () => Promise<unknown>): Promise<void> {
  try {
    await ask();
  } catch (error) {
    if (statusOf(error) !== 422) throw error;
  }
}

const contents = (client: GitHubClient): Promise<GitHubFinding> =>
  one('GitHub permission contents', 'give the token or the App "Contents: Read and write"', async () => {
    const params = { ref: 'refs/heads/dandori/permission-check', sha: noCommit };
    const route = 'POST /repos/{owner}/{repo}/git/refs';
    await mayWrite(() =>
      client.call({ about: 'say whether records can be committed', route, params, schema: anyAnswer }),
    );
    return 'write';
  });

const issues = (client: GitHubClient, labels: readonly NeededLabel[]): Promise<GitHubFinding> =>
  one('GitHub permission issues', 'give the token or the App "Issues: Read and write"', async () => {
    const { name, color } = labels[0] ?? { name: 'bug', color: 'ededed' };
    const route = 'POST /repos/{owner}/{repo}/labels';
    const about = 'say whether issues can be written';
    // A label that is there is refused as already there.
    await mayWrite(() => client.call({ about, route, params: { name, color }, schema: anyAnswer }));
    return 'write';
  });

async function labelsOf(client: GitHubClient, labels: readonly NeededLabel[]): Promise<GitHubFinding> {
  return one('GitHub labels', initHint, async () => {
    const missing = await missingLabels(client, labels);
    if (missing.length > 0) throw new Error(`not in the repository: ${missing.map(({ name }) => name).join(', ')}`);
    return `all ${labels.length}`;
  });
}

const hookAnswer = z.object({
  active: z.boolean(),
  events: z.array(z.string()),
  config: z.object({ url: z.string().optional(), content_type: z.string().optional() }),
  last_response: z.object({ code: z.number().nullish(), message: z.string().nullish() }),
});

const wantedEvents = ['issues', 'issue_comment'] as const;

function judgeHook(hook: z.infer<typeof hookAnswer>): string {
  const { active, events, config, last_response: last } = hook;
  const missing = events.includes('*') ? [] : wantedEvents.filter((event) => !events.includes(event));
  if (!active) throw new Error('it is switched off');
  if (missing.length > 0) throw new Error(`it does not send ${missing.join(' and ')}`);
  if (config.content_type !== 'json') throw new Error('its content type is not application/json');
  const code = last.code ?? null;
  if (code !== null && (code < 200 || code > 299)) throw new Error(`GitHub's last delivery was answered with ${code}`);
  return `${config.url ?? ''}${code === null ? ', nothing delivered yet' : `, last delivery answered with ${code}`}`;
}

async function webhook(client: GitHubClient): Promise<GitHubFinding> {
  const check = 'GitHub webhook';
  const fix = 'set it up as in docs/github.md; until then the repository is read every 5 minutes';
  try {
    if ((await client.self()).isApp) {
      const schema = z.object({ url: z.string().optional() });
      const { url } = await client.call({ about: "tell the App's webhook", route: 'GET /app/hook/config', schema });
      if (url === undefined || url === '') throw new Error('the App has none');
      return { check, status: 'ok', detail: url, fix: null };
    }
    const route = 'GET /repos/{owner}/{repo}/hooks';
    const { data } = await client.readAll({ about: 'list its webhooks', route, schema: hookAnswer.array() });
    const hook = data.find(
      ({ events }) => events.includes('*') || wantedEvents.some((event) => events.includes(event)),
    );
    if (hook === undefined) throw new Error('the repository has none that sends issues and issue_comment');
    return { check, status: 'ok', detail: judgeHook(hook), fix: null };
  } catch (error) {
    const hidden = codeOf(error) === 'not_found' || codeOf(error) === 'not_allowed';
    if (!hidden) return { check, status: 'warn', detail: messageOf(error), fix };
    const detail = 'cannot be seen: the token does not have "Webhooks: Read-only", and need not';
    return { check, status: 'ok', detail, fix: null };
  }
}

/** Looks at everything that Dandori needs on GitHub and changes nothing; what cannot be reached is one failure. */
export async function checkGitHub({ client, labels, wantsWebhook }: CheckOptions): Promise<GitHubFinding[]> {
  const first = await access(client);
  if (first.status === 'fail') return [first];
  const known = await labelsOf(client, labels);
  const hears: GitHubFinding = wantsWebhook
    ? await webhook(client)
    : { check: 'GitHub webhook', status: 'ok', detail: 'none: the repository is polled', fix: null };
  const mayIssues = known.status === 'ok' ? [await issues(client, labels)] : [];
  return [first, ...mayIssues, await contents(client), known, hears];
}
