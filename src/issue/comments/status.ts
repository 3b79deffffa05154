import type { Language } from '../../contracts/request.js';
import { commentMessages, wordFor } from '../../messages/comments.js';
import { notificationLines, type ToldNotification } from '../../messages/notifications.js';
import { inlineCode, inlineText } from '../../request/escape.js';
import { cancelReason } from './cancel-reason.js';
import { endingCause } from './ending-cause.js';
import { blocks, duration, figure, table } from './format.js';
import { shownStates, stateGraph, type StateVisit } from './state-graph.js';

/** What the living status comment shows. */
export interface StatusData {
  training_id: string;
  model_name: string;
  status: 'waiting' | 'running' | 'in_service' | 'failed' | 'cancelled';
  /** State that runs now; null before the first and after the end. */
  current_state: string | null;
  /** One row a visit of a state, in order. */
  states: readonly (StateVisit & { attempts: number; duration_ms: number | null })[];
  /** The job that runs now. */
  job: { phase: string | null; progress_percent: number | null; metrics: Readonly<Record<string, number>> } | null;
  /** The plan that waits or runs, once there is one. */
  plan_hash: string | null;
  error: { name: string; cause: string } | null;
  /** What became of the version that the run put into service; null while it serves, and where there is none. Default: null. */
  fate?: {
    version: string;
    replaced_by: string;
    /** Issue of the run that made that version; null: not known. */
    issue_number: number | null;
    rolled_back: { by: string | null } | null;
  } | null;
  /** What was sent to the channels beside the issue. Default: nothing. */
  notifications?: readonly ToldNotification[];
  language: Language;
}

const barLength = 20;

function bar(percentDone: number): string {
  const share = Math.min(100, Math.max(0, percentDone)) / 100;
  const filled = Math.round(share * barLength);
  return `\`${'█'.repeat(filled)}${'░'.repeat(barLength - filled)}\` ${Math.floor(share * 100)} %`;
}

function progressLine(data: StatusData): string[] {
  const m = commentMessages[data.language].status;
  const { job } = data;
  if (job === null) return [];
  const parts = [
    job.progress_percent === null ? [] : [bar(job.progress_percent)],
    job.phase === null ? [] : [inlineText(job.phase, 60)],
    Object.entries(job.metrics)
      .slice(0, 6)
      .map(([name, value]) => `${inlineCode(name, 40)} ${figure(value)}`),
  ].flat();
  return parts.length === 0 ? [] : [`- ${m.progress}: ${parts.join(' · ')}`];
}

/** The status in a word or two, and the line that says more. */
function standing({ status, fate = null, language }: StatusData): { title: string; line: string | null } {
  const { statuses, status: m } = commentMessages[language];
  if (fate === null) return { title: statuses[status], line: null };
  const [version, now] = [inlineText(fate.version), inlineText(fate.replaced_by)];
  if (fate.rolled_back === null) return { title: m.replacedTitle, line: m.replaced(version, now, fate.issue_number) };
  const by = fate.rolled_back.by === null ? null : inlineCode(fate.rolled_back.by);
  return { title: m.rolledBackTitle, line: m.rolledBack(version, now, by) };
}

function hint({ status, current_state: state, language }: StatusData): string[] {
  const m = commentMessages[language].status;
  if (status !== 'waiting') return [];
  return [state === 'WaitForOperatorInput' ? m.waitsForOperator : m.waitsForApproval];
}

function reasonOf(error: NonNullable<StatusData['error']>, { states, language }: StatusData): string {
  const cancelled = cancelReason(error, language);
  if (cancelled !== null) return cancelled.reason;
  const failed = states.findLast(({ state, status }) => status === 'failed' && shownStates.includes(state));
  const cause = endingCause(error, failed?.state ?? null, language);
  return cause === '' ? error.name : cause;
}

function stateTable({ states, language }: StatusData): string[] {
  const m = commentMessages[language];
  const visits = new Map<string, number>();
  const rows = states.flatMap(({ state, status, attempts, duration_ms: ms }) => {
    if (!shownStates.includes(state)) return [];
    const visit = (visits.get(state) ?? 0) + 1;
    visits.set(state, visit);
    const name = `${wordFor(m.states, state)}${visit === 1 ? '' : ` (${m.status.visits(visit)})`}`;
    return [[name, m.stateStatuses[status], duration(ms), String(Math.max(1, attempts))]];
  });
  if (rows.length === 0) return [];
  return table([m.status.columnState, m.status.columnStatus, m.status.columnDuration, m.status.columnAttempts], rows);
}

/** The one comment that is edited as a run moves: state graph, progress, live metric, steps so far (requirement R4). */
export function renderStatus(data: StatusData): string {
  const messages = commentMessages[data.language];
  const m = messages.status;
  const state = data.current_state;
  const { title, line } = standing(data);
  const ended = data.status === 'in_service' || data.status === 'failed' || data.status === 'cancelled';
  const facts = [
    `- ${m.model}: ${inlineCode(data.model_name)}`,
    ...(state === null || ended ? [] : [`- ${m.state}: ${wordFor(messages.states, state)} (${inlineCode(state)})`]),
    ...(line === null ? [] : [`- ${line}`]),
    ...(data.plan_hash === null ? [] : [`- ${m.plan}: ${inlineCode(data.plan_hash.slice(0, 12))}`]),
    ...progressLine(data),
    ...(data.error === null ? [] : [`- ${m.error}: ${inlineText(reasonOf(data.error, data), 1000)}`]),
    ...notificationLines(data.notifications ?? [], data.language).map((line) => `- ⚠️ ${inlineText(line, 500)}`),
  ];
  return blocks(
    [`## ${m.title(inlineCode(data.training_id))}${messages.separator}${title}`],
    facts,
    hint(data),
    stateGraph(data.states, ended ? null : state, data.language),
    stateTable(data),
  );
}
