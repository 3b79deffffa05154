import type { Clock } from './clock.js';
import type { GitHubClient } from './client.js';
import { editsAnswer, editsQuery, loginOf } from './payloads.js';

/** The last edit of an issue's or a comment's text. */
export interface Edit {
  at: string;
  editor: string;
}

/** A thing that may have been edited, in the version that was read. */
export interface Version {
  nodeId: string;
  updatedAt: string;
}

const mostAtOnce = 100;
const mostKept = 5_000;
/** GitHub's times are cut to seconds: only after this is a version with this time the last one of its second. */
const settledMs = 3_000;

/**
 * Who edited what, by GraphQL `lastEditedAt`: `updated_at` of REST can lie a second after `created_at` without an edit, and be
 * equal to it with one. The answer for a settled version is kept, so that a quiet thread costs nothing.
 */
export class Edits {
  readonly #client: GitHubClient;
  readonly #clock: Clock;
  readonly #kept = new Map<string, Edit | null>();

  constructor(client: GitHubClient, clock: Clock) {
    this.#client = client;
    this.#clock = clock;
  }

  /** The last edit of each, or null for one that nobody edited; throws when GitHub cannot tell. */
  async of(versions: readonly Version[]): Promise<Map<string, Edit | null>> {
    const found = new Map<string, Edit | null>();
    const unknown: Version[] = [];
    for (const version of versions) {
      const kept = this.#kept.get(keyOf(version));
      if (kept === undefined) unknown.push(version);
      else found.set(version.nodeId, kept);
    }
    for (let from = 0; from < unknown.length; from += mostAtOnce) {
      const some = unknown.slice(from, from + mostAtOnce);
      const edits = await this.#ask(some.map((version) => version.nodeId));
      for (const version of some) {
        const edit = edits.get(version.nodeId);
        // Deleted meanwhile, or another kind of thing: nothing is known of it.
        if (edit === undefined) continue;
        found.set(version.nodeId, edit);
        this.#keep(version, edit);
      }
    }
    return found;
  }

  /** This version is Dandori's own edit. */
  know(version: Version, edit: Edit): void {
    this.#kept.set(keyOf(version), edit);
  }

  async #ask(ids: string[]): Promise<Map<string, Edit | null>> {
    const { nodes } = await this.#client.graphql({
      about: `tell what was edited of ${ids.length} comments`,
      query: editsQuery,
      variables: { ids },
      schema: editsAnswer,
    });
    const edits = new Map<string, Edit | null>();
    for (const node of nodes) {
      if (node?.id === undefined || node.lastEditedAt === undefined) continue;
      const editor =
        node.editor === null || node.editor === undefined
          ? undefined
          : { login: node.editor.login, type: node.editor.type };
      edits.set(node.id, node.lastEditedAt === null ? null : { at: node.lastEditedAt, editor: loginOf(editor) });
    }
    return edits;
  }

  #keep(version: Version, edit: Edit | null): void {
    if (this.#clock.nowMs() < Date.parse(version.updatedAt) + settledMs) return;
    this.#kept.set(keyOf(version), edit);
    const [oldest] = this.#kept.keys();
    if (this.#kept.size > mostKept && oldest !== undefined) this.#kept.delete(oldest);
  }
}

const keyOf = ({ nodeId, updatedAt }: Version): string => `${nodeId} ${updatedAt}`;
