import type { Catcher, Retrier } from './definition.js';
import type { Failure } from './failure.js';
import type { JsonObject } from './json.js';

/** Ends the execution whatever Retry and Catch say, even by its own name. */
const terminal = 'States.Runtime';

/** Does `ErrorEquals` name the failure? */
export function errorMatches(names: readonly string[], failure: Failure): boolean {
  const error = failure.error ?? '';
  if (error === terminal) return false;
  return names.some((name) => {
    // The documentation keeps States.DataLimitExceeded from States.ALL; AWS's recordings show it caught.
    if (name === 'States.ALL') return true;
    if (name === 'States.TaskFailed') return error !== 'States.Timeout';
    return name === error || name === failure.alias;
  });
}

/** What a failed state does next. */
export type Remedy =
  | { kind: 'retry'; retrier: number; delayMs: number }
  | { kind: 'catch'; catcher: number }
  /** `spent`: the retrier that names the error and has no attempt left; null when none names it. */
  | { kind: 'fail'; spent: number | null };

/** Delay before attempt `used + 1` of a retrier, in seconds: interval x rate^used, capped by MaxDelaySeconds, FULL jitter = uniform(0, delay). */
export function retryDelaySeconds(retrier: Retrier, used: number, random: () => number): number {
  const delay = (retrier.IntervalSeconds ?? 1) * (retrier.BackoffRate ?? 2) ** used;
  const capped = Math.min(delay, retrier.MaxDelaySeconds ?? Infinity);
  return retrier.JitterStrategy === 'FULL' ? random() * capped : capped;
}

/** Retry first (the first retrier that names the error, while it has attempts left), then Catch. `used[i]` counts retrier i's attempts. */
export function remedyFor(
  failure: Failure,
  rules: { retry: Retrier[]; catch: Catcher[]; used: readonly number[]; random: () => number },
): Remedy {
  const retrier = rules.retry.findIndex((rule) => errorMatches(rule.ErrorEquals, failure));
  const rule = rules.retry[retrier];
  const used = rules.used[retrier] ?? 0;
  if (rule !== undefined && used < (rule.MaxAttempts ?? 3)) {
    return { kind: 'retry', retrier, delayMs: Math.round(retryDelaySeconds(rule, used, rules.random) * 1000) };
  }
  const catcher = rules.catch.findIndex((catcherRule) => errorMatches(catcherRule.ErrorEquals, failure));
  return catcher >= 0 ? { kind: 'catch', catcher } : { kind: 'fail', spent: retrier >= 0 ? retrier : null };
}

/** The remedy in the members of TestState's `errorDetails`; null when no rule names the error. */
export function errorDetails(remedy: Remedy): JsonObject | null {
  if (remedy.kind === 'catch') return { catchIndex: remedy.catcher };
  if (remedy.kind === 'fail') return remedy.spent === null ? null : { retryIndex: remedy.spent };
  return { retryIndex: remedy.retrier, retryBackoffIntervalSeconds: remedy.delayMs / 1000 };
}
