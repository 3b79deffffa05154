import type { Database, SqlRow } from '../../db.js';
import type { EffectJournal, EffectRecord } from '../../ports/effect-journal.js';

const steps = ['CREATE TABLE effect (key TEXT PRIMARY KEY, status TEXT NOT NULL, result TEXT)'];

function recordOf(row: SqlRow): EffectRecord {
  const key = String(row['key']);
  if (row['status'] === 'intended') return { key, status: 'intended' };
  return { key, status: 'done', result: JSON.parse(String(row['result'])) };
}

/** The journal in SQLite; every write is on disk when it resolves. */
export function createLocalEffectJournal(params: { db: Database }): EffectJournal {
  const { db } = params;
  db.migrate('effect-journal', steps);
  return {
    async find({ key }) {
      const row = db.first('SELECT key, status, result FROM effect WHERE key = ?', key);
      return row === undefined ? null : recordOf(row);
    },
    async list({ prefix }) {
      // A range, so that the index of the keys is used; no key holds the greatest character.
      const sql = 'SELECT key, status, result FROM effect WHERE key >= ? AND key < ? ORDER BY rowid';
      return db.all(sql, prefix, `${prefix}\u{10FFFF}`).map(recordOf);
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
