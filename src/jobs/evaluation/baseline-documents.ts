import { z } from 'zod';

const common = z.object({ num_present: z.number().int(), num_missing: z.number().int() });

const numericalStatistics = z.object({
  common,
  mean: z.number(),
  sum: z.number(),
  /** Of the population, as Deequ has it. */
  std_dev: z.number(),
  min: z.number(),
  max: z.number(),
  distribution: z.object({
    kll: z.object({
      /** Always 10, of equal width from min to max. */
      buckets: z.array(z.object({ lower_bound: z.number(), upper_bound: z.number(), count: z.number() })),
      /** Level i holds items that stand for 2^i rows each. */
      sketch: z.object({ parameters: z.object({ c: z.number(), k: z.number() }), data: z.array(z.array(z.number())) }),
    }),
  }),
});

const stringStatistics = z.object({
  common,
  distinct_count: z.number().int(),
  distribution: z.object({
    categorical: z.object({ buckets: z.array(z.object({ value: z.string(), count: z.number().int() })) }),
  }),
});

const featureStatistics = z.object({
  name: z.string(),
  inferred_type: z.enum(['Fractional', 'Integral', 'String', 'Unknown']),
  numerical_statistics: numericalStatistics.optional(),
  string_statistics: stringStatistics.optional(),
});
export type FeatureStatistics = z.infer<typeof featureStatistics>;

/** `statistics.json`, version 0 of Model Monitor's format (reference C.2). */
export const statisticsDocument = z.object({
  version: z.literal(0),
  dataset: z.object({ item_count: z.number().int() }),
  features: z.array(featureStatistics),
});
export type StatisticsDocument = z.infer<typeof statisticsDocument>;

/** `constraints.json`, version 0 of Model Monitor's format (reference C.3). */
export const constraintsDocument = z.object({
  version: z.literal(0),
  features: z.array(
    z.object({
      name: z.string(),
      inferred_type: z.enum(['Fractional', 'Integral', 'String', 'Unknown']),
      completeness: z.number(),
      num_constraints: z.object({ is_non_negative: z.boolean() }).optional(),
      string_constraints: z.object({ domains: z.array(z.string()) }).optional(),
    }),
  ),
  monitoring_config: z.object({
    evaluate_constraints: z.enum(['Enabled', 'Disabled']),
    emit_metrics: z.enum(['Enabled', 'Disabled']),
    datatype_check_threshold: z.number(),
    domain_content_threshold: z.number(),
    distribution_constraints: z.object({
      perform_comparison: z.enum(['Enabled', 'Disabled']),
      comparison_threshold: z.number(),
      comparison_method: z.enum(['Simple', 'Robust']),
      categorical_comparison_threshold: z.number(),
      categorical_drift_method: z.enum(['LInfinity', 'ChiSquared']),
    }),
  }),
});
export type ConstraintsDocument = z.infer<typeof constraintsDocument>;

/** A text with more values than this has no domain: each new value would be a violation. */
const maxDomain = 100;

/** Suggested constraints for the baseline: its types, completeness and domains with Model Monitor's default thresholds. */
export function suggestConstraints(statistics: StatisticsDocument): ConstraintsDocument {
  return {
    version: 0,
    features: statistics.features.map(({ name, inferred_type, numerical_statistics, string_statistics }) => {
      const counts = numerical_statistics?.common ?? string_statistics?.common ?? { num_present: 0, num_missing: 1 };
      const buckets = string_statistics?.distribution.categorical.buckets ?? [];
      const hasDomain =
        string_statistics !== undefined &&
        buckets.length === string_statistics.distinct_count &&
        buckets.length <= maxDomain;
      return {
        name,
        inferred_type,
        completeness: counts.num_present / Math.max(1, counts.num_present + counts.num_missing),
        ...(numerical_statistics === undefined
          ? {}
          : { num_constraints: { is_non_negative: numerical_statistics.min >= 0 } }),
        ...(hasDomain ? { string_constraints: { domains: buckets.map((bucket) => bucket.value) } } : {}),
      };
    }),
    monitoring_config: {
      evaluate_constraints: 'Enabled',
      emit_metrics: 'Enabled',
      datatype_check_threshold: 0.1,
      domain_content_threshold: 0.1,
      distribution_constraints: {
        perform_comparison: 'Enabled',
        comparison_threshold: 0.1,
        comparison_method: 'Robust',
        categorical_comparison_threshold: 0.1,
        categorical_drift_method: 'LInfinity',
      },
    },
  };
}
