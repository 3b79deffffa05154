import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import { freemem, tmpdir } from 'node:os';
import { join } from 'node:path';

// The tests make thousands of small files and as many fsyncs. Nothing that they look at depends on the disk, so that their
// temporary folders lie in memory where Linux has a file system for it with room. `TMPDIR` puts them elsewhere.

const inMemory = '/dev/shm';
const leastFreeBytes = 4e9;

let folder: string | null = null;
let jobs: string | null = null;

/** Some containers let nothing run from there, and the tests run programs that they write. */
function runsPrograms(path: string): boolean {
  const program = join(path, 'program');
  writeFileSync(program, '#!/bin/sh\n', { mode: 0o700 });
  execFileSync(program);
  rmSync(program);
  return true;
}

/** A fresh folder in memory; null where there is none that would do. */
function folderInMemory(): string | null {
  let fresh: string | null = null;
  try {
    const { bavail, bsize } = statfsSync(inMemory);
    if (Math.min(bavail * bsize, freemem()) < leastFreeBytes) return null;
    fresh = mkdtempSync(join(inMemory, 'dandori-'));
    return runsPrograms(fresh) ? fresh : null;
  } catch {
    if (fresh !== null) rmSync(fresh, { recursive: true, force: true });
    return null;
  }
}

/** Vitest calls it before it starts the processes that test. */
export function setup(): void {
  if ((process.env['TMPDIR'] ?? '') === '') {
    folder = folderInMemory();
    if (folder !== null) process.env['TMPDIR'] = folder;
  }
  // For test/journeys/job-memory.ts.
  jobs = mkdtempSync(join(tmpdir(), 'dandori-jobs-'));
  process.env['TEST_JOB_MEMORY'] = jobs;
}

/** Vitest calls it at the end. */
export function teardown(): void {
  for (const path of [jobs, folder]) if (path !== null) rmSync(path, { recursive: true, force: true, maxRetries: 3 });
}
