import { z } from 'zod';

/** One hyperparameter of an algorithm, as `trainer/algorithms.json` lists it. */
export const hyperparameterSpec = z.object({
  type: z.enum(['integer', 'number', 'string', 'boolean', 'integer_array']),
  minimum: z.number().optional(),
  maximum: z.number().optional(),
  enum: z.array(z.string()).optional(),
  /** Most items of an `integer_array`. */
  max_items: z.number().int().optional(),
  default: z.json(),
  nullable: z.boolean().default(false),
  aliases: z.array(z.string()).default([]),
  summary: z.string(),
});
export type HyperparameterSpec = z.infer<typeof hyperparameterSpec>;

/** `trainer/algorithms.json`: the single list of algorithms, read by the trainer and by the request's validation. */
export const algorithmCatalogue = z.object({
  format: z.literal(1),
  algorithms: z.record(
    z.string(),
    z.object({
      task_types: z.array(z.enum(['classification', 'regression'])),
      summary: z.string(),
      hyperparameters: z.record(z.string(), hyperparameterSpec),
    }),
  ),
});
export type AlgorithmCatalogue = z.infer<typeof algorithmCatalogue>;
