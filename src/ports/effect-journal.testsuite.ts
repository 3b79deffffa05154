import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { once, type EffectJournal } from './effect-journal.js';

/** What every effect journal promises; `reopen` answers the same journal as a new process would see it. */
export function effectJournalSuite(
  name: string,
  open: () => Promise<{ journal: EffectJournal; reopen: () => Promise<EffectJournal>; close: () => Promise<void> }>,
): void {
  describe(`${name} as an effect journal`, () => {
    let at: Awaited<ReturnType<typeof open>>;
    beforeEach(async () => {
      at = await open();
    });
    afterEach(() => at.close());

    test('knows nothing at first', async () => {
      expect(await at.journal.find({ key: 'a/b/1/comment' })).toBeNull();
    });

    test('goes from intended to done and keeps both over a restart', async () => {
      await at.journal.intend({ key: 'k' });
      expect(await (await at.reopen()).find({ key: 'k' })).toEqual({ key: 'k', status: 'intended' });
      await at.journal.complete({ key: 'k', result: { id: 7, text: '段取り' } });
      expect(await (await at.reopen()).find({ key: 'k' })).toEqual({
        key: 'k',
        status: 'done',
        result: { id: 7, text: '段取り' },
      });
    });

    test('keeps the first result and is not set back by a second intention', async () => {
      await at.journal.intend({ key: 'k' });
      await at.journal.intend({ key: 'k' });
      await at.journal.complete({ key: 'k', result: 1 });
      await at.journal.complete({ key: 'k', result: 2 });
      await at.journal.intend({ key: 'k' });
      expect(await at.journal.find({ key: 'k' })).toEqual({ key: 'k', status: 'done', result: 1 });
    });

    test.each([null, 0, '', [], { a: null }])('keeps the result %j', async (result) => {
      await at.journal.complete({ key: 'k', result });
      expect(await at.journal.find({ key: 'k' })).toEqual({ key: 'k', status: 'done', result });
    });

    test('lists what begins with a prefix, and nothing that only looks alike, in the order of intention', async () => {
      for (const key of ['run-1/b', 'run-1/a%', 'run-10/a', 'run-1', 'run_1/c']) await at.journal.intend({ key });
      await at.journal.complete({ key: 'run-1/b', result: 1 });
      expect(await (await at.reopen()).list({ prefix: 'run-1/' })).toEqual([
        { key: 'run-1/b', status: 'done', result: 1 },
        { key: 'run-1/a%', status: 'intended' },
      ]);
    });

    test('lets `once` act a single time, also when a process died between the act and its record', async () => {
      let acts = 0;
      const effect = {
        find: async () => (acts > 0 ? `made ${acts}` : null),
        act: async () => {
          acts += 1;
          return `made ${acts}`;
        },
      };
      await at.journal.intend({ key: 'died' });
      acts = 1;
      expect(await once(at.journal, 'died', effect)).toBe('made 1');
      expect(await once(await at.reopen(), 'died', effect)).toBe('made 1');
      expect(acts).toBe(1);
    });
  });
}
