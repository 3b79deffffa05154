import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { openDatabase } from '../../../db.js';
import { projectRoot } from '../../../root.js';
import { createLocalObjectStore } from '../object-store.js';
import { createJobStore } from './store.js';

const server = fileURLToPath(new URL('fixtures/chaos-server.mjs', import.meta.url));

// Kill times in milliseconds after the start, spread over making folders, spawning, running and storing.
test.each([[[90, 150, 210, 260]], [[120, 130, 140, 330, 350]], [[180, 240, 300, 170, 200]]])(
  'every job runs once and is stored, however often the server is killed: after %j ms',
  async (killsAfterMs) => {
    const dir = mkdtempSync(join(tmpdir(), 'dandori-chaos-'));
    const start = (): ReturnType<typeof spawn> =>
      spawn(process.execPath, [server, join(projectRoot, 'dist'), dir], { stdio: 'inherit' });
    for (const ms of killsAfterMs) {
      const child = start();
      await delay(ms);
      child.kill('SIGKILL');
      if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
    }
    const [code] = (await once(start(), 'exit')) as [number | null];
    expect(code).toBe(0);
    const db = openDatabase(join(dir, 'state.db'));
    const objects = createLocalObjectStore({ dir: join(dir, 'objects') });
    const jobs = createJobStore(db).list({});
    expect(jobs.map((job) => [job.jobName, job.status])).toEqual([0, 1, 2, 3].map((i) => [`job${i}`, 'Completed']));
    for (const { jobName } of jobs) {
      expect(readFileSync(join(dir, `runs.${jobName}`), 'utf8')).toBe('run\n');
      expect(Buffer.from(await objects.get({ key: `out/${jobName}/model/model` })).toString()).toBe('a,b\n1,2\n');
      expect(existsSync(join(dir, 'objects/logs/train-chaos', `${jobName}.log`))).toBe(true);
    }
    db.close();
    rmSync(dir, { recursive: true, force: true });
  },
);
