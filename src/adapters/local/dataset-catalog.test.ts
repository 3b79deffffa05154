import { openDatabase } from '../../db.js';
import { datasetCatalogSuite } from '../../ports/dataset-catalog.testsuite.js';
import { createLocalDatasetCatalog } from './dataset-catalog.js';

datasetCatalogSuite('SQLite', async () => createLocalDatasetCatalog({ db: openDatabase(':memory:') }));
