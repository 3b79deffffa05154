import type { Language } from '../contracts/request.js';
import type { RunRef } from '../contracts/run-ref.js';
import { trainingIdPattern } from '../contracts/slug-pattern.js';
import { isObject } from './engine/json.js';

/** The `MessageBody` that the state machine puts on the task queue. */
export interface TaskMessage {
  agent: string;
  state: string;
  training_id: string;
  /** Raised by the operator's retry loop and by a new plan. */
  visit: number;
  attempt: number;
  redrive_count: number;
  task_token: string;
  input: Record<string, unknown>;
}

const isText = (value: unknown) => typeof value === 'string';
const isCount = (least: number) => (value: unknown) => Number.isSafeInteger(value) && Number(value) >= least;

// By hand: at every message, in a process that may hold nothing else, the library of schemas costs more than the engine.
const checks: Record<keyof TaskMessage, (value: unknown) => boolean> = {
  agent: isText,
  state: isText,
  training_id: (value) => typeof value === 'string' && trainingIdPattern.test(value),
  visit: isCount(1),
  attempt: isCount(0),
  redrive_count: isCount(0),
  task_token: isText,
  input: isObject,
};

const fields = Object.entries(checks);

/** Whether a body from the queue is a message of ours. */
export function isTaskMessage(body: unknown): body is TaskMessage {
  return isObject(body) && fields.every(([name, isRight]) => isRight(body[name]));
}

/** The fields for which a body from the queue is no message of ours. */
export function wrongFields(body: unknown): string[] {
  return fields.filter(([name, isRight]) => !isObject(body) || !isRight(body[name])).map(([name]) => name);
}

/** Retries and new plans inside one execution; far above any `max_retry`. */
const visitsPerRedrive = 1000;

/** The run that a message is for; a re-run gets visits of its own, so that it does its work anew instead of finding the old one. */
export function runOf(message: TaskMessage): RunRef {
  return {
    training_id: message.training_id,
    state: message.state,
    visit: message.redrive_count * visitsPerRedrive + message.visit,
    attempt: message.attempt,
  };
}

const inside = (value: unknown, ...names: string[]): unknown =>
  names.reduce((found, name) => (isObject(found) ? found[name] : undefined), value);

/** The language of the request that a message is about: as it was asked, and where only the approved plan goes on, as approved. */
export function languageOf({ input }: Pick<TaskMessage, 'input'>): Language {
  const found =
    inside(input, 'ask', 'request', 'language') ??
    inside(input, 'execution', 'ask', 'request', 'language') ??
    inside(input, 'approval', 'plan', 'request', 'language');
  return found === 'ja' ? 'ja' : 'en';
}
