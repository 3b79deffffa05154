import { z } from 'zod';
import { droppedColumn, featureDefinitions, lagColumn, prepareSpec, qualityCheck } from '../../contracts/data.js';
import { feature, generatedFeature } from '../../contracts/training.js';
import { defineFeatures } from '../../jobs/data/feature-definitions.js';
import { planFeatures } from '../../jobs/data/plan-features.js';
import { defineTool, readOnly } from '../../mcp/define-tool.js';
import { dataChoice, datasetRef, readDataset } from './logic/read-dataset.js';

export const featureEngineering = defineTool({
  name: 'feature_engineering',
  title: 'Plan the features',
  description:
    'Answers which columns of a dataset version become features, of which kind, through which steps (at preparation or inside the model), and why the ' +
    'others do not; and what is generated of them (products, aggregates, values of earlier rows). The preparation carries out this very plan. Changes nothing.',
  input: z.object({ ...datasetRef, ...dataChoice, preprocessing: prepareSpec.shape.preprocessing }),
  output: z.object({
    dataset_id: z.string(),
    version: z.string(),
    features: z.array(feature),
    generated_features: z.array(generatedFeature),
    lag_columns: z.array(lagColumn),
    dropped_columns: z.array(droppedColumn),
    extra_columns: z.array(z.string()),
    problems: z.array(qualityCheck),
    definitions: featureDefinitions,
  }),
  annotations: readOnly,
  effect: null,
  async handler(input, context) {
    const { version, profile } = await readDataset(input, context);
    const plan = planFeatures(profile.columns, input, input.language);
    const { target, preprocessing } = input;
    return {
      dataset_id: version.datasetId,
      version: version.version,
      features: plan.features,
      generated_features: plan.generated,
      lag_columns: plan.lags,
      dropped_columns: plan.dropped,
      extra_columns: plan.extraColumns,
      problems: plan.problems,
      definitions: defineFeatures({
        target,
        plan,
        columns: profile.columns,
        preprocessing,
        timeColumn: input.time_column,
      }),
    };
  },
});
