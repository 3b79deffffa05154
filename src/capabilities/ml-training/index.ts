import { compareRuns } from './compare-runs.js';
import { getJobLogs } from './get-job-logs.js';
import { getTrainingJob } from './get-training-job.js';
import { listExperimentRuns } from './list-experiment-runs.js';
import { listTrainingJobs } from './list-training-jobs.js';
import {
  hyperparameterOptimization,
  trainReinforcement,
  trainUnsupervisedClustering,
  trainUnsupervisedDimensionalityReduction,
} from './planned-training.js';
import { selectOptimalResources } from './select-optimal-resources.js';
import { storeTrainingScript } from './store-training-script.js';
import { trainSupervisedClassifier } from './train-supervised-classifier.js';
import { trainSupervisedRegressor } from './train-supervised-regressor.js';

/** Tools of the capability ML Training. */
export const mlTrainingTools = [
  trainSupervisedClassifier,
  trainSupervisedRegressor,
  storeTrainingScript,
  getTrainingJob,
  listTrainingJobs,
  getJobLogs,
  selectOptimalResources,
  listExperimentRuns,
  compareRuns,
  trainUnsupervisedClustering,
  trainUnsupervisedDimensionalityReduction,
  trainReinforcement,
  hyperparameterOptimization,
] as const;
