import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { jobReasons } from '../../../messages/job-reasons.js';
import { exitReason, readFailure } from './exit-reason.js';

describe('exitReason', () => {
  const base = { ending: null, exitCode: 1, signal: null, failure: null, tail: '', reasons: jobReasons.en };

  test.each([
    ['exit code 0', { exitCode: 0 }, null],
    ['a failure text', { failure: 'One class only.' }, 'program'],
    ['no failure text', {}, 'program'],
    ['a crash', { exitCode: null, signal: 'SIGSEGV' }, 'program'],
    ['the crash of a child', { exitCode: 139 }, 'program'],
    ['an exit code above 128 with a failure text', { exitCode: 143, failure: 'Stopped.' }, 'program'],
    ['SIGKILL', { exitCode: null, signal: 'SIGKILL' }, 'killed'],
    ['SIGTERM that we did not send', { exitCode: 143 }, 'killed'],
    ['SIGKILL of a child', { exitCode: 137, failure: 'The script failed.' }, 'killed'],
    ['a file above the cap', { exitCode: null, signal: 'SIGXFSZ' }, 'disk'],
    ['a full disk', { failure: 'OSError: [Errno 28] No space left on device' }, 'disk'],
    ['our own ending', { ending: { kind: 'time_limit' as const, reason: 'late' }, exitCode: 0 }, 'time_limit'],
  ])('names the kind of %s', (_name, change, kind) => {
    const reason = exitReason({ ...base, ...change });
    expect(reason?.kind ?? null).toBe(kind);
    expect(reason === null || reason.reason.length > 0).toBe(true);
  });
});

describe('readFailure', () => {
  test('reads a plain file, bounded, and nothing else', () => {
    const dir = mkdtempSync(join(tmpdir(), 'dandori-failure-'));
    const path = join(dir, 'output', 'failure');
    mkdirSync(join(dir, 'output'));
    expect(readFailure(dir)).toBeNull();
    writeFileSync(path, `\u001b[31mBad\u202E target\n${'x'.repeat(1_000_000)}`);
    expect(readFailure(dir)).toMatch(/^\[31mBad target\nx{1000}/);
    expect(readFailure(dir)?.length).toBe(1024);
    rmSync(path);
    symlinkSync('/etc/hostname', path);
    expect(readFailure(dir)).toBeNull();
    rmSync(path);
    execFileSync('mkfifo', [path]);
    expect(readFailure(dir)).toBeNull();
    rmSync(dir, { recursive: true });
  });
});
