import { afterEach, describe, expect, test } from 'vitest';
import { type Database, openDatabase } from '../../db.js';
import { auditLogSuite } from '../../ports/audit-log.testsuite.js';
import type { AuditEntry } from '../../ports/audit-log.js';
import { createLocalAuditLog } from './audit-log.js';
import { createLocalRunIndex } from './run-index.js';

auditLogSuite(() => {
  const db = openDatabase(':memory:');
  return { audit: createLocalAuditLog({ db }), close: () => db.close() };
});

const entry: AuditEntry = {
  key: 'k',
  at: '2026-01-31T09:30:00.000Z',
  by: 'aya',
  action: 'cancel',
  outcome: 'done',
  issueNumber: 1,
  trainingId: null,
  planHash: null,
  detail: null,
};

describe('the audit log in SQLite', () => {
  let db: Database;
  afterEach(() => db.close());
  const openLog = () => {
    db = openDatabase(':memory:');
    return createLocalAuditLog({ db });
  };

  test.each(["UPDATE audit SET by = 'ken'", 'DELETE FROM audit'])('lets nobody: %s', async (sql) => {
    await openLog().record(entry);
    expect(() => db.run(sql)).toThrow(/only added to/);
  });

  test.each([
    ["UPDATE audit SET by = 'ken' WHERE sequence = 2", ['entry 2 was changed after it was written']],
    [
      'DELETE FROM audit WHERE sequence IN (2, 1500)',
      ['between entry 1 and entry 3 some are missing', 'between entry 1499 and entry 1501 some are missing'],
    ],
  ])('shows that somebody went round that, and where: %s', async (sql, problems) => {
    const audit = openLog();
    for (let key = 0; key < 2_100; key += 1) audit.write({ ...entry, key: String(key) });
    db.run('DROP TRIGGER audit_is_not_changed');
    db.run('DROP TRIGGER audit_is_not_cut');
    db.run(sql);
    expect(await audit.verify()).toEqual(problems);
  });

  test('is one commit with what it tells of: neither is kept when one cannot be', async () => {
    const audit = openLog();
    const runs = createLocalRunIndex({ db, audit });
    await runs.setValue({ key: 'answer', value: 'yes', audit: entry });
    expect(await audit.list({})).toHaveLength(1);
    db.run('DROP TABLE small_value');
    await expect(runs.setValue({ key: 'answer', value: 'no', audit: { ...entry, key: 'other' } })).rejects.toThrow(
      /no such table/,
    );
    expect(await audit.list({})).toHaveLength(1);
  });

  test('cuts a long detail, and chains what it kept', async () => {
    const audit = openLog();
    await audit.record({ ...entry, detail: 'x'.repeat(9_000) });
    expect((await audit.list({}))[0]?.detail).toHaveLength(2_000);
    expect(await audit.verify()).toEqual([]);
  });
});
