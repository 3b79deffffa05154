import { z } from 'zod';
import type { RunView } from './api-types.js';

const figures = z.record(z.string(), z.number().nullable());
const criteria = z.object({
  approval: z.object({
    plan: z.object({ request: z.object({ criteria: z.array(z.object({ metric: z.string() })) }) }),
  }),
});

const prepared = z.object({
  metadata: z.object({
    num_samples: z.number(),
    num_features: z.number(),
    rows: z.object({ train: z.number(), validation: z.number(), test: z.number() }),
  }),
});
const trained = z.object({ algorithm: z.string(), training_metrics: figures });
const evaluated = z.object({ evaluation_results: z.object({ rows: z.number(), metrics: figures }) });
const judged = z.object({ decision: z.string() });
const packaged = z.object({ model_name: z.string(), version: z.string() });
const deployed = z.object({ endpoint_name: z.string() });

const count = (value: number): string => value.toLocaleString('en');

function metricText(name: string, value: number | null | undefined): string {
  return value === null || value === undefined ? '' : `, ${name} ${value.toFixed(4)}`;
}

function dataText({ metadata: { num_features: features, rows } }: z.output<typeof prepared>): string {
  const { train, validation, test } = rows;
  return `${count(train)} + ${count(validation)} + ${count(test)} rows, ${features} features`;
}

/** What a state found out, in a few words; empty where there is nothing to say. */
export function stateRemark({ data }: Pick<RunView, 'data'>, state: string): string {
  const wanted = criteria.safeParse(data);
  const metric = wanted.data?.approval.plan.request.criteria[0]?.metric ?? '';
  const say = <T>(schema: z.ZodType<T>, part: string, text: (found: T) => string): string => {
    const parsed = schema.safeParse(data[part]);
    return parsed.success ? text(parsed.data) : '';
  };
  switch (state) {
    case 'PrepareData':
      return say(prepared, 'data', dataText);
    case 'TrainModel':
      return say(trained, 'training', ({ algorithm, training_metrics: found }) => {
        return `${algorithm}${metricText(`${metric} in cross-validation`, found[`cv_${metric}_mean`])}`;
      });
    case 'EvaluateModel':
      return say(evaluated, 'evaluation', ({ evaluation_results: { rows, metrics } }) => {
        return `${count(rows)} rows${metricText(metric, metrics[metric])}`;
      });
    case 'JudgeResults':
      return say(judged, 'judgement', ({ decision }) => decision);
    case 'PackageModel':
      return say(packaged, 'package', ({ model_name: name, version }) => `${name} ${version}`);
    case 'DeployModel':
      return say(deployed, 'deployment', ({ endpoint_name: name }) => name);
    default:
      return '';
  }
}
