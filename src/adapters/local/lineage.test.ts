import { openDatabase } from '../../db.js';
import { lineageSuite } from '../../ports/lineage.testsuite.js';
import { createLocalLineage } from './lineage.js';

lineageSuite('SQLite', async () => {
  const db = openDatabase(':memory:');
  return { lineage: createLocalLineage({ db }), close: async () => db.close() };
});
