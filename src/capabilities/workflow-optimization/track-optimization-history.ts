import { z } from 'zod';
import { impactReport } from '../../contracts/applied-optimizations.js';
import { proposalDocument } from '../../contracts/optimization.js';
import { trainingRequest } from '../../contracts/request.js';
import { runRef, type RunRef } from '../../contracts/run-ref.js';
import { imbalanceHandling } from '../../contracts/training.js';
import { defineTool, writes, type ToolContext } from '../../mcp/define-tool.js';
import { findJson, writeJson } from '../shared/json-objects.js';
import { compareImpact } from './logic/compare-impact.js';
import { mainMetric } from './logic/decide-evaluation.js';
import { historyExperiment, runIdOf, toExperiment, type PastRun } from './logic/past-run.js';

const seconds = z.number().nonnegative().nullable();

const input = z.object({
  run: runRef,
  request: trainingRequest.describe('The request of the plan that ran'),
  algorithm: z.string().nullable().describe('The one that was chosen; null: none, the run ended before'),
  rows: z.number().int().nonnegative().describe('Rows of the dataset version'),
  class_imbalance_handling: imbalanceHandling,
  cv_folds: z.number().int(),
  actual: z.object({
    training_seconds: seconds,
    total_seconds: seconds.describe('From the approval to the end, without waits for people'),
    cost_usd: z.number().nonnegative().nullable().describe('Null: not measured, as on this machine'),
    metrics: z.record(z.string(), z.number().nullable()).describe('Of the evaluation'),
  }),
});

function pastRunOf(given: z.output<typeof input>, algorithm: string): PastRun {
  const { request, actual } = given;
  const metrics = Object.entries(actual.metrics).filter((entry): entry is [string, number] => entry[1] !== null);
  return {
    training_id: given.run.training_id,
    model_name: request.model_name,
    dataset_id: request.dataset_id,
    target: request.target,
    task_type: request.task_type,
    algorithm,
    algorithms: request.algorithms,
    rows: given.rows,
    performance_profile: request.workflow_optimization.performance_profile,
    class_imbalance_handling: given.class_imbalance_handling,
    cv_folds: given.cv_folds,
    training_seconds: actual.training_seconds,
    total_seconds: actual.total_seconds,
    cost_usd: actual.cost_usd,
    metrics: Object.fromEntries(metrics),
  };
}

async function keepForEstimates(past: PastRun, run: RunRef, { ports, now }: ToolContext): Promise<string> {
  const runId = runIdOf(run.training_id, run.visit);
  const { params, metrics } = toExperiment(past);
  const timestamp = now().getTime();
  const known = await ports.experiments.createRun({
    runId,
    experiment: historyExperiment,
    runName: run.training_id,
    tags: { training_id: run.training_id, model_name: past.model_name },
  });
  const points = Object.entries(metrics).map(([key, value]) => ({ key, value, timestamp, step: 0 }));
  // A batch is logged whole: what is there was measured by the same run before a restart.
  if (Object.keys(known.metrics).length === 0) await ports.experiments.logBatch({ runId, params, metrics: points });
  await ports.experiments.endRun({ runId, status: 'FINISHED' });
  return runId;
}

export const trackOptimizationHistory = defineTool({
  name: 'track_optimization_history',
  title: 'Track predicted against actual',
  description:
    'Writes `optimizations/{training_id}/impact_report.json`, predicted against actual, and keeps the measured figures for the estimates of ' +
    'later requests. A run whose training was not measured leaves no figures.',
  input,
  output: z.object({ ...impactReport.shape, impact_key: z.string() }),
  annotations: writes,
  effect: { states: ['WriteHistory', 'WriteFailureHistory', 'WriteCancelHistory'] },
  handler: async (given, context) => {
    const { run, request, actual, algorithm } = given;
    const { objects } = context.ports;
    const folder = `optimizations/${run.training_id}`;
    const predicted = (await findJson(objects, `${folder}/proposal.json`, proposalDocument))?.estimated_impact ?? null;
    const metric = mainMetric(request);
    const measured = actual.training_seconds === null || algorithm === null ? null : pastRunOf(given, algorithm);
    const report = {
      format: 1 as const,
      training_id: run.training_id,
      history_entry_id: measured === null ? null : await keepForEstimates(measured, run, context),
      basis: predicted?.basis ?? 'no prediction was made',
      runs: predicted?.runs ?? 0,
      comparisons: compareImpact(predicted, {
        ...actual,
        metric: { name: metric, value: actual.metrics[metric] ?? null },
      }),
    };
    await writeJson(objects, `${folder}/impact_report.json`, report);
    return { ...report, impact_key: `${folder}/impact_report.json` };
  },
});
