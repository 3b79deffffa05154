import type { z } from 'zod';
import type { DetectedCharacteristics, ProposalItem } from '../../../contracts/optimization.js';
import type { TrainingRequest } from '../../../contracts/request.js';
import type { imbalanceHandling } from '../../../contracts/training.js';
import { imbalanceLimit } from './characteristics.js';
import { median } from './estimate-impact.js';
import type { PastRun } from './past-run.js';
import { reasons } from './reasons.js';

type Handling = z.infer<typeof imbalanceHandling>;
type Decision = { value: Handling; reason: string; source: ProposalItem['source'] };

/** SMOTE looks at 5 neighbours of the same class, inside every fold of the training split. */
const smoteNeighbours = 5;
/** Below this many rows of the rarest class, throwing rows of the others away leaves too little to learn from. */
const undersampleFloor = 5_000;

const percent = (ratio: number) => `${Math.round(ratio * 1000) / 10} %`;

/** What measured runs on the same data say; null unless at least two ways were tried. */
function fromHistory(past: readonly PastRun[], request: TrainingRequest, metric: string): Decision | null {
  const scores = new Map<Handling, number[]>();
  for (const run of past) {
    const value = run.metrics[metric];
    const way = (['none', 'smote', 'undersample', 'class_weight'] as const).find(
      (name) => name === run.class_imbalance_handling,
    );
    if (
      run.dataset_id !== request.dataset_id ||
      run.target !== request.target ||
      value === undefined ||
      way === undefined
    )
      continue;
    scores.set(way, [...(scores.get(way) ?? []), value]);
  }
  if (scores.size < 2) return null;
  const medians = [...scores].map(([way, values]) => ({ way, value: median(values) ?? 0, runs: values.length }));
  const best = medians.toSorted((a, b) => b.value - a.value)[0];
  if (best === undefined) return null;
  const told = medians.map(({ way, value, runs }) => `${way} ${value.toFixed(3)} (${runs})`).join(', ');
  return { value: best.way, reason: reasons[request.language].bestSoFar(metric, told), source: 'history' };
}

function byProfile(request: TrainingRequest, seen: DetectedCharacteristics, ratio: number): Decision {
  const say = reasons[request.language];
  const { performance_profile: profile } = request.workflow_optimization;
  const name = say.profile[profile];
  const rarest = Math.round(ratio * seen.dataset_size);
  if (profile === 'speed' || profile === 'cost') {
    // Rows are computing: the cost profile drops them earlier.
    const isMany = seen.dataset_size_class === 'large' || (profile === 'cost' && seen.dataset_size_class === 'medium');
    if (isMany && rarest >= undersampleFloor) {
      return { value: 'undersample', reason: say.undersample(name, rarest.toLocaleString('en-US')), source: 'profile' };
    }
    return { value: 'class_weight', reason: say.classWeight(name), source: 'profile' };
  }
  const inFold = rarest * request.split.train * (1 - 1 / request.cv_folds);
  if (inFold <= smoteNeighbours + 1)
    return { value: 'class_weight', reason: say.tooFewForSmote(rarest), source: 'data' };
  return { value: 'smote', reason: say.smote, source: 'data' };
}

/** How class imbalance is handled (O2, phase 1); never against what the request sets. */
export function decideImbalance(
  request: TrainingRequest,
  seen: DetectedCharacteristics,
  past: readonly PastRun[],
  metric: string,
): Decision {
  const say = reasons[request.language];
  const { class_imbalance_handling: wished, enabled, performance_profile: profile } = request.workflow_optimization;
  if (wished !== null) return { value: wished, reason: say.setByRequest, source: 'request' };
  if (!enabled) return { value: 'none', reason: say.turnedOff, source: 'request' };
  if (request.task_type === 'regression') return { value: 'none', reason: say.noClasses, source: 'data' };
  if (seen.imbalance_ratio === null) return { value: 'none', reason: say.unknownClasses, source: 'default' };
  const classes = Object.keys(seen.class_distribution ?? {}).length;
  const [ratio, limit] = [percent(seen.imbalance_ratio), percent(imbalanceLimit(classes))];
  if (!seen.class_imbalance) return { value: 'none', reason: say.notImbalanced(ratio, limit, classes), source: 'data' };
  const measured = profile === 'balanced' || profile === 'accuracy' ? fromHistory(past, request, metric) : null;
  const decision = measured ?? byProfile(request, seen, seen.imbalance_ratio);
  const warning = decision.value === 'none' ? [] : [say.calibrate];
  return { ...decision, reason: [say.share(ratio, limit, classes), decision.reason, ...warning].join(' ') };
}
