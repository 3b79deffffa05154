import { z } from 'zod';
import { question } from '../contracts/execution.js';
import type { TaskLedger } from '../ports/task-ledger.js';
import type { HistoryEvent, WorkflowEngine } from '../ports/workflow-engine.js';

const entered = z.object({ stateEnteredEventDetails: z.object({ name: z.string(), input: z.string() }) });

/** What a state was given when it was entered last; null: whichever was entered last. */
export function lastInput(events: readonly HistoryEvent[], state: string | null): Record<string, unknown> {
  for (const event of events.toReversed()) {
    const details = entered.safeParse(event).data?.stateEnteredEventDetails;
    if (details === undefined || (state !== null && details.name !== state)) continue;
    return z.record(z.string(), z.unknown()).parse(JSON.parse(details.input));
  }
  return {};
}

const approved = z.object({ approval: z.object({ plan_hash: z.string() }) });

/** The plan that had been approved when a run came to this; null before an approval. */
export function approvedHash(data: unknown): string | null {
  return approved.safeParse(data).data?.approval.plan_hash ?? null;
}

/** The plan that a run is about: the one that waits for people, else the one that was approved last; null before the first. */
export async function planHashOfRun(
  { engine, ledger }: { engine: Pick<WorkflowEngine, 'describeExecution' | 'getExecutionHistory'>; ledger: TaskLedger },
  trainingId: string,
): Promise<string | null> {
  for (const { waitingFor } of await ledger.list({ trainingId })) {
    const asked = waitingFor.kind === 'person' ? question.safeParse(waitingFor.question).data : undefined;
    if (asked !== undefined) return asked.plan_hash;
  }
  const { output } = await engine.describeExecution({ name: trainingId });
  return approvedHash(output) ?? approvedHash(lastInput(await engine.getExecutionHistory({ name: trainingId }), null));
}
