import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { JobDescription, JobPlatform, JobRequest } from './job-platform.js';
import type { ObjectStore } from './object-store.js';

export interface JobPlatformHarness {
  platform: JobPlatform;
  objects: ObjectStore;
  /** Ends this platform object and answers a new one over the same state, as a restarted server would make it. */
  reopen: () => Promise<JobPlatform>;
  close: () => Promise<void>;
}

/** A request for the test program, which does what the hyperparameter `behave` says (see the adapter's fixture). */
export function jobRequest(behave: string, changes: Partial<JobRequest> = {}): JobRequest {
  return {
    jobName: `train-contract/TrainModel/1/${behave}`,
    trainingId: 'train-contract',
    logName: behave,
    program: 'trainer',
    channels: { train: [{ key: 'datasets/d/train.csv', fileName: 'data.csv' }] },
    documents: [{ channel: 'spec', fileName: 'spec.json', json: { format: 1, text: '段取り' } }],
    outputPrefix: `trainings/train-contract/${behave}`,
    limits: { maxRuntimeSeconds: 60, maxMemoryMb: 1000 },
    ...changes,
    hyperparameters: { behave, ...changes.hyperparameters },
  };
}

/** Waits until the job is as `wanted` says; fails after 30 s. */
export async function jobUntil(
  platform: JobPlatform,
  jobName: string,
  wanted: (job: JobDescription) => boolean,
): Promise<JobDescription> {
  return vi.waitUntil(
    async () => {
      const job = await platform.describeJob({ jobName });
      return wanted(job) ? job : false;
    },
    { timeout: 30_000, interval: 20 },
  );
}

export const hasEnded = (job: JobDescription): boolean => ['Completed', 'Failed', 'Stopped'].includes(job.status);

