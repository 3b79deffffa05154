import { z } from 'zod';
import { dataPreparationOutput } from '../agents/data-preparation.js';
import { appliedConfig } from '../agents/inputs.js';
import { specFor, trainingOutput } from '../agents/training.js';
import { scriptKeys } from '../agents/training-script.js';
import { trainingJob } from '../capabilities/ml-training/logic/train.js';
import { preparedData } from '../contracts/data.js';
import { approvedPlan } from '../contracts/execution.js';
import { trainingReport } from '../contracts/training.js';
import { DandoriError } from '../errors.js';
import { environmentStamp, trainerDir } from '../installation.js';
import { codeDigest, readCodeFiles } from '../request/plan-hash.js';
import type { App } from './app.js';
import type { ReproduceAnswer } from './api-types.js';
import { runView } from './views.js';

const finished = z.object({ approval: approvedPlan, data: dataPreparationOutput, training: trainingOutput });

/** What a run trained with, from its own record. */
async function trained(app: App, trainingId: string): Promise<z.output<typeof finished>> {
  const { data } = await runView(app, trainingId);
  const parsed = finished.safeParse(data);
  if (parsed.success) return parsed.data;
  throw new DandoriError('wrong_state', `${trainingId} cannot be reproduced.`, {
    found: 'a run that did not finish its training',
    allowed: 'a run whose training ended well',
    next: '"npx dandori list" shows the runs.',
  });
}

async function json<T>(app: App, key: string, schema: z.ZodType<T>): Promise<T> {
  return schema.parse(JSON.parse(new TextDecoder().decode(await app.ports.objects.get({ key }))));
}

/** Trains again with the recorded plan on the recorded rows; called again with the same `attempt` it answers the progress, then the verdict. */
export async function reproduce(app: App, trainingId: string, attempt: string): Promise<ReproduceAnswer> {
  const { approval, data, training } = await trained(app, trainingId);
  const { plan } = approval;
  const { request } = plan;
  const prepared = await json(app, data.prepared_s3, preparedData);
  const applied = appliedConfig.parse(plan.proposal);
  const job = trainingJob({
    run: { training_id: trainingId, state: 'TrainModel', visit: 1, attempt: 0 },
    training_spec: specFor(trainingId, prepared, applied, request.seed),
    train_key: data.training_data_s3,
    validation_key: data.validation_data_s3,
    ...scriptKeys(trainingId, request),
    limits: {
      max_runtime_seconds: request.limits.max_runtime_minutes * 60,
      max_memory_mb: request.limits.max_memory_mb,
    },
    language: 'en',
    tags: {},
  });
  const prefix = `trainings/${trainingId}/reproductions/${attempt}`;
  const started = await app.ports.jobs.startJob({
    ...job,
    jobName: `reproduce/${trainingId}/${attempt}`,
    logName: `reproduction.${attempt}`,
    outputPrefix: prefix,
  });
  const progress = { progress: started.progressPercent, phase: started.phase };
  if (started.status === 'Failed' || started.status === 'Stopped') {
    throw new DandoriError(
      'job_failed',
      `Training ${trainingId} again failed: ${started.failureReason ?? started.status}`,
    );
  }
  if (started.status !== 'Completed') return { training_id: trainingId, ...progress, verdict: null };
  return { training_id: trainingId, ...progress, verdict: await compare(app, plan, training.output_prefix, prefix) };
}

async function compare(
  app: App,
  plan: z.output<typeof approvedPlan>['plan'],
  before: string,
  after: string,
): Promise<NonNullable<ReproduceAnswer['verdict']>> {
  const artefact = plan.request.inference_script === undefined ? 'model.onnx' : 'python_model.json';
  const model = async (prefix: string) =>
    (await app.ports.objects.head({ key: `${prefix}/model/${artefact}` }))?.sha256 ?? '';
  const figures = async (prefix: string) => {
    const report = await json(app, `${prefix}/model/training_report.json`, trainingReport).catch(() => null);
    return report === null ? {} : { ...report.train_metrics, ...report.validation_metrics, cv: report.cv?.mean ?? 0 };
  };
  const [modelBefore, modelAfter] = [await model(before), await model(after)];
  const [figuresBefore, figuresAfter] = [await figures(before), await figures(after)];
  const notes = [
    ...(environmentStamp(app.config.pythonPath).digest === plan.environment_digest
      ? []
      : ['the Python environment is another one than then']),
    ...(plan.request.training_script !== null || codeDigest(readCodeFiles(trainerDir)) === plan.code_digest
      ? []
      : ['the trainer is another one than then']),
  ];
  return {
    same_model: modelBefore !== '' && modelBefore === modelAfter,
    same_metrics: JSON.stringify(figuresBefore) === JSON.stringify(figuresAfter),
    model_sha256: { before: modelBefore, after: modelAfter },
    notes,
  };
}
