import { messageOf } from '../errors.js';
import type { Comment, TrackerEvent } from '../ports/issue-tracker.js';
import { approve } from './approve.js';
import { cancelRun } from './cancel-run.js';
import { type Command, parseCommands } from './commands.js';
import { answersFor, type ControllerParts, type EventResult } from './controller-parts.js';
import { labels } from '../request/labels.js';
import { takeRequest } from './on-issue.js';
import { isStartInterrupted } from './start-run.js';
import { override } from './override.js';
import { mayAct } from './policy.js';
import { reply } from './reply.js';
import { retry } from './retry.js';
import { rollBackRun } from './roll-back-run.js';

/** What a command did: the line to answer with, or `later`. */
export type CommandResult = { say: string } | 'later';

async function statusLine(parts: ControllerParts, event: TrackerEvent): Promise<CommandResult> {
  const say = await answersFor(parts, event.issueNumber);
  const [run] = await parts.runs.list({ issueNumber: event.issueNumber, limit: 1 });
  if (run === undefined) return { say: say.noRun() };
  const { currentState } = await parts.engine.describeExecution({ name: run.trainingId });
  return { say: say.status(run.trainingId, run.status, currentState) };
}

async function obey(
  parts: ControllerParts,
  event: TrackerEvent,
  comment: Comment,
  command: Command,
): Promise<CommandResult> {
  const say = await answersFor(parts, event.issueNumber);
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
      return rollBackRun(parts, event);
    case 'promote':
      return { say: say.notYet('/promote') };
    case 'status':
      return statusLine(parts, event);
  }
}

/** A comment without a command may hold a corrected request, when nothing runs and the last try came to nothing. */
async function maybeRequest(parts: ControllerParts, event: TrackerEvent, comment: Comment): Promise<EventResult> {
  if (!/```/.test(comment.body)) return 'done';
  const issue = await parts.tracker.getIssue({ number: event.issueNumber });
  if (await isStartInterrupted(parts, event)) return takeRequest(parts, event, issue, comment.body, undefined);
  const waitsForOne = issue.labels.includes(labels.invalid) || issue.labels.includes(labels.failed);
  const open = (await parts.runs.list({ issueNumber: event.issueNumber })).find((run) => run.endedAt === null);
  if (!issue.labels.includes(labels.train) || !waitsForOne || open !== undefined) return 'done';
  return takeRequest(parts, event, issue, comment.body, undefined);
}

/** Someone commented: do what the first command says, and answer it in one line. */
export async function onComment(parts: ControllerParts, event: TrackerEvent): Promise<EventResult> {
  const comments = await parts.tracker.listComments({ issueNumber: event.issueNumber });
  const comment = comments.find((one) => one.id === event.commentId);
  if (comment === undefined || comment.bySelf) return 'done';
  const { command, ignored, problem } = parseCommands(comment.body);
  if (problem !== null) {
    await reply(parts, event, 'command-problem', problem);
    return 'done';
  }
  if (command === null) return maybeRequest(parts, event, comment);
  const say = await answersFor(parts, event.issueNumber);
  if (!mayAct(await parts.tracker.getPermission({ user: event.actor }), parts.policy, event.actor)) {
    await reply(parts, event, 'no-right', say.noRight(event.actor, `/${command.name}`, parts.policy.minimum));
    return 'done';
  }
  let result: CommandResult;
  try {
    result = await obey(parts, event, comment, command);
  } catch (error) {
    result = { say: say.failed(messageOf(error)) };
  }
  if (result === 'later') return 'later';
  const rest = ignored.length === 0 ? '' : `\n\n${say.onlyFirst(ignored)}`;
  await reply(parts, event, 'answer', `${result.say}${rest}`);
  return 'done';
}
