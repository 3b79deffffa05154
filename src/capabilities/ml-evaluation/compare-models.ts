import { z } from 'zod';
import { errorMetrics, type EvaluationResults } from '../../contracts/evaluation.js';
import { slug, trainingId } from '../../contracts/run-ref.js';
import { DandoriError } from '../../errors.js';
import { defineTool, readOnly } from '../../mcp/define-tool.js';
import type { Ports } from '../../ports/ports.js';
import { storedResults } from './logic/stored-results.js';

const model = z
  .strictObject({ training_id: trainingId.optional(), model_name: slug.optional(), version: z.string().optional() })
  .describe('training_id, or model_name with version');

const side = z.object({ name: z.string(), training_id: z.string(), rows: z.number(), model_sha256: z.string() });

/** Evaluations of two models beside each other. */
export const compareModels = defineTool({
  name: 'compare_models',
  title: 'Compare two models',
  description:
    'The test metrics of two trainings or registered versions, side by side, and which one is better at each. Each was measured on its ' +
    'own test split; where both are versions of one model and were evaluated on the same rows, those figures are answered ' +
    '(same_rows true). Changes nothing.',
  input: z.strictObject({ previous: model, current: model }),
  output: z.object({
    previous: side,
    current: side,
    same_rows: z.boolean(),
    agreement: z.number().nullable().describe('Share of the same rows on which both answer alike'),
    metrics: z.record(
      z.string(),
      z.object({
        previous: z.number().nullable(),
        current: z.number().nullable(),
        difference: z.number().nullable(),
        better: z.enum(['previous', 'current', 'same', 'unknown']),
      }),
    ),
  }),
  annotations: readOnly,
  effect: null,
  async handler(given, { ports }) {
    const [previous, current] = await Promise.all([find(given.previous, ports), find(given.current, ports)]);
    if (previous.results.task_type !== current.results.task_type) {
      throw new DandoriError('invalid_input', 'A classification and a regression have no metric in common.', {
        found: `${previous.name}: ${previous.results.task_type}, ${current.name}: ${current.results.task_type}`,
      });
    }
    const { comparison } = current.results;
    const isSameModel =
      given.previous.model_name !== undefined && given.previous.model_name === given.current.model_name;
    const together = isSameModel && comparison?.previous_version === previous.version ? comparison : null;
    const names = [...new Set([...Object.keys(previous.results.metrics), ...Object.keys(current.results.metrics)])];
    const metrics = names.map((name) => {
      const before = (together === null ? previous.results.metrics[name] : together.metrics[name]?.previous) ?? null;
      return [name, compare(name, before, current.results.metrics[name] ?? null)] as const;
    });
    return {
      previous: sideOf(previous),
      current: sideOf(current),
      same_rows: together !== null,
      agreement: together?.agreement ?? null,
      metrics: Object.fromEntries(metrics),
    };
  },
});

interface Found {
  name: string;
  /** Of the registry; null when found by training. */
  version: string | null;
  results: EvaluationResults;
}

async function find(asked: z.output<typeof model>, ports: Ports): Promise<Found> {
  const { training_id, model_name, version } = asked;
  if (training_id !== undefined && model_name === undefined && version === undefined) {
    return { name: training_id, version: null, results: await storedResults(ports, training_id) };
  }
  if (training_id === undefined && model_name !== undefined && version !== undefined) {
    const found = await ports.registry.getVersion({ modelName: model_name, version });
    return { name: `${model_name} ${version}`, version, results: await storedResults(ports, found.trainingId) };
  }
  throw new DandoriError('invalid_input', 'A model is named in one of two ways.', {
    found: Object.keys(asked).join(', ') || 'nothing',
    allowed: 'training_id alone, or model_name and version',
  });
}

function sideOf({ name, results }: Found) {
  return { name, training_id: results.training_id, rows: results.rows, model_sha256: results.model_sha256 };
}

function compare(name: string, previous: number | null, current: number | null) {
  if (previous === null || current === null) return { previous, current, difference: null, better: 'unknown' as const };
  const difference = current - previous;
  const gain = errorMetrics.has(name) ? -difference : difference;
  return {
    previous,
    current,
    difference,
    better: gain === 0 ? ('same' as const) : gain > 0 ? ('current' as const) : ('previous' as const),
  };
}
