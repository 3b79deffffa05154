/** A message of the task queue, delivered at least once. */
export interface QueueMessage {
  messageId: string;
  receiptHandle: string;
  /** The `MessageBody` of the state machine, parsed. */
  body: unknown;
  receiveCount: number;
}

/** SQS's model: a received message is invisible for a while and comes back unless deleted. */
export interface TaskQueue {
  receive(params: { maxMessages: number; visibilityTimeoutMs: number }): Promise<QueueMessage[]>;
  delete(params: { receiptHandle: string }): Promise<void>;
  /** Makes the message visible again after `timeoutMs` (0 = at once). */
  changeVisibility(params: { receiptHandle: string; timeoutMs: number }): Promise<void>;
  /** Resolves when a message may be there, at the latest after `timeoutMs`: the long poll. */
  waitForMessages(params: { timeoutMs: number }): Promise<void>;
}
