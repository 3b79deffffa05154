import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { ExperimentTracker } from './experiment-tracker.js';

/** What every experiment tracker promises. */
export function experimentTrackerSuite(
  name: string,
  open: () => Promise<{ tracker: ExperimentTracker; close: () => Promise<void> }>,
): void {
  describe(`${name} as an experiment tracker`, () => {
    let tracker: ExperimentTracker;
    let close: () => Promise<void>;
    beforeEach(async () => {
      ({ tracker, close } = await open());
    });
    afterEach(() => close());

    const create = (
      runId: string,
      tags: Record<string, string> = {},
      experiment = 'churn',
    ): ReturnType<ExperimentTracker['createRun']> =>
      tracker.createRun({ runId, experiment, runName: `run ${runId}`, tags });
    const point = (
      key: string,
      value: number,
      step: number,
      timestamp = 1000 + step,
    ): { key: string; value: number; timestamp: number; step: number } => ({
      key,
      value,
      timestamp,
      step,
    });

    test('creates a run once', async () => {
      const run = await create('r1', { data_version: '1.0.0' });
      expect(run).toEqual({
        runId: 'r1',
        experiment: 'churn',
        runName: 'run r1',
        status: 'RUNNING',
        startTime: run.startTime,
        endTime: null,
        params: {},
        metrics: {},
        lastPoints: [],
        tags: { data_version: '1.0.0' },
        artifacts: [],
      });
      expect(await create('r1', { data_version: 'changed' })).toEqual(run);
    });

    test('keeps parameters, tags, artefacts and the last value of a metric', async () => {
      await create('r1');
      await tracker.logBatch({
        runId: 'r1',
        params: { max_depth: '6' },
        tags: { seed: '42' },
        artifacts: ['b', 'a'],
        metrics: [point('f1_score', 0.7, 2), point('f1_score', 0.6, 1), point('loss', -1e-9, 0)],
      });
      await tracker.logBatch({ runId: 'r1', tags: { seed: '43' }, artifacts: ['a'], params: { max_depth: '6' } });
      expect(await tracker.getRun({ runId: 'r1' })).toMatchObject({
        params: { max_depth: '6' },
        tags: { seed: '43' },
        artifacts: ['a', 'b'],
        metrics: { f1_score: 0.7, loss: -1e-9 },
        lastPoints: expect.arrayContaining([point('f1_score', 0.7, 2), point('loss', -1e-9, 0)]),
      });
    });

    test('keeps the same metric point once and the history in order', async () => {
      await create('r1');
      const points = [point('f1_score', 0.6, 1), point('f1_score', 0.5, 0), point('f1_score', 0.7, 2)];
      await tracker.logBatch({ runId: 'r1', metrics: points });
      await tracker.logBatch({ runId: 'r1', metrics: points });
      expect((await tracker.metricHistory({ runId: 'r1', key: 'f1_score' })).map((one) => one.value)).toEqual([
        0.5, 0.6, 0.7,
      ]);
      expect(await tracker.metricHistory({ runId: 'r1', key: 'other' })).toEqual([]);
    });

    test('refuses another value for a parameter and keeps nothing of that batch', async () => {
      await create('r1');
      await tracker.logBatch({ runId: 'r1', params: { seed: '1' } });
      const batch = { runId: 'r1', metrics: [point('m', 1, 0)], params: { fresh: 'x', seed: '2' } };
      await expect(tracker.logBatch(batch)).rejects.toMatchObject({ code: 'conflict' });
      expect(await tracker.getRun({ runId: 'r1' })).toMatchObject({ params: { seed: '1' }, metrics: {} });
    });

    test.each([Number.NaN, Number.POSITIVE_INFINITY])('refuses the metric value %j', async (value) => {
      await create('r1');
      await expect(tracker.logBatch({ runId: 'r1', metrics: [point('m', value, 0)] })).rejects.toMatchObject({
        code: 'invalid_input',
      });
    });

    test('ends a run; the same end again changes nothing', async () => {
      await create('r1');
      await tracker.endRun({ runId: 'r1', status: 'FINISHED' });
      const ended = await tracker.getRun({ runId: 'r1' });
      expect(ended.status).toBe('FINISHED');
      expect(ended.endTime).toBeGreaterThanOrEqual(ended.startTime);
      await tracker.endRun({ runId: 'r1', status: 'FINISHED' });
      expect(await tracker.getRun({ runId: 'r1' })).toEqual(ended);
    });

    test('finds runs by experiment and tag, newest first', async () => {
      await create('r1', { parent: 'p' });
      await create('r2', { parent: 'p' });
      await create('r3', {}, 'penguins');
      const ids = async (like: Parameters<ExperimentTracker['searchRuns']>[0]): Promise<string[]> =>
        (await tracker.searchRuns(like)).map((run) => run.runId);
      expect(await ids({})).toEqual(['r3', 'r2', 'r1']);
      expect(await ids({ experiment: 'churn' })).toEqual(['r2', 'r1']);
      expect(await ids({ tag: { key: 'parent', value: 'p' }, limit: 1 })).toEqual(['r2']);
      expect(await ids({ experiment: 'none' })).toEqual([]);
    });

    test('lists the experiments by name with the starts of their first and newest run', async () => {
      expect(await tracker.listExperiments()).toEqual([]);
      await create('r1', {}, 'penguins');
      const first = await create('r2');
      const last = await create('r3');
      expect((await tracker.listExperiments()).map(({ name }) => name)).toEqual(['churn', 'penguins']);
      expect((await tracker.listExperiments())[0]).toEqual({
        name: 'churn',
        firstStartTime: first.startTime,
        lastStartTime: last.startTime,
      });
    });

    test('answers not_found for an unknown run', async () => {
      const unknown = { code: 'not_found' };
      await expect(tracker.getRun({ runId: 'x' })).rejects.toMatchObject(unknown);
      await expect(tracker.logBatch({ runId: 'x' })).rejects.toMatchObject(unknown);
      await expect(tracker.endRun({ runId: 'x', status: 'FAILED' })).rejects.toMatchObject(unknown);
      await expect(tracker.metricHistory({ runId: 'x', key: 'm' })).rejects.toMatchObject(unknown);
    });
  });
}
