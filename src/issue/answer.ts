import { z } from 'zod';
import { codeOf, messageOf } from '../errors.js';
import type { TrackerEvent } from '../ports/issue-tracker.js';
import { labels, withStatusLabel } from '../request/labels.js';
import { auditOf, auditRefusal } from './audit.js';
import type { ControllerParts } from './controller-parts.js';
import { reply } from './reply.js';

/** The plan that the run is about; null before its first. What was kept by an earlier version has none. */
const aboutPlan = z.string().nullable().default(null);

const act = z.discriminatedUnion('kind', [
  /** The task that waits for people gets its answer: the run goes on from here. `model_name` null: as it was. */
  z.object({
    kind: z.literal('go_on'),
    training_id: z.string(),
    task_token: z.string(),
    output: z.record(z.string(), z.unknown()),
    model_name: z.string().nullable(),
  }),
  z.object({ kind: z.literal('cancel'), training_id: z.string(), by: z.string(), plan_hash: aboutPlan }),
  /** The version of this run serves no more; what was rolled back to belongs to another run. */
  z.object({
    kind: z.literal('rolled_back'),
    training_id: z.string(),
    issue_number: z.number().int(),
    plan_hash: aboutPlan,
  }),
  /** It is done, and the run stays as it is. */
  z.object({ kind: z.literal('done'), training_id: z.string(), plan_hash: aboutPlan }),
]);
type Act = z.infer<typeof act>;

/** What a person is told; `act`: what is done with it. */
export interface Answer {
  say: string;
  act?: Act;
}

/** Events are worked one at a time: this is what the one in work, or the last one, came to. */
const key = 'tracker/answer';
const kept = z.object({ event_id: z.string(), say: z.string(), act });

async function goOn(parts: ControllerParts, given: Act & { kind: 'go_on' }, again: boolean): Promise<void> {
  const { training_id: trainingId, task_token: taskToken, output, model_name: modelName } = given;
  await parts.tokens.sendTaskSuccess({ taskToken, output }).catch((error: unknown) => {
    // Answered before: by us, who died right after.
    if (!again || codeOf(error) !== 'wrong_state') throw error;
  });
  await parts.ledger.remove({ taskToken });
  if (modelName !== null) await parts.runs.update({ trainingId, modelName });
}

/** What was done already stays as it is. */
async function perform(parts: ControllerParts, given: Act, again: boolean): Promise<void> {
  const { tracker, runs } = parts;
  const { training_id: trainingId } = given;
  if (given.kind === 'go_on') return goOn(parts, given, again);
  if (given.kind === 'cancel') return parts.cancel({ trainingId, by: given.by, reason: '/cancel' });
  if (given.kind === 'done') return;
  await runs.update({ trainingId, status: 'failed' });
  const { labels: current } = await tracker.getIssue({ number: given.issue_number });
  await tracker.updateIssue({ number: given.issue_number, labels: withStatusLabel(current, labels.rolledBack) });
}

const approving = z.object({ plan_hash: z.string() });

/** The plan that an act is about; a request for another plan is about none that is there. */
function planOf(given: Act): string | null {
  return given.kind === 'go_on' ? (approving.safeParse(given.output).data?.plan_hash ?? null) : given.plan_hash;
}

/**
 * Does what was decided, which is kept first: after a crash the event is not judged anew, by what it changed itself. What is
 * kept and its entry in the audit log are one commit; `action` null: nobody ordered anything.
 */
export async function carryOut(
  parts: ControllerParts,
  event: TrackerEvent,
  action: string | null,
  answer: Answer,
): Promise<string> {
  const { runs } = parts;
  const { say, act: given } = answer;
  if (given === undefined) {
    if (action !== null) await auditRefusal(parts, event, action, say);
    return say;
  }
  const about = { trainingId: given.training_id, planHash: planOf(given) };
  const told = (outcome: 'done' | 'failed', detail: string) =>
    auditOf(parts, event, { action: action ?? given.kind, outcome, detail }, about);
  const record: z.infer<typeof kept> = { event_id: event.id, say, act: given };
  await runs.setValue({ key, value: JSON.stringify(record), audit: told('done', say) });
  try {
    await perform(parts, given, false);
  } catch (error) {
    await runs.setValue({ key, value: '', audit: told('failed', messageOf(error)) });
    throw error;
  }
  return say;
}

/** Carries the answer to this event to its end when a stop interrupted it; false: there was none. */
export async function finishAnswer(parts: ControllerParts, event: TrackerEvent): Promise<boolean> {
  const text = await parts.runs.getValue({ key });
  if (text === null || text === '') return false;
  const { event_id: id, say, act: given } = kept.parse(JSON.parse(text));
  if (id !== event.id) return false;
  await perform(parts, given, true);
  await reply(parts, event, 'answer', say);
  return true;
}
