import { messageOf } from '../../errors.js';
import type { Permission } from '../../ports/issue-tracker.js';
import type { Clock } from './clock.js';
import type { GitHubClient } from './client.js';
import { statusOf } from './github-error.js';
import { sameLogin } from './own-text.js';
import { permissionAnswer } from './payloads.js';
import type { WriterLog } from './writer.js';

const permissions = ['admin', 'write', 'read', 'none'] as const satisfies Permission[];
const keptMs = 3_000;

/**
 * Asks GitHub's collaborator endpoint who may do what (`maintain` counts there as write, `triage` as read). Whatever goes wrong
 * is `none`: no answer, an unknown word, an answer about somebody else. A good answer is kept for 3 s.
 */
export class Permissions {
  readonly #client: GitHubClient;
  readonly #clock: Clock;
  readonly #log: WriterLog;
  readonly #kept = new Map<string, { permission: Permission; untilMs: number }>();

  constructor(parts: { client: GitHubClient; clock: Clock; log: WriterLog }) {
    this.#client = parts.client;
    this.#clock = parts.clock;
    this.#log = parts.log;
  }

  async of(user: string): Promise<Permission> {
    // Apps are not asked for: a bot never may. Anything else is no login, and no part of an address.
    if (!/^[A-Za-z0-9_-]{1,64}$/.test(user)) return 'none';
    const key = user.toLowerCase();
    const nowMs = this.#clock.nowMs();
    for (const [name, { untilMs }] of this.#kept) if (untilMs <= nowMs) this.#kept.delete(name);
    const kept = this.#kept.get(key);
    if (kept !== undefined) return kept.permission;
    const permission = await this.#ask(user);
    if (permission === null) return 'none';
    this.#kept.set(key, { permission, untilMs: nowMs + keptMs });
    return permission;
  }

  async #ask(user: string): Promise<Permission | null> {
    try {
      const answer = await this.#client.call({
        about: `tell the permission of ${user}`,
        route: 'GET /repos/{owner}/{repo}/collaborators/{username}/permission',
        params: { username: user },
        schema: permissionAnswer,
      });
      // A renamed account's old name may belong to somebody else by now.
      if (!sameLogin(answer.user?.login ?? '', user)) return null;
      return permissions.find((one) => one === answer.permission) ?? null;
    } catch (error) {
      if (statusOf(error) !== 404) {
        this.#log.error(
          { user, error: messageOf(error) },
          'the permission of a person could not be asked; it counts as none',
        );
      }
      return null;
    }
  }
}
