import type { NotificationFacts } from '../capabilities/notification/render-notification.js';
import type { Judgement } from '../contracts/evaluation.js';
import { cancelReason } from '../issue/comments/cancel-reason.js';
import type { ExecutionSoFar } from './notification.js';

const maxReason = 1_500;

/** The criterion that decided: the first that was missed, else the first. */
function decisive({ criteria }: Judgement): Judgement['criteria'][number] | undefined {
  return criteria.find(({ verdict }) => verdict !== 'pass') ?? criteria[0];
}

/** Metric, value and what is required of it. */
export function metricFacts(judged: Judgement | null): NotificationFacts {
  const one = judged === null ? undefined : decisive(judged);
  return one === undefined ? {} : { metric: one.name, value: one.value, threshold: one.required };
}

/** What a question to the operator tells beside its message; `retry` is the one that is asked for. */
export function questionFacts({ ask, counters, judgement }: ExecutionSoFar): NotificationFacts {
  return { ...metricFacts(judgement ?? null), retry: counters.current_retry + 1, max_retry: ask.request.max_retry };
}

/** What a model in service tells. */
export function serviceFacts(execution: ExecutionSoFar): NotificationFacts {
  const { package: made, deployment, history, training, judgement } = execution;
  return {
    version: made?.version ?? null,
    previous_version: made?.previous_version ?? null,
    endpoint_name: deployment?.endpoint_name ?? null,
    url: deployment?.invocation_url ?? null,
    algorithm: training?.algorithm ?? null,
    ...metricFacts(judgement ?? null),
    report: history?.file_path ?? null,
  };
}

/** What a run without a new model tells. */
export function failureFacts(
  { request, error, history }: Pick<ExecutionSoFar, 'error' | 'history'> & Pick<ExecutionSoFar['ask'], 'request'>,
  keptVersion: string | null,
): NotificationFacts {
  const { Error: name = '', Cause: cause = '' } = error ?? {};
  const told = cancelReason({ name, cause }, request.language)?.reason ?? (cause === '' ? name : cause);
  const reason = told === '' ? null : told;
  return {
    kept_version: keptVersion,
    reason: reason?.slice(0, maxReason) ?? null,
    report: history?.file_path ?? null,
  };
}

/** A version was packaged and did not get into service. */
export function failedToDeploy({ package: made, deployment }: ExecutionSoFar): boolean {
  return made !== undefined && deployment === undefined;
}
