import { approvalQuestion } from '../contracts/execution.js';
import type { RunIndex } from '../ports/run-index.js';
import type { TaskLedger } from '../ports/task-ledger.js';

/** Comments on which a 👍 would do something: those that show a plan which waits for its approval. */
export async function commentsThatWait(parts: {
  runs: RunIndex;
  ledger: TaskLedger;
}): Promise<{ issueNumber: number; commentId: string }[]> {
  const found: { issueNumber: number; commentId: string }[] = [];
  for (const { trainingId, waitingFor } of await parts.ledger.list({ kind: 'person' })) {
    const question = approvalQuestion.safeParse(waitingFor.kind === 'person' ? waitingFor.question : null);
    if (!question.success) continue;
    const { issueNumber } = await parts.runs.get({ trainingId });
    found.push({ issueNumber, commentId: question.data.comment_id });
  }
  return found;
}
