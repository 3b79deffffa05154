import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { TaskQueue } from './task-queue.js';

/** What an adapter gives to be tested. */
export interface TaskQueueRig {
  queue: TaskQueue;
  /** Puts a message in. */
  send(body: unknown): Promise<void>;
  /** Lets time pass for the queue. */
  advance(ms: number): Promise<void>;
  close(): Promise<void>;
}

/** What every task queue must do. */
export function taskQueueSuite(adapter: string, makeRig: () => Promise<TaskQueueRig>): void {
  describe(`task queue: ${adapter}`, () => {
    let rig: TaskQueueRig;
    beforeEach(async () => {
      rig = await makeRig();
    });
    afterEach(async () => {
      await rig.close();
    });

    const receive = (maxMessages = 10) => rig.queue.receive({ maxMessages, visibilityTimeoutMs: 30_000 });

    test('gives nothing when it is empty', async () => {
      expect(await receive()).toEqual([]);
    });

    test('gives the oldest first and no more than asked for', async () => {
      for (const n of [1, 2, 3]) await rig.send({ n });
      const got = await receive(2);
      expect(got.map((message) => message.body)).toEqual([{ n: 1 }, { n: 2 }]);
      expect(got.map((message) => message.receiveCount)).toEqual([1, 1]);
    });

    test('hides a received message until its time is over, then gives it again', async () => {
      await rig.send('once more');
      const [first] = await receive();
      expect(await receive()).toEqual([]);
      await rig.advance(30_000);
      const [second] = await receive();
      expect(second).toMatchObject({ messageId: first?.messageId, body: 'once more', receiveCount: 2 });
      expect(second?.receiptHandle).not.toBe(first?.receiptHandle);
    });

    test('forgets a deleted message, and does not mind a second delete', async () => {
      await rig.send({});
      const [message] = await receive();
      const receiptHandle = message?.receiptHandle ?? '';
      await rig.queue.delete({ receiptHandle });
      await rig.queue.delete({ receiptHandle });
      await rig.advance(60_000);
      expect(await receive()).toEqual([]);
    });

    test('lengthens and ends the hiding of a message', async () => {
      await rig.send({});
      const [message] = await receive();
      const receiptHandle = message?.receiptHandle ?? '';
      await rig.queue.changeVisibility({ receiptHandle, timeoutMs: 60_000 });
      await rig.advance(45_000);
      expect(await receive()).toEqual([]);
      await rig.queue.changeVisibility({ receiptHandle, timeoutMs: 0 });
      expect(await receive()).toHaveLength(1);
    });

    test('ends a long poll at once when a message is there', async () => {
      await rig.send({});
      await rig.queue.waitForMessages({ timeoutMs: 20_000 });
      expect(await receive()).toHaveLength(1);
    });
  });
}
