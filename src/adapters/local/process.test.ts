import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { describe, expect, test, vi } from 'vitest';
import { identifyProcess, isRunning, jobProcesses, memoryOf, sendSignal } from './process.js';

describe('identifyProcess', () => {
  test('is the same for the same process and tells when it has ended', async () => {
    const child = spawn('sleep', ['600']);
    const identity = identifyProcess(child.pid ?? 0);
    expect(identity).toEqual(identifyProcess(child.pid ?? 0));
    expect(identity !== null && isRunning(identity)).toBe(true);
    expect(isRunning({ pid: child.pid ?? 0, startTime: 'another boot:1' })).toBe(false);
    child.kill('SIGKILL');
    await once(child, 'exit');
    expect(identity !== null && isRunning(identity)).toBe(false);
  });

  test.each([0, -1, 1.5, Number.NaN, 2 ** 40])('knows no process %j', (pid) => expect(identifyProcess(pid)).toBeNull());
});

describe('jobProcesses', () => {
  const row = (
    pid: number,
    parentPid: number,
    groupId: number,
    sessionId: number,
  ): Parameters<typeof jobProcesses>[1] => [{ pid, parentPid, groupId, sessionId }];

  test('takes the group, the session and all descendants, and nobody else', () => {
    const table = [
      row(10, 1, 10, 10),
      row(11, 10, 10, 10),
      row(12, 11, 12, 10),
      row(13, 12, 13, 13),
      row(14, 13, 14, 14),
      row(15, 1, 10, 10),
      row(20, 1, 20, 20),
    ].flatMap((one) => one ?? []);
    expect(jobProcesses(10, table).sort()).toEqual([10, 11, 12, 13, 14, 15]);
  });

  test('sees the children of a real process and their memory', async () => {
    const child = spawn('sh', ['-c', 'sleep 600 & sleep 600 & wait'], { detached: true });
    const pid = child.pid ?? 0;
    await vi.waitUntil(() => jobProcesses(pid).length === 3, { timeout: 30_000 });
    expect(memoryOf(jobProcesses(pid)).residentKb).toBeGreaterThan(100);
    const exit = once(child, 'exit');
    for (const member of jobProcesses(pid)) sendSignal(member, 'SIGKILL');
    await exit;
    await vi.waitUntil(() => jobProcesses(pid).length === 0, { timeout: 30_000 });
    expect(sendSignal(pid, 'SIGKILL')).toBe(false);
  });
});
