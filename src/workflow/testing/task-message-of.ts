import { isTaskMessage, type TaskMessage, wrongFields } from '../task-message.js';

/** The message in a body that must be one. */
export function taskMessageOf(body: unknown): TaskMessage {
  if (isTaskMessage(body)) return body;
  throw new Error(`This is no message of ours, for ${wrongFields(body).join(', ')}.`);
}
