import {
  type GetExecutionHistoryCommandOutput,
  type HistoryEvent as AwsEvent,
  HistoryEventType,
} from '@aws-sdk/client-sfn';
import { GetExecutionHistoryCommand, SFNClient } from '@aws-sdk/client-sfn';
import { afterEach, describe, expect, expectTypeOf, it } from 'vitest';
import { type Database, openDatabase } from '../db.js';
import { createEmbeddedEngine, type EmbeddedEngine } from '../workflow/engine/durable/embedded-engine.js';
import { definitionFor } from '../workflow/state-machine.js';
import { executionHistory, type SentEvent, toldHistory } from './execution-history.js';

const databases: Database[] = [];
afterEach(() => {
  for (const db of databases.splice(0)) db.close();
});

interface Story {
  engine: EmbeddedEngine;
  /** Answers the task that waits. */
  answer: (change?: { output?: unknown; error?: string; cause?: string }) => Promise<void>;
}

async function makeStory(): Promise<Story> {
  const db = openDatabase(':memory:');
  databases.push(db);
  const engine = createEmbeddedEngine({ db, definition: definitionFor('local'), stateMachineName: 'dandori' });
  const ask = { request: { max_retry: 0 } };
  const counters = { visit: 1, current_retry: 0 };
  await engine.startExecution({ name: 'train-1', input: { training_id: 'train-1', issue_number: 1, ask, counters } });
  const outputs: Record<string, unknown> = {
    WaitForOptimizationApproval: { decision: 'approved' },
    JudgeResults: { decision: 'pass' },
  };
  return {
    engine,
    async answer({ output, error, cause = '' } = {}) {
      const [message] = await engine.receive({ maxMessages: 1, visibilityTimeoutMs: 60_000 });
      if (message === undefined) throw new Error('no task waits');
      await engine.delete(message);
      const { task_token: taskToken, state } = message.body as { task_token: string; state: string };
      if (error !== undefined) return engine.sendTaskFailure({ taskToken, error, cause });
      return engine.sendTaskSuccess({ taskToken, output: output ?? outputs[state] ?? {} });
    },
  };
}

/** A run that failed in its training, was run again from there and went into service. */
async function rerunStory(): Promise<EmbeddedEngine> {
  const { engine, answer } = await makeStory();
  for (let state = 0; state < 3; state += 1) await answer();
  await answer({ error: 'Dandori.JobFailed', cause: 'the disk\nis away' });
  while ((await engine.describeExecution({ name: 'train-1' })).status === 'RUNNING') await answer();
  await engine.redriveExecution({ name: 'train-1', fromState: 'TrainModel' });
  while ((await engine.describeExecution({ name: 'train-1' })).status === 'RUNNING') await answer();
  return engine;
}

/** What AWS's own client reads from a body that its service would have sent; what its model of the API does not know is lost. */
async function readByAws(body: unknown): Promise<GetExecutionHistoryCommandOutput> {
  const client = new SFNClient({
    region: 'local',
    credentials: { accessKeyId: 'x', secretAccessKey: 'x' },
    requestHandler: {
      handle: async () => ({
        response: {
          statusCode: 200,
          headers: { 'content-type': 'application/x-amz-json-1.0' },
          body: new TextEncoder().encode(JSON.stringify(body)),
        },
      }),
    },
  });
  const executionArn = 'arn:aws:states:local:000000000000:execution:dandori:train-1';
  return client.send(new GetExecutionHistoryCommand({ executionArn }));
}

const known = new Set<string>(Object.values(HistoryEventType));

describe('executionHistory', () => {
  it.each<[string, () => Promise<EmbeddedEngine>]>([
    ['a re-run', rerunStory],
    [
      'a stopped run',
      async () => {
        const { engine } = await makeStory();
        await engine.stopExecution({ name: 'train-1', error: 'Stopped', cause: 'by hand' });
        return engine;
      },
    ],
  ])('is what the client of Step Functions reads of %s: every member under its own name and type', async (_, story) => {
    const engine = await story();
    const sent = executionHistory(await engine.getExecutionHistory({ name: 'train-1' }));
    const { events: read = [] } = await readByAws(sent);
    expect(read).toHaveLength(sent.events.length);
    for (const [index, event] of sent.events.entries()) {
      expect(known).toContain(event.type);
      const { timestamp, ...rest } = read[index] ?? { timestamp: undefined };
      const { timestamp: seconds, ...ours } = event;
      expect(rest).toEqual(ours);
      expect(timestamp?.getTime()).toBe(Math.round(seconds * 1000));
      const details = Object.keys(event).filter((name) => name.endsWith('EventDetails'));
      expect(details.length).toBeLessThanOrEqual(1);
    }
  });

  it('has the members of the client of Step Functions by type, but for the time, which it sends as a number', () => {
    type OnTheWire = Omit<AwsEvent, 'timestamp' | 'type'> & { timestamp: number; type: string };
    type Common = 'timestamp' | 'type' | 'id' | 'previousEventId';
    expectTypeOf<Pick<SentEvent, Common>>().toExtend<Pick<OnTheWire, Common>>();
  });

  it('gives inputs and outputs as texts of JSON, and no task token', async () => {
    const { engine } = await makeStory();
    const { events } = executionHistory(await engine.getExecutionHistory({ name: 'train-1' }));
    expect(events[0]).toMatchObject({
      id: 1,
      previousEventId: 0,
      type: 'ExecutionStarted',
      executionStartedEventDetails: {
        input: expect.stringMatching(/^\{"training_id"/),
        inputDetails: { truncated: false },
      },
    });
    expect(events[1]).toMatchObject({
      type: 'TaskStateEntered',
      stateEnteredEventDetails: {
        name: 'OptimizeWorkflow',
        input: expect.any(String),
        inputDetails: { truncated: false },
      },
    });
    const [message] = await engine.receive({ maxMessages: 1, visibilityTimeoutMs: 1000 });
    expect(message?.body).toMatchObject({ task_token: expect.any(String) });
    const token = String((message?.body as { task_token: string } | undefined)?.task_token);
    expect(JSON.stringify(events)).not.toContain(token);
  });
});

describe('toldHistory', () => {
  it('says of each event which state it belongs to, and what matters of it in one line', async () => {
    const engine = await rerunStory();
    const told = toldHistory(await engine.getExecutionHistory({ name: 'train-1' }));
    const rows = told.map(({ event, state, note }) => [event.type, state, note]);
    expect(rows[0]).toEqual(['ExecutionStarted', null, '']);
    expect(rows).toContainEqual(['TaskScheduled', 'TrainModel', 'agent training']);
    expect(rows).toContainEqual(['TaskFailed', 'TrainModel', 'Dandori.JobFailed: the disk is away']);
    expect(rows).toContainEqual(['ExecutionFailed', null, 'Dandori.JobFailed: the disk is away']);
    expect(rows).toContainEqual(['ExecutionRedriven', null, 're-run 1']);
    expect(rows.at(-1)).toEqual(['ExecutionSucceeded', null, '']);
  });
});
