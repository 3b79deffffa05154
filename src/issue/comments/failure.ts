import { type Judgement, withoutCriteria } from '../../contracts/evaluation.js';
import type { Language } from '../../contracts/request.js';
import { commentMessages, wordFor } from '../../messages/comments.js';
import { inlineCode, inlineText } from '../../request/escape.js';
import { taskErrors } from '../../workflow/state-machine.js';
import { cancelReason } from './cancel-reason.js';
import { blocks, verdictTable } from './format.js';
import { reportLines, type ReportPlace, troubleLines } from './result.js';

/** What the comment about a run that ended without a new model shows; null = there is none. */
export interface FailureData {
  training_id: string;
  model_name: string;
  /** Name for programs, and what happened and what to do, as the failing step said it. */
  error: { name: string; cause: string };
  /** Step that failed; null where none did, as when the judge ended the run. */
  ended_in_state: string | null;
  judgement: Judgement | null;
  /** Version that serves, before and after. */
  kept_version: string | null;
  report: ReportPlace | null;
  /** What went wrong beside it, e.g. a channel that could not be told. Default: nothing. */
  troubles?: readonly string[];
  language: Language;
}

const maxItems = 50;

/** Why, in a line, and what is wrong one by one where there is more of it. */
function reasonLines({ error, judgement, language }: FailureData): string[] {
  const m = commentMessages[language].failure;
  const cancelled = cancelReason(error, language);
  if (cancelled !== null) return [`- ${m.reason}: ${inlineText(cancelled.reason, 2000)}`];
  // What a verdict tells of each criterion stands in the table below.
  const cause = error.cause === judgement?.message ? withoutCriteria(error.cause) : error.cause;
  if (cause === '') return [`- ${m.reason}: ${inlineText(error.name)}`];
  const lines = cause.split('\n');
  const items = lines.filter((line) => line.startsWith('- '));
  const text = lines.filter((line) => !line.startsWith('- ')).join(' ');
  const shown = items.slice(0, maxItems).map((item) => `  - ${inlineText(item.slice(2), 500)}`);
  return [`- ${m.reason}: ${inlineText(text, 2000)}`, ...shown];
}

/** The comment about a run that failed or was cancelled: why, what still serves, what to do. */
export function renderFailure(data: FailureData): string {
  const { language, judgement, error } = data;
  const m = commentMessages[language].failure;
  const wasCancelled = error.name === taskErrors.cancelled;
  const step = wasCancelled ? null : data.ended_in_state;
  return blocks(
    [wasCancelled ? `## ⏹️ ${m.titleCancelled}` : `## ❌ ${m.titleFailed}`],
    [
      `- ${m.training}: ${inlineCode(data.training_id)} (${inlineCode(data.model_name)})`,
      ...(step === null
        ? []
        : [`- ${m.step}: ${wordFor(commentMessages[language].states, step)} (${inlineCode(step)})`]),
      ...reasonLines(data),
      ...(wasCancelled ? [] : [`- ${m.error}: ${inlineCode(error.name)}`]),
      ...reportLines(data.report, language),
    ],
    judgement === null ? [] : verdictTable(judgement, language),
    [data.kept_version === null ? m.nothingServed : m.kept(inlineText(data.kept_version))],
    wasCancelled ? [] : [m.tryAgain],
    troubleLines(data.troubles ?? [], language),
  );
}
