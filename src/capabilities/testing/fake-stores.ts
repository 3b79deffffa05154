import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from 'vitest';
import { DandoriError } from '../../errors.js';
import type { EffectJournal, EffectRecord } from '../../ports/effect-journal.js';
import type { HistoryCommit, HistoryRepository } from '../../ports/history-repository.js';
import type { Lineage, LineageEdge, LineageNode } from '../../ports/lineage.js';
import type { ObjectStore } from '../../ports/object-store.js';
import { sha256Of } from '../shared/digest.js';

export function missing(what: string): never {
  throw new DandoriError('not_found', `${what} does not exist.`);
}

/** A port that a test does not expect to be used. */
export function unused<T extends object>(name: string): T {
  // A proxy has every method of the port; each one fails with its name.
  return new Proxy({} as T, {
    get: (_, method) => () => {
      throw new DandoriError('internal', `The test's port ${name} was asked for ${String(method)}.`);
    },
  });
}

export type FakeObjects = ObjectStore & { text(key: string): string; keys(): string[] };

let folder: string | undefined;
let files = 0;

// Registered while a test file is collected: once for each file that imports this one.
afterAll(() => {
  if (folder !== undefined) rmSync(folder, { recursive: true, force: true });
  folder = undefined;
});

/** The folder for the files that the stores of a test file were asked for. */
function fileFolder(): string {
  folder ??= mkdtempSync(join(tmpdir(), 'dandori-objects-'));
  return folder;
}

export function fakeObjects(): FakeObjects {
  const bodies = new Map<string, Buffer>();
  const info = (key: string, body: Buffer) => ({ key, bytes: body.length, sha256: sha256Of(body) });
  const body = (key: string) => bodies.get(key) ?? missing(`The object ${key}`);
  return {
    async put({ key, body: content }) {
      const bytes = Buffer.from(content);
      bodies.set(key, bytes);
      return info(key, bytes);
    },
    async putFile({ key, path }) {
      bodies.set(key, readFileSync(path));
      return info(key, body(key));
    },
    get: async ({ key }) => body(key),
    async getFile({ key }) {
      files += 1;
      const path = join(fileFolder(), String(files));
      writeFileSync(path, body(key));
      return path;
    },
    head: async ({ key }) => (bodies.has(key) ? info(key, body(key)) : null),
    list: async ({ prefix }) =>
      [...bodies.keys()]
        .filter((key) => key.startsWith(prefix))
        .toSorted()
        .map((key) => info(key, body(key))),
    async delete({ key }) {
      bodies.delete(key);
    },
    text: (key) => body(key).toString('utf8'),
    keys: () => [...bodies.keys()].toSorted(),
  };
}

export function fakeEffects(): EffectJournal & { crashNextComplete(): void } {
  const records = new Map<string, EffectRecord>();
  let crash = false;
  return {
    find: async ({ key }) => records.get(key) ?? null,
    list: async ({ prefix }) => [...records.values()].filter(({ key }) => key.startsWith(prefix)),
    async intend({ key }) {
      if (!records.has(key)) records.set(key, { key, status: 'intended' });
    },
    async complete({ key, result }) {
      if (crash) {
        crash = false;
        throw new Error('killed between the effect and its record');
      }
      records.set(key, { key, status: 'done', result });
    },
    /** The next `complete` throws, as if the process had died before it. */
    crashNextComplete() {
      crash = true;
    },
  };
}

export type FakeHistory = HistoryRepository & {
  files: Map<string, string>;
  commits: { key: string; message: string }[];
};

export function fakeHistory(): FakeHistory {
  const files = new Map<string, string>();
  const commits: { key: string; message: string; commit: HistoryCommit }[] = [];
  return {
    files,
    commits,
    async commit({ key, message, files: changed }) {
      const before = commits.find((each) => each.key === key);
      if (before !== undefined) return before.commit;
      for (const { path, body } of changed) files.set(path, Buffer.from(body).toString('utf8'));
      const commitSha = sha256Of(`${commits.length}${message}`).slice(0, 40);
      const commit = { commitSha, filePath: changed[0]?.path ?? '', url: `file:///history#${commitSha}` };
      commits.push({ key, message, commit });
      return commit;
    },
    findCommit: async ({ key }) => commits.find((each) => each.key === key)?.commit ?? null,
    readFile: async ({ path }) => files.get(path) ?? null,
    listFiles: async ({ prefix }) => [...files.keys()].filter((path) => path.startsWith(prefix)).toSorted(),
  };
}

export function fakeLineage(): Lineage & { edges: LineageEdge[] } {
  const edges: LineageEdge[] = [];
  const same = (a: LineageNode, b: LineageNode) => a.kind === b.kind && a.id === b.id;
  return {
    edges,
    async addEdge(edge) {
      const known = edges.some(
        (each) => same(each.from, edge.from) && same(each.to, edge.to) && each.relation === edge.relation,
      );
      if (!known) edges.push(edge);
    },
    async trace({ node, direction }) {
      const [near, far] = direction === 'upstream' ? (['to', 'from'] as const) : (['from', 'to'] as const);
      const reached: LineageEdge[] = [];
      const queue = [node];
      for (let at = queue.shift(); at !== undefined; at = queue.shift()) {
        const here = at;
        for (const edge of edges) {
          if (!same(edge[near], here) || reached.includes(edge)) continue;
          reached.push(edge);
          queue.push(edge[far]);
        }
      }
      return reached;
    },
  };
}
