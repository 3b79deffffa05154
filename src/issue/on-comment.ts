import { messageOf } from '../errors.js';
import { answers } from '../messages/answers.js';
import { textOf } from '../messages/failures.js';
import type { Comment, TrackerEvent } from '../ports/issue-tracker.js';
import { inlineCode, inlineText } from '../request/escape.js';
import { labels } from '../request/labels.js';
import { meansRequest } from '../request/parse-body.js';
import { type Answer, carryOut } from './answer.js';
import { approve } from './approve.js';
import { auditRefusal, outcomeOf } from './audit.js';
import { authorOf } from './author.js';
import { cancelRun } from './cancel-run.js';
import { type Command, parseCommands } from './commands.js';
import { answersFor, type ControllerParts, type EventResult, languageFor } from './controller-parts.js';
import { openRun } from './open-run.js';
import { override } from './override.js';
import { mayAct } from './policy.js';
import { promoteRun } from './promote-run.js';
import { refuseRight, reply } from './reply.js';
import { retry } from './retry.js';
import { rollBackRun } from './roll-back-run.js';
import { isStartInterrupted } from './start-run.js';
import { takeRequest } from './take-request.js';

async function statusLine(parts: ControllerParts, event: TrackerEvent): Promise<Answer> {
  const say = await answersFor(parts, event.issueNumber);
  const [run] = await parts.runs.list({ issueNumber: event.issueNumber, limit: 1 });
  if (run === undefined) return { say: say.noRun() };
  const { currentState } = await parts.engine.describeExecution({ name: run.trainingId });
  return { say: say.status(run.trainingId, run.status, currentState) };
}

/** What the command comes to: the line for the person who gave it, and what is done. */
async function obey(parts: ControllerParts, event: TrackerEvent, comment: Comment, command: Command): Promise<Answer> {
  switch (command.name) {
    case 'approve':
      return approve(parts, event, { kind: 'comment', comment, hash: command.hash });
    case 'override':
      return override(parts, event, command, comment.edited);
    case 'retry':
      return retry(parts, event, command, comment.edited);
    case 'cancel':
      return cancelRun(parts, event);
    case 'rollback':
      return rollBackRun(parts, event, command.deployTo);
    case 'promote':
      return promoteRun(parts, event, comment.edited);
    case 'status':
      return statusLine(parts, event);
  }
}

/** The order could not be carried out, and nothing was decided: that is kept too. */
async function refuse(
  parts: ControllerParts,
  event: TrackerEvent,
  action: string | null,
  error: unknown,
): Promise<never> {
  if (action !== null) await auditRefusal(parts, event, action, messageOf(error), outcomeOf(error));
  throw error;
}

/** A comment without a command may hold a corrected request: while a plan waits, and when the last try came to nothing. */
async function takeCorrection(parts: ControllerParts, event: TrackerEvent, comment: Comment): Promise<EventResult> {
  if (!/```/.test(comment.body)) return 'done';
  const issue = await parts.tracker.getIssue({ number: event.issueNumber });
  if (await isStartInterrupted(parts, event)) return takeRequest(parts, event, issue, comment.body);
  if (!issue.labels.includes(labels.train)) return 'done';
  const open = await openRun(parts, event.issueNumber);
  if (open !== undefined) {
    // People who talk about a plan quote all kinds of text.
    return meansRequest(comment.body) ? takeRequest(parts, event, issue, comment.body, open) : 'done';
  }
  const cameToNothing = [labels.invalid, labels.failed, labels.rolledBack].some((one) => issue.labels.includes(one));
  return cameToNothing ? takeRequest(parts, event, issue, comment.body) : 'done';
}

/** Someone commented: do what the first command says, and answer it in one line. */
export async function onComment(parts: ControllerParts, event: TrackerEvent): Promise<EventResult> {
  const comments = await parts.tracker.listComments({ issueNumber: event.issueNumber });
  const comment = comments.find((one) => one.id === event.commentId);
  if (comment === undefined || comment.bySelf) return 'done';
  const { command, ignored, problem } = parseCommands(comment.body);
  if (problem !== null) {
    if (mayAct(await authorOf(parts, event))) await reply(parts, event, 'command-problem', problem);
    else await refuseRight(parts, event, 'unreadable', problem);
    return 'done';
  }
  if (command === null) return takeCorrection(parts, event, comment);
  const language = await languageFor(parts, event.issueNumber);
  const say = answers[language];
  if (!mayAct(await authorOf(parts, event))) {
    const why = say.noRight(inlineCode(event.actor), `/${command.name}`, parts.policy.minimum);
    await auditRefusal(parts, event, command.name, why);
    await refuseRight(parts, event, 'order', why);
    return 'done';
  }
  const rest = ignored.length === 0 ? '' : `\n\n${say.onlyFirst(ignored)}`;
  const ordered = command.name === 'status' ? null : command.name;
  const answer = await obey(parts, event, comment, command)
    .catch((error: unknown) => refuse(parts, event, ordered, error))
    .then((given) => carryOut(parts, event, ordered, { ...given, say: `${given.say}${rest}` }))
    .catch((error: unknown) => `${say.failed(inlineText(textOf(error, language), 2000))}${rest}`);
  await reply(parts, event, 'answer', answer);
  return 'done';
}
