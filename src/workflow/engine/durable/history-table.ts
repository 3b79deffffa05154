import type { Database, SqlRow } from '../../../db.js';
import type { HistoryRecord } from '../interpreter/types.js';
import type { JsonObject } from '../json.js';
import { corrupt, parse } from './corrupt.js';
import { packPlain, plainEvents, unpackEvents } from './packed-events.js';

// Whenever the number of events passes a multiple of it, and at the end, what is plain is packed: about every 16 steps.
const eventsPerPack = 100;
const plainRows = "execution = ? AND substr(events, 1, 1) = X'02'";

function bytesOf(name: string, row: SqlRow): Uint8Array {
  const bytes = row['events'];
  if (bytes instanceof Uint8Array) return bytes;
  throw corrupt(name, 'its history');
}

function unpack(name: string, row: SqlRow): HistoryRecord[] {
  const bytes = bytesOf(name, row);
  try {
    return unpackEvents(bytes);
  } catch (error) {
    throw corrupt(name, 'its history', error);
  }
}

function oldRecord(name: string, row: SqlRow): HistoryRecord {
  return {
    id: Number(row['id']),
    previousEventId: Number(row['previous_id']),
    type: String(row['type']),
    atMs: Number(row['at']),
    details: parse(name, row['details']) as JsonObject,
    ...(row['variables'] === null ? {} : { variables: parse(name, row['variables']) as JsonObject }),
  };
}

/** The histories: a row for each step, packed into one from time to time. Transactions are the caller's. */
export class HistoryTable {
  readonly #db: Database;

  constructor(db: Database) {
    this.#db = db;
  }

  /** Appends the events of one step; `hasEnded`: no step is expected after it. */
  append(name: string, records: readonly HistoryRecord[], hasEnded: boolean): void {
    const [first, last] = [records[0], records.at(-1)];
    if (first === undefined || last === undefined) return;
    this.#insert(name, first.id, plainEvents(records));
    const passes = Math.floor(last.id / eventsPerPack) > Math.floor((first.id - 1) / eventsPerPack);
    if (hasEnded || passes) this.#pack(name);
  }

  #insert(name: string, firstId: number, events: Uint8Array): void {
    this.#db.run('INSERT INTO wf_events (execution, first_id, events) VALUES (?, ?, ?)', name, firstId, events);
  }

  #pack(name: string): void {
    const rows = this.#db.all(`SELECT first_id, events FROM wf_events WHERE ${plainRows} ORDER BY first_id`, name);
    let packed;
    try {
      packed = packPlain(rows.map((row) => bytesOf(name, row)));
    } catch {
      // Damaged: whoever reads the history is told; the execution itself goes on without it.
      return;
    }
    this.#db.run(`DELETE FROM wf_events WHERE ${plainRows}`, name);
    this.#insert(name, Number(rows[0]?.['first_id']), packed);
  }

  /** Every event of an execution, in order. */
  records(name: string): HistoryRecord[] {
    // Up to schema version 1 every event had a row of its own.
    const old = this.#db.all(
      'SELECT id, previous_id, type, at, details, variables FROM wf_history WHERE execution = ? ORDER BY id',
      name,
    );
    const rows = this.#db.all('SELECT events FROM wf_events WHERE execution = ? ORDER BY first_id', name);
    return [...old.map((row) => oldRecord(name, row)), ...rows.flatMap((row) => unpack(name, row))];
  }
}
