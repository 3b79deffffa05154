import { z } from 'zod';

/** What the docs, the issue form and the problem messages know about one field beside its schema. */
export interface FieldDoc {
  description: string;
  /** What holds when the field is left out, as text. */
  default?: string;
  /** The only values that work now; whatever else the schema takes is refused as planned. Empty: the whole field is. */
  available?: readonly (string | number | boolean)[];
  /** How an answer in an issue form is read; `yaml` when not said. */
  form?: 'text' | 'list' | 'yaml';
  example?: string;
}

/** Field schema -> its doc. */
export const fieldDocs = z.registry<FieldDoc>();

/** Everything of a doc but its description. */
export type Extras = Omit<FieldDoc, 'description'>;

/** A field that must be there. A copy is registered, so that a shared schema has one doc a field. */
export function required<T extends z.ZodType>(schema: T, description: string, extras: Extras = {}): T {
  const own = schema.clone();
  fieldDocs.add(own, { description, ...extras });
  return own;
}

/** A field that may be left out. */
export function field<T extends z.ZodType>(schema: T, description: string, extras: Extras = {}): z.ZodOptional<T> {
  return required(schema.optional(), description, extras);
}

/** The whole field is for later. */
export const planned = { available: [] } as const;
export const anyObject = z.record(z.string(), z.json());
/** 0..1 */
export const share = z.number().min(0).max(1);
/** Name of a column. */
export const column = z.string().min(1).max(200);
export const columns = z.array(column).max(5000);
export const text = z.string().min(1).max(1000);

/** Metrics of which more is better. */
export const scoreMetrics = ['f1_score', 'accuracy', 'precision', 'recall', 'auc_roc', 'r2'] as const;
/** Metrics of which less is better. */
export const errorMetrics = ['log_loss', 'rmse', 'mae', 'mape'] as const;
const plannedMetrics = [
  'silhouette',
  'davies_bouldin',
  'explained_variance',
  'average_reward',
  'episode_length',
  'success_rate',
] as const;
export const supervisedMetrics = [...scoreMetrics, ...errorMetrics] as const;
export const metric = z.enum([...supervisedMetrics, ...plannedMetrics]);
