import { SendMessageCommand } from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { taskQueueSuite } from '../../ports/task-queue.testsuite.js';
import { createSqsTaskQueue } from './task-queue.js';
import { type Canned, cannedAws } from './testing/canned.js';
import { type Moto, motoIsInstalled, motoSkipReason, startMoto } from './testing/moto.js';

describe.skipIf(!motoIsInstalled)(`SQS on moto${motoSkipReason}`, () => {
  let moto: Moto;
  beforeAll(async () => {
    moto = await startMoto();
  });
  afterAll(async () => {
    await moto.close();
  });

  taskQueueSuite('aws', async () => {
    const queueUrl = await moto.makeQueue();
    return {
      queue: createSqsTaskQueue({ client: moto.sqs, queueUrl }),
      send: async (body) => {
        await moto.sqs.send(new SendMessageCommand({ QueueUrl: queueUrl, MessageBody: JSON.stringify(body) }));
      },
      advance: (ms) => moto.advanceQueues(ms),
      close: async () => undefined,
    };
  });
});

const queueUrl = 'https://sqs.eu-west-1.amazonaws.com/123456789012/tasks';

function queueWith(...answers: Canned[]) {
  const { sqs, calls } = cannedAws(answers);
  return { queue: createSqsTaskQueue({ client: sqs, queueUrl }), calls };
}

describe('SQS with canned answers', () => {
  it('lets the receive after a wait do the waiting, once', async () => {
    const { queue, calls } = queueWith({ body: {} }, { body: {} });
    await queue.waitForMessages({ timeoutMs: 60_000 });
    await queue.receive({ maxMessages: 16, visibilityTimeoutMs: 1500 });
    await queue.receive({ maxMessages: 1, visibilityTimeoutMs: 1500 });
    expect(calls.map(({ input }) => input)).toMatchObject([
      { WaitTimeSeconds: 20, MaxNumberOfMessages: 10, VisibilityTimeout: 2 },
      { WaitTimeSeconds: 0, MaxNumberOfMessages: 1 },
    ]);
  });

  it('hands a body on that is not JSON', async () => {
    const Messages = [{ MessageId: 'm', ReceiptHandle: 'r', Body: '{', MD5OfBody: 'f95b70fdc3088560732a5ac135644506' }];
    const { queue } = queueWith({ body: { Messages } });
    const [message] = await queue.receive({ maxMessages: 1, visibilityTimeoutMs: 1000 });
    expect(message).toEqual({ messageId: 'm', receiptHandle: 'r', body: '{', receiveCount: 1 });
  });

  it.each([
    { error: 'MessageNotInflight' },
    {
      error: 'InvalidParameterValue',
      message: 'Reason: Message does not exist or is not available for visibility timeout change.',
    },
  ])('does not mind that a message is visible or gone when it should become so ($error)', async (answer) => {
    const { queue } = queueWith(answer);
    await expect(queue.changeVisibility({ receiptHandle: 'r', timeoutMs: 0 })).resolves.toBeUndefined();
  });

  it('refuses to hide a message longer than SQS can', async () => {
    const { queue, calls } = queueWith();
    const hidden = queue.changeVisibility({ receiptHandle: 'r', timeoutMs: 43_201_000 });
    await expect(hidden).rejects.toMatchObject({ code: 'invalid_input' });
    expect(calls).toEqual([]);
  });

  it('names the queue that is not there', async () => {
    const { queue } = queueWith({ error: 'QueueDoesNotExist' });
    await expect(queue.delete({ receiptHandle: 'r' })).rejects.toMatchObject({
      code: 'not_found',
      message: expect.stringContaining(queueUrl),
    });
  });
});
