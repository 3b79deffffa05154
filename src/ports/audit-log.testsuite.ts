import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { AuditEntry, AuditLog } from './audit-log.js';

const entry = (change: Partial<AuditEntry>): AuditEntry => ({
  key: 'tracker/e-1/approve/done',
  at: '2026-01-31T09:30:00.000Z',
  by: 'aya',
  action: 'approve',
  outcome: 'done',
  issueNumber: 1,
  trainingId: 'train-20260131-093000-1',
  planHash: 'ab'.repeat(32),
  detail: null,
  ...change,
});

/** What every audit log promises. */
export function auditLogSuite(make: () => { audit: AuditLog; close: () => void }): void {
  describe('an audit log', () => {
    let made: ReturnType<typeof make>;
    beforeEach(() => {
      made = make();
    });
    afterEach(() => made.close());
    const actions = async (like: Parameters<AuditLog['list']>[0]) =>
      (await made.audit.list(like)).map(({ action, by }) => `${action} ${by}`);

    test('keeps what it is told, in order and numbered', async () => {
      const told = entry({ detail: 'said so' });
      await made.audit.record(told);
      await made.audit.record(entry({ key: 'other', outcome: 'refused', planHash: null }));
      const [first, second] = await made.audit.list({});
      const { key: _key, ...kept } = told;
      expect(first).toMatchObject({ ...kept, sequence: 1 });
      expect(second).toMatchObject({ sequence: 2, outcome: 'refused', planHash: null });
      expect(second?.digest).not.toBe(first?.digest);
    });

    test('keeps the same happening once', async () => {
      await made.audit.record(entry({}));
      await made.audit.record(entry({ detail: 'again' }));
      expect(await made.audit.list({})).toMatchObject([{ detail: null }]);
    });

    test('finds by run, issue, person and time, and the last ones', async () => {
      await made.audit.record(entry({ key: '1', action: 'one' }));
      await made.audit.record(entry({ key: '2', action: 'two', by: 'ken', trainingId: null, issueNumber: 2 }));
      await made.audit.record(entry({ key: '3', action: 'three', at: '2026-02-01T00:00:00.000Z', issueNumber: null }));
      expect(await actions({ trainingId: 'train-20260131-093000-1' })).toEqual(['one aya', 'three aya']);
      expect(await actions({ issueNumber: 2 })).toEqual(['two ken']);
      expect(await actions({ by: 'aya', since: '2026-02-01T00:00:00.000Z' })).toEqual(['three aya']);
      expect(await actions({ limit: 2 })).toEqual(['two ken', 'three aya']);
      expect(await actions({ by: 'nobody' })).toEqual([]);
    });

    test('is whole as long as nobody changes it', async () => {
      for (const key of ['1', '2', '3']) await made.audit.record(entry({ key }));
      expect(await made.audit.verify()).toEqual([]);
    });
  });
}
