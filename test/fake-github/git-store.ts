import { createHash } from 'node:crypto';

export interface FakeCommit {
  sha: string;
  tree: string;
  parents: string[];
  message: string;
  author: { name: string; email: string; date: string };
}

const sha1 = (text: string | Buffer): string => createHash('sha1').update(text).digest('hex');

/** Blobs, trees, commits and branches; names are content hashes, as in git. A tree is kept with all its files. */
export class GitStore {
  readonly blobs = new Map<string, Buffer>();
  readonly trees = new Map<string, Map<string, string>>();
  readonly commits = new Map<string, FakeCommit>();
  readonly branches = new Map<string, string>();

  blob(content: Buffer): string {
    const sha = sha1(Buffer.concat([Buffer.from(`blob ${content.length}\0`), content]));
    this.blobs.set(sha, content);
    return sha;
  }

  tree(files: Map<string, string>): string {
    const sha = sha1(`tree ${JSON.stringify([...files].sort())}`);
    this.trees.set(sha, files);
    return sha;
  }

  commit(parts: Omit<FakeCommit, 'sha'>): FakeCommit {
    const commit = { ...parts, sha: sha1(`commit ${JSON.stringify(parts)}`) };
    this.commits.set(commit.sha, commit);
    return commit;
  }

  /** The commit and everything before it, first parents first. */
  *log(sha: string | undefined): Generator<FakeCommit> {
    const seen = new Set<string>();
    const open = sha === undefined ? [] : [sha];
    for (let next = open.shift(); next !== undefined; next = open.shift()) {
      const commit = this.commits.get(next);
      if (commit === undefined || seen.has(next)) continue;
      seen.add(next);
      yield commit;
      open.push(...commit.parents);
    }
  }

  contains(head: string, sha: string): boolean {
    return [...this.log(head)].some((one) => one.sha === sha);
  }

  /** A file of a branch as text. */
  file(branch: string, path: string): string | undefined {
    const commit = this.commits.get(this.branches.get(branch) ?? '');
    const blob = this.trees.get(commit?.tree ?? '')?.get(path);
    return blob === undefined ? undefined : this.blobs.get(blob)?.toString('utf8');
  }
}
