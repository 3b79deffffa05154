import { createHash, randomBytes } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { ObjectStore } from './object-store.js';

const sha256 = (body: Uint8Array | string): string => createHash('sha256').update(body).digest('hex');

/** What every object store promises; `open` answers a fresh, empty one and what closes it. */
export function objectStoreSuite(
  name: string,
  open: () => Promise<{ store: ObjectStore; close: () => Promise<void> }>,
): void {
  describe(`${name} as an object store`, () => {
    let store: ObjectStore;
    let close: () => Promise<void>;
    let scratch = '';
    beforeEach(async () => {
      ({ store, close } = await open());
      scratch = await mkdtemp(join(tmpdir(), 'dandori-objects-'));
    });
    afterEach(async () => {
      await close();
      await rm(scratch, { recursive: true, force: true });
    });

    test.each([
      ['text', 'grüße 段取り'],
      ['nothing', ''],
      ['bytes', new Uint8Array(randomBytes(100_000))],
    ])('gives back %s as it was put, with size and digest', async (_name, body) => {
      const expected = { key: 'a/b/c.bin', bytes: Buffer.from(body).length, sha256: sha256(body) };
      expect(await store.put({ key: 'a/b/c.bin', body })).toEqual(expected);
      expect(Buffer.from(await store.get({ key: 'a/b/c.bin' }))).toEqual(Buffer.from(body));
      expect(await readFile(await store.getFile({ key: 'a/b/c.bin' }))).toEqual(Buffer.from(body));
      expect(await store.head({ key: 'a/b/c.bin' })).toEqual(expected);
    });

    test('replaces an object', async () => {
      await store.put({ key: 'k', body: 'old' });
      await store.put({ key: 'k', body: 'new' });
      expect(Buffer.from(await store.get({ key: 'k' })).toString()).toBe('new');
      expect((await store.head({ key: 'k' }))?.sha256).toBe(sha256('new'));
    });

    test('stores a file and does not follow later changes of it', async () => {
      const path = join(scratch, 'source.csv');
      await writeFile(path, 'a,b\n1,2\n');
      expect(await store.putFile({ key: 'd/source.csv', path })).toMatchObject({
        bytes: 8,
        sha256: sha256('a,b\n1,2\n'),
      });
      await writeFile(path, 'changed');
      expect(Buffer.from(await store.get({ key: 'd/source.csv' })).toString()).toBe('a,b\n1,2\n');
    });

    test('answers what is absent: null from head, not_found from get and getFile, silence from delete', async () => {
      expect(await store.head({ key: 'no/such' })).toBeNull();
      await expect(store.get({ key: 'no/such' })).rejects.toMatchObject({ code: 'not_found' });
      await expect(store.getFile({ key: 'no/such' })).rejects.toMatchObject({ code: 'not_found' });
      await store.delete({ key: 'no/such' });
    });

    test('lists by prefix, sorted by key', async () => {
      for (const key of ['x/b', 'x/a/2', 'x/a/1', 'xy', 'z']) await store.put({ key, body: key });
      const keys = async (prefix: string): Promise<string[]> => (await store.list({ prefix })).map((info) => info.key);
      expect(await keys('x/')).toEqual(['x/a/1', 'x/a/2', 'x/b']);
      expect(await keys('x')).toEqual(['x/a/1', 'x/a/2', 'x/b', 'xy']);
      expect(await keys('x/a/')).toEqual(['x/a/1', 'x/a/2']);
      expect(await keys('')).toEqual(['x/a/1', 'x/a/2', 'x/b', 'xy', 'z']);
      expect(await keys('nothing/here')).toEqual([]);
    });

    test('deletes, and the names above are free again', async () => {
      await store.put({ key: 'p/q/r', body: '1' });
      await store.delete({ key: 'p/q/r' });
      expect(await store.list({ prefix: '' })).toEqual([]);
      await store.put({ key: 'p', body: '2' });
      expect(Buffer.from(await store.get({ key: 'p' })).toString()).toBe('2');
    });

    test.each([
      '',
      '/abs',
      '../up',
      'a/../b',
      'a//b',
      'a/',
      './a',
      'a/.hidden',
      'nul\0',
      'a b',
      'a\\b',
      'é',
      'x'.repeat(1000),
    ])('refuses the key %j', async (key) => {
      await expect(store.put({ key, body: '' })).rejects.toMatchObject({ code: 'invalid_input' });
      await expect(store.get({ key })).rejects.toMatchObject({ code: 'invalid_input' });
      await expect(store.delete({ key })).rejects.toMatchObject({ code: 'invalid_input' });
    });

    test('readers see whole bodies while writers race', async () => {
      const bodies = Array.from({ length: 8 }, (_, i) => String(i).repeat(50_000));
      await store.put({ key: 'race/k', body: bodies[0] ?? '' });
      const writers = bodies.map((body) => store.put({ key: 'race/k', body }));
      const readers = bodies.map(async () => Buffer.from(await store.get({ key: 'race/k' })).toString());
      await Promise.all(writers);
      for (const seen of await Promise.all(readers)) expect(bodies.includes(seen)).toBe(true);
      const last = Buffer.from(await store.get({ key: 'race/k' })).toString();
      expect((await store.head({ key: 'race/k' }))?.sha256).toBe(sha256(last));
    });

    test('puts and deletes side by side leave what was put', async () => {
      await Promise.all(
        Array.from({ length: 20 }, async (_, i) => {
          await store.put({ key: `side/by/side/gone-${i}`, body: 'x' });
          await store.delete({ key: `side/by/side/gone-${i}` });
          await store.put({ key: `side/kept-${i}`, body: 'x' });
        }),
      );
      expect((await store.list({ prefix: 'side/' })).length).toBe(20);
    });
  });
}
