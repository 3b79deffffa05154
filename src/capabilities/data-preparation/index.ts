import { applyClassImbalanceHandling } from './apply-class-imbalance-handling.js';
import { checkoutDataset } from './checkout-dataset.js';
import { diffDatasets } from './diff-datasets.js';
import { featureEngineering } from './feature-engineering.js';
import { getDataset } from './get-dataset.js';
import { listDatasets } from './list-datasets.js';
import { loadDataset } from './load-dataset.js';
import { preprocessReinforcement, preprocessUnsupervised } from './planned-preprocessing.js';
import { preprocessSupervised } from './preprocess-supervised.js';
import { splitDataset } from './split-dataset.js';
import { validateData } from './validate-data.js';

/** Tools of the capability Data Preparation. */
export const dataPreparationTools = [
  loadDataset,
  validateData,
  preprocessSupervised,
  preprocessUnsupervised,
  preprocessReinforcement,
  featureEngineering,
  splitDataset,
  applyClassImbalanceHandling,
  listDatasets,
  getDataset,
  diffDatasets,
  checkoutDataset,
] as const;
