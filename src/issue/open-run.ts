import type { z } from 'zod';
import type { RunRecord } from '../ports/run-index.js';
import type { WaitingTask } from '../ports/task-ledger.js';
import type { Answer } from './answer.js';
import type { ControllerParts } from './controller-parts.js';

/** The issue's run that has not ended, if there is one; an issue has one at a time. */
export async function openRun(
  { runs }: Pick<ControllerParts, 'runs'>,
  issueNumber: number,
): Promise<RunRecord | undefined> {
  return (await runs.list({ issueNumber })).find((run) => run.endedAt === null);
}

/** A question that an open run put to people, with the task that waits for its answer. */
export interface Waiting<Question> {
  run: RunRecord;
  task: WaitingTask;
  question: Question;
}

/** The question of this kind that the issue's open run waits with; null when it waits with none. */
export async function waitingQuestion<Question>(
  parts: Pick<ControllerParts, 'runs' | 'ledger'>,
  issueNumber: number,
  kind: z.ZodType<Question>,
): Promise<Waiting<Question> | null> {
  const run = await openRun(parts, issueNumber);
  if (run === undefined) return null;
  for (const task of await parts.ledger.list({ trainingId: run.trainingId })) {
    if (task.waitingFor.kind !== 'person') continue;
    const question = kind.safeParse(task.waitingFor.question);
    if (question.success) return { run, task, question: question.data };
  }
  return null;
}

/** The waiting task gets its answer: the run goes on from here, under another name of its model when there is one. */
export function goOnWith(
  { run, task }: Pick<Waiting<unknown>, 'run' | 'task'>,
  output: Record<string, unknown>,
  modelName: string | null = null,
): NonNullable<Answer['act']> {
  return {
    kind: 'go_on',
    training_id: run.trainingId,
    task_token: task.taskToken,
    output,
    model_name: modelName,
  };
}
