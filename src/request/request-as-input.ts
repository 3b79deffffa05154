import type { TrainingRequest } from '../contracts/request.js';

/** Null is no value in a request that a person writes. */
function withoutNulls(value: object): Record<string, unknown> {
  return Object.fromEntries(Object.entries(value).filter(([, member]) => member !== null));
}

function optimizationAsInput(request: TrainingRequest): Record<string, unknown> {
  const { enabled, auto_approve, performance_profile, ...fixed } = request.workflow_optimization;
  const { class_imbalance_handling: handling, ...evaluation } = fixed;
  return {
    enabled,
    auto_approve,
    performance_profile,
    phase1_optimizations: handling === null ? {} : { class_imbalance_handling: handling },
    phase3_optimizations: withoutNulls(evaluation),
  };
}

/** The request as a person could have written it: validating it again gives the same request. */
export function requestAsInput(request: TrainingRequest): Record<string, unknown> {
  const { algorithms, criteria, data_source: source, data_preprocessing: preprocessing, features, ...rest } = request;
  const { fill_value: fillValue, outliers, feature_selection: selection, ...cleaning } = preprocessing;
  return {
    ...withoutNulls(rest),
    ...(algorithms.length === 0 ? {} : { algorithm: algorithms }),
    ...(source === null ? {} : { data_source: withoutNulls(source) }),
    evaluation_threshold: criteria,
    data_preprocessing: {
      ...cleaning,
      ...(fillValue === null ? {} : { fill_value: fillValue }),
      outliers,
      feature_selection: withoutNulls(selection),
    },
    features: withoutNulls(features),
    workflow_optimization: optimizationAsInput(request),
  };
}
