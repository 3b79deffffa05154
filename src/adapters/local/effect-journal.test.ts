import { openDatabase } from '../../db.js';
import { effectJournalSuite } from '../../ports/effect-journal.testsuite.js';
import { createLocalEffectJournal } from './effect-journal.js';

effectJournalSuite('SQLite', async () => {
  const db = openDatabase(':memory:');
  return {
    journal: createLocalEffectJournal({ db }),
    reopen: async () => createLocalEffectJournal({ db }),
    close: async () => db.close(),
  };
});
