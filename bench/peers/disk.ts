import { closeSync, fsyncSync, openSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';

// As much as a commit of a small transaction writes, into a file that does not grow, as SQLite's log does.
const commitBytes = 16 * 1024;
const fileCommits = 64;

/** Times in ms that the disk takes for `count` small writes, each with an fsync: no engine that commits one after another is faster. */
export function measureFsync(folder: string, count: number): number[] {
  const path = join(folder, 'fsync.bin');
  const file = openSync(path, 'w');
  try {
    const bytes = Buffer.alloc(commitBytes, 0x55);
    for (let at = 0; at < fileCommits; at += 1) writeSync(file, bytes, 0, commitBytes, at * commitBytes);
    fsyncSync(file);
    return Array.from({ length: count }, (_none, n) => {
      const startMs = performance.now();
      writeSync(file, bytes, 0, commitBytes, (n % fileCommits) * commitBytes);
      fsyncSync(file);
      return performance.now() - startMs;
    });
  } finally {
    closeSync(file);
    rmSync(path);
  }
}
