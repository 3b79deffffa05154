import { openDatabase } from '../../db.js';
import { modelRegistrySuite } from '../../ports/model-registry.testsuite.js';
import { createLocalModelRegistry } from './model-registry.js';

modelRegistrySuite('SQLite', async () => {
  const db = openDatabase(':memory:');
  return { registry: createLocalModelRegistry({ db }), close: async () => db.close() };
});
