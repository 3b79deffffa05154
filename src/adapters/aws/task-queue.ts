import {
  ChangeMessageVisibilityCommand,
  DeleteMessageCommand,
  type Message,
  ReceiveMessageCommand,
  type SQSClient,
} from '@aws-sdk/client-sqs';
import { DandoriError, messageOf } from '../../errors.js';
import type { QueueMessage, TaskQueue } from '../../ports/task-queue.js';
import { awsErrorName, fromAws } from './aws-error.js';

/** SQS hands out at most this many messages a call. */
const largestBatch = 10;
const longestPollSeconds = 20;
const longestVisibilitySeconds = 43_200;

/** A body that is not JSON is handed on as text: one bad message must not hide the others of its batch. */
function parsed(body: string): unknown {
  try {
    return JSON.parse(body) as unknown;
  } catch {
    return body;
  }
}

function fromSqs(message: Message): QueueMessage {
  return {
    messageId: message.MessageId ?? '',
    receiptHandle: message.ReceiptHandle ?? '',
    body: parsed(message.Body ?? ''),
    receiveCount: Number(message.Attributes?.ApproximateReceiveCount ?? 1),
  };
}

function visibilitySeconds(timeoutMs: number): number {
  const seconds = Math.ceil(timeoutMs / 1000);
  if (seconds >= 0 && seconds <= longestVisibilitySeconds) return seconds;
  throw new DandoriError('invalid_input', 'The visibility time-out of a message is out of range.', {
    found: `${timeoutMs} ms`,
    allowed: '0 to 43,200,000 ms (12 hours)',
  });
}

/** True when SQS says that the message is visible again or gone: what a change would have asked for, or too late for it. */
function notInFlight(error: unknown): boolean {
  return awsErrorName(error) === 'MessageNotInflight' || /not available for visibility/.test(messageOf(error));
}

class SqsTaskQueue implements TaskQueue {
  readonly #client: SQSClient;
  readonly #queueUrl: string;
  #pollSeconds = 0;

  constructor(options: { client: SQSClient; queueUrl: string }) {
    this.#client = options.client;
    this.#queueUrl = options.queueUrl;
  }

  async #send<T>(what: string, call: () => Promise<T>): Promise<T> {
    try {
      return await call();
    } catch (error) {
      throw fromAws(`${what} on the queue ${this.#queueUrl} failed.`, error);
    }
  }

  async receive(params: { maxMessages: number; visibilityTimeoutMs: number }): Promise<QueueMessage[]> {
    const pollSeconds = this.#pollSeconds;
    this.#pollSeconds = 0;
    const command = new ReceiveMessageCommand({
      QueueUrl: this.#queueUrl,
      MaxNumberOfMessages: Math.min(params.maxMessages, largestBatch),
      VisibilityTimeout: visibilitySeconds(params.visibilityTimeoutMs),
      WaitTimeSeconds: pollSeconds,
      MessageSystemAttributeNames: ['ApproximateReceiveCount'],
    });
    const answer = await this.#send('Receiving', () => this.#client.send(command));
    return (answer.Messages ?? []).map(fromSqs);
  }

  async delete(params: { receiptHandle: string }): Promise<void> {
    const command = new DeleteMessageCommand({ QueueUrl: this.#queueUrl, ReceiptHandle: params.receiptHandle });
    await this.#send('Deleting a message', () => this.#client.send(command));
  }

  async changeVisibility(params: { receiptHandle: string; timeoutMs: number }): Promise<void> {
    const command = new ChangeMessageVisibilityCommand({
      QueueUrl: this.#queueUrl,
      ReceiptHandle: params.receiptHandle,
      VisibilityTimeout: visibilitySeconds(params.timeoutMs),
    });
    await this.#send('Changing the visibility of a message', async () => {
      try {
        await this.#client.send(command);
      } catch (error) {
        if (!notInFlight(error)) throw error;
      }
    });
  }

  /**
   * SQS cannot wait without receiving, and what an abandoned wait receives stays hidden until its time-out. So this returns
   * at once and the next `receive` does the waiting.
   */
  async waitForMessages(params: { timeoutMs: number }): Promise<void> {
    this.#pollSeconds = Math.min(Math.ceil(params.timeoutMs / 1000), longestPollSeconds);
  }
}

/** The task queue on a standard queue of SQS; the client's request time-out must be above 20 s. Times are rounded up to seconds. */
export function createSqsTaskQueue(options: { client: SQSClient; queueUrl: string }): TaskQueue {
  return new SqsTaskQueue(options);
}
