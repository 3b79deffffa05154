import type { Database } from '../../db.js';
import type { EffectJournal } from '../../ports/effect-journal.js';

const steps = ['CREATE TABLE effect (key TEXT PRIMARY KEY, status TEXT NOT NULL, result TEXT)'];

/** The journal in SQLite; every write is on disk when it resolves. */
export function createLocalEffectJournal(params: { db: Database }): EffectJournal {
  const { db } = params;
  db.migrate('effect-journal', steps);
  return {
    async find({ key }) {
      const row = db.first('SELECT status, result FROM effect WHERE key = ?', key);
      if (row === undefined) return null;
      if (row['status'] === 'intended') return { key, status: 'intended' };
      return { key, status: 'done', result: JSON.parse(String(row['result'])) };
    },
    async intend({ key }) {
      db.run("INSERT INTO effect (key, status) VALUES (?, 'intended') ON CONFLICT (key) DO NOTHING", key);
    },
    async complete({ key, result }) {
      // The first result stays: it is the one that the other side knows.
      db.run(
        `INSERT INTO effect (key, status, result) VALUES (?, 'done', ?)
         ON CONFLICT (key) DO UPDATE SET status = 'done', result = excluded.result WHERE status = 'intended'`,
        key,
        JSON.stringify(result ?? null),
      );
    },
  };
}
