import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { openDatabase, type Database } from '../../../db.js';
import type { HistoryRecord } from '../interpreter/types.js';
import { HistoryTable } from './history-table.js';
import { engineSchema } from './schema.js';

let db: Database;
let table: HistoryTable;
beforeEach(() => {
  db = openDatabase(':memory:');
  db.migrate('workflow_engine', engineSchema);
  table = new HistoryTable(db);
});
afterEach(() => db.close());

const rows = (name: string) =>
  db.all('SELECT first_id, hex(substr(events, 1, 1)) AS format FROM wf_events WHERE execution = ?', name);
const packed = (id: number) => ({ first_id: id, format: '03' });
const plain = (id: number) => ({ first_id: id, format: '02' });

/** A step of that many events, behind those that are there. */
function addStep(name: string, events: number, hasEnded = false): HistoryRecord[] {
  const before = table.records(name).length;
  const step = Array.from({ length: events }, (_none, n) => {
    const id = before + n + 1;
    return { id, previousEventId: id - 1, type: 'Any', atMs: id, details: { n: id } };
  });
  table.append(name, step, hasEnded);
  return step;
}

describe('the table of histories', () => {
  test('keeps steps plain until the end, then packs them into one row', () => {
    const steps = [addStep('a', 3), addStep('a', 6)];
    addStep('b', 2);
    expect(rows('a')).toEqual([plain(1), plain(4)]);
    steps.push(addStep('a', 2, true));
    expect(rows('a')).toEqual([packed(1)]);
    expect(rows('b')).toEqual([plain(1)]);
    expect(table.records('a')).toEqual(steps.flat());
  });

  test('packs what is plain whenever the events pass a hundred', () => {
    const steps = [addStep('a', 60), addStep('a', 39)];
    expect(rows('a')).toEqual([plain(1), plain(61)]);
    steps.push(addStep('a', 1), addStep('a', 5), addStep('a', 250), addStep('a', 1));
    expect(rows('a')).toEqual([packed(1), packed(101), plain(356)]);
    expect(table.records('a')).toEqual(steps.flat());
  });

  test('packs a run that goes on after its end behind what is packed', () => {
    const steps = [addStep('a', 3, true), addStep('a', 4), addStep('a', 2, true)];
    expect(rows('a')).toEqual([packed(1), packed(4)]);
    expect(table.records('a')).toEqual(steps.flat());
  });

  test('leaves damaged steps as they are, for whoever reads them, and takes further ones', () => {
    const details = { text: 'as it was' };
    table.append('a', [{ id: 1, previousEventId: 0, type: 'Any', atMs: 1, details }], false);
    db.run("UPDATE wf_events SET events = CAST(replace(events, 'was', 'is ') AS BLOB)");
    table.append('a', [{ id: 2, previousEventId: 1, type: 'Any', atMs: 2, details }], true);
    expect(rows('a')).toEqual([plain(1), plain(2)]);
    expect(() => table.records('a')).toThrow(/The stored execution a cannot be read: its history/);
  });
});