/** What every job platform promises. */
export function jobPlatformSuite(name: string, open: () => Promise<JobPlatformHarness>): void {
  describe(`${name} as a job platform`, () => {
    let at: JobPlatformHarness;
    let platform: JobPlatform;
    beforeEach(async () => {
      at = await open();
      platform = at.platform;
      await at.objects.put({ key: 'datasets/d/train.csv', body: 'a,b\n1,2\n' });
    });
    afterEach(() => at.close());

    const end = async (request: JobRequest): Promise<JobDescription> => {
      await platform.startJob(request);
      return jobUntil(platform, request.jobName, hasEnded);
    };

    test('runs a job, stores what it made before it says Completed, and keeps its log', async () => {
      const request = jobRequest('succeed');
      const seen: JobDescription[] = [];
      platform.watch((job) => seen.push(job));
      const job = await end(request);
      expect(job).toMatchObject({
        status: 'Completed',
        failureReason: null,
        failureKind: null,
        exitCode: 0,
        progressPercent: 100,
        phase: 'exporting',
        metrics: { f1_score: 0.61, loss: 0.001 },
        outputPrefix: request.outputPrefix,
      });
      expect(Date.parse(job.endedAt ?? '')).toBeGreaterThanOrEqual(Date.parse(job.startedAt ?? ''));
      const keys = (await at.objects.list({ prefix: request.outputPrefix })).map((info) => info.key);
      expect(keys).toEqual([`${request.outputPrefix}/model/model.bin`, `${request.outputPrefix}/output/report.json`]);
      const text = async (key: string): Promise<string> => Buffer.from(await at.objects.get({ key })).toString();
      expect(await text(keys[0] ?? '')).toBe('a,b\n1,2\n');
      expect(JSON.parse(await text(keys[1] ?? ''))).toEqual({ format: 1, text: '段取り' });
      expect(await text('logs/train-contract/succeed.log')).toContain('starting\n');
      // A watcher may be told a moment after a caller was.
      await vi.waitUntil(() => seen.at(-1)?.status === 'Completed', { timeout: 30_000 });
      const statuses = seen.map((one) => one.status);
      expect([statuses[0], statuses.at(-1)]).toEqual(['Pending', 'Completed']);
      expect(statuses).toContain('InProgress');
    });

    test('answers the first job when it is started again, also after its end and a restart', async () => {
      const request = jobRequest('succeed');
      const [first, second] = await Promise.all([platform.startJob(request), platform.startJob(request)]);
      expect(second.createdAt).toBe(first.createdAt);
      const ended = await jobUntil(platform, request.jobName, hasEnded);
      expect(await platform.startJob(request)).toEqual(ended);
      expect(await (await at.reopen()).startJob(request)).toEqual(ended);
      expect((await platform.listJobs({})).length).toBe(1);
    });

    test.each([
      ['fail', { failureKind: 'program', exitCode: 1 }, /^The column "target" has one class only\. x+$/],
      ['crash', { failureKind: 'program', exitCode: 3 }, /exit code 3[\s\S]*Traceback: something odd/],
    ])('tells why a job failed: %s', async (behave, expected, reason) => {
      const job = await end(jobRequest(behave));
      expect(job).toMatchObject({ status: 'Failed', ...expected });
      expect(job.failureReason).toMatch(reason);
      expect(job.failureReason?.length).toBeLessThanOrEqual(1024);
      expect(await at.objects.list({ prefix: 'trainings/' })).toEqual([]);
      expect(await at.objects.head({ key: `logs/train-contract/${behave}.log` })).not.toBeNull();
    });

    test('gives the job its hyperparameters, channels and environment, and none of ours', async () => {
      const request = jobRequest('environment', { environment: { EXTRA: 'yes', HOME: '/root' } });
      expect((await end(request)).status).toBe('Completed');
      const body = await at.objects.get({ key: `${request.outputPrefix}/output/seen.json` });
      const seen = JSON.parse(Buffer.from(body).toString()) as Record<string, Record<string, string>>;
      expect(seen['hyperparameters']).toEqual({ behave: 'environment' });
      expect(Object.keys(seen['channels'] ?? {}).sort()).toEqual(['spec', 'train']);
      expect(seen['environment']).toMatchObject({ EXTRA: 'yes', TRAINING_JOB_NAME: request.jobName });
      expect(seen['environment']?.['HOME']).not.toBe('/root');
      expect(Object.keys(seen['environment'] ?? {}).filter((key) => key.startsWith('VITEST'))).toEqual([]);
    });

    test('shows progress and log while the job runs, and stops it', async () => {
      const request = jobRequest('hang');
      await platform.startJob(request);
      const running = await jobUntil(platform, request.jobName, (job) => job.phase === 'hanging');
      expect(running).toMatchObject({ status: 'InProgress', progressPercent: 10, endedAt: null });
      const log = await platform.readLog({ jobName: request.jobName, offset: 0 });
      expect(log.text).toBe('[dandori] progress=10 phase=hanging\n');
      expect(await platform.readLog({ jobName: request.jobName, offset: log.nextOffset })).toEqual({
        text: '',
        nextOffset: log.nextOffset,
      });
      await platform.stopJob({ jobName: request.jobName });
      const stopped = await jobUntil(platform, request.jobName, hasEnded);
      expect(stopped).toMatchObject({ status: 'Stopped', failureKind: null });
      await platform.stopJob({ jobName: request.jobName });
      expect(await platform.describeJob({ jobName: request.jobName })).toEqual(stopped);
    });

    test('ends a job that ignores SIGTERM at its time limit', async () => {
      const job = await end(jobRequest('stubborn', { limits: { maxRuntimeSeconds: 1, maxMemoryMb: 1000 } }));
      expect(job).toMatchObject({ status: 'Failed', failureKind: 'time_limit' });
      expect(job.failureReason).toContain('limit of 1 s');
    });

    test('ends a job that uses too much memory and tells the peak', async () => {
      const job = await end(jobRequest('allocate', { limits: { maxRuntimeSeconds: 60, maxMemoryMb: 200 } }));
      expect(job).toMatchObject({ status: 'Failed', failureKind: 'memory_limit' });
      expect(job.peakMemoryMb).toBeGreaterThan(200);
    });

    test.each([
      ['stubborn', { maxRuntimeSeconds: 1, maxMemoryMb: 1000 }, '上限の 1 秒を超えました'],
      ['allocate', { maxRuntimeSeconds: 60, maxMemoryMb: 200 }, '上限の 200 MB を超えました'],
      ['fail', { maxRuntimeSeconds: 60, maxMemoryMb: 1000 }, 'プログラムのメッセージ（原文）: '],
    ])('says why in the language of the job: %s', async (behave, limits, said) => {
      const job = await end(jobRequest(behave, { limits, language: 'ja' }));
      expect(job.status).toBe('Failed');
      expect(job.failureReason).toContain(said);
    });

    test('goes on with running jobs after a restart', async () => {
      const request = jobRequest('hang');
      await platform.startJob(request);
      await jobUntil(platform, request.jobName, (job) => job.phase === 'hanging');
      const again = await at.reopen();
      expect((await again.listJobs({ status: 'InProgress' })).map((job) => job.jobName)).toEqual([request.jobName]);
      await again.stopJob({ jobName: request.jobName });
      expect((await jobUntil(again, request.jobName, hasEnded)).status).toBe('Stopped');
    });

    test('lists by training and status, in the order of the start', async () => {
      await end(jobRequest('succeed'));
      await end(jobRequest('crash'));
      await end(jobRequest('succeed', { jobName: 'other/1', trainingId: 'train-other' }));
      const names = async (like: Parameters<JobPlatform['listJobs']>[0]): Promise<string[]> =>
        (await platform.listJobs(like)).map((job) => job.jobName);
      expect(await names({ trainingId: 'train-contract' })).toEqual([
        'train-contract/TrainModel/1/succeed',
        'train-contract/TrainModel/1/crash',
      ]);
      expect(await names({ status: 'Failed' })).toEqual(['train-contract/TrainModel/1/crash']);
      expect(await names({ trainingId: 'train-none' })).toEqual([]);
    });

    test('refuses unknown names, missing inputs and bad requests without making a job', async () => {
      await expect(platform.describeJob({ jobName: 'nope' })).rejects.toMatchObject({ code: 'not_found' });
      await expect(platform.stopJob({ jobName: 'nope' })).rejects.toMatchObject({ code: 'not_found' });
      await expect(platform.readLog({ jobName: 'nope', offset: 0 })).rejects.toMatchObject({ code: 'not_found' });
      const missing = { channels: { train: [{ key: 'no/such', fileName: 'data.csv' }] } };
      await expect(platform.startJob(jobRequest('succeed', missing))).rejects.toMatchObject({ code: 'not_found' });
      const bad: Partial<JobRequest>[] = [
        { jobName: '../x' },
        { channels: { '../x': [] } },
        { channels: { train: [{ key: 'datasets/d/train.csv', fileName: '../../x' }] } },
        { documents: [{ channel: 'spec', fileName: 'a/b', json: 1 }] },
        { limits: { maxRuntimeSeconds: 0, maxMemoryMb: 1 } },
        { environment: { LD_PRELOAD: '/tmp/x.so' } },
      ];
      for (const changes of bad) {
        await expect(platform.startJob(jobRequest('succeed', changes))).rejects.toMatchObject({
          code: 'invalid_input',
        });
      }
      expect(await platform.listJobs({})).toEqual([]);
    });

    test('tells nobody who has stopped watching', async () => {
      let calls = 0;
      platform.watch(() => (calls += 1))();
      await end(jobRequest('succeed'));
      expect(calls).toBe(0);
    });
  });
}
