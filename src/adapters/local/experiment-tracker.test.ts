import { openDatabase } from '../../db.js';
import { experimentTrackerSuite } from '../../ports/experiment-tracker.testsuite.js';
import { createLocalExperimentTracker } from './experiment-tracker.js';

experimentTrackerSuite('SQLite', async () => {
  const db = openDatabase(':memory:');
  return { tracker: createLocalExperimentTracker({ db }), close: async () => db.close() };
});
