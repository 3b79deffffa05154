import { chmodSync, mkdtempSync, readdirSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { openDatabase } from '../../db.js';
import { objectStoreSuite } from '../../ports/object-store.testsuite.js';
import { createLocalObjectStore } from './object-store.js';

objectStoreSuite('a local folder', async () => {
  const dir = mkdtempSync(join(tmpdir(), 'dandori-store-'));
  const db = openDatabase(':memory:');
  return {
    store: createLocalObjectStore({ dir, db }),
    close: async () => {
      db.close();
      rmSync(dir, { recursive: true, force: true });
    },
  };
});

describe('createLocalObjectStore', () => {
  let dir = '';
  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), 'dandori-store-'));
  });
  afterEach(() => rmSync(dir, { recursive: true, force: true }));

  test('links a read-only file instead of copying it and stores it a second time', async () => {
    const store = createLocalObjectStore({ dir: join(dir, 'store') });
    const path = join(dir, 'model.onnx');
    writeFileSync(path, 'model');
    chmodSync(path, 0o444);
    await store.putFile({ key: 'm/model.onnx', path });
    await store.putFile({ key: 'm/model.onnx', path });
    expect(statSync(await store.getFile({ key: 'm/model.onnx' })).ino).toBe(statSync(path).ino);
    expect(readdirSync(join(dir, 'store', '.incoming'))).toEqual([]);
  });

  test('does not write through a link that leads out of the folder, nor read one', async () => {
    const store = createLocalObjectStore({ dir: join(dir, 'store') });
    await store.put({ key: 'ok', body: '1' });
    symlinkSync(dir, join(dir, 'store', 'out'));
    writeFileSync(join(dir, 'secret'), 'secret');
    symlinkSync(join(dir, 'secret'), join(dir, 'store', 'peek'));
    await expect(store.put({ key: 'out/x', body: '1' })).rejects.toMatchObject({ code: 'conflict' });
    await expect(store.get({ key: 'out/secret' })).rejects.toMatchObject({ code: 'not_found' });
    await expect(store.getFile({ key: 'out/secret' })).rejects.toMatchObject({ code: 'not_found' });
    await expect(store.get({ key: 'peek' })).rejects.toMatchObject({ code: 'not_found' });
    await expect(store.getFile({ key: 'peek' })).rejects.toMatchObject({ code: 'not_found' });
    expect((await store.list({ prefix: '' })).map((info) => info.key)).toEqual(['ok']);
  });

  test('says that an object is in the way of a folder', async () => {
    const store = createLocalObjectStore({ dir });
    await store.put({ key: 'a', body: '1' });
    await expect(store.put({ key: 'a/b', body: '1' })).rejects.toMatchObject({ code: 'conflict' });
  });

  test('refuses to store a folder or a link', async () => {
    const store = createLocalObjectStore({ dir: join(dir, 'store') });
    symlinkSync('/etc/hostname', join(dir, 'link'));
    await expect(store.putFile({ key: 'x', path: dir })).rejects.toMatchObject({ code: 'invalid_input' });
    await expect(store.putFile({ key: 'x', path: join(dir, 'link') })).rejects.toMatchObject({ code: 'invalid_input' });
  });

  test('keeps the digest of a large object over a restart and notices changed bytes', async () => {
    const db = openDatabase(join(dir, 'db.sqlite'));
    const body = new Uint8Array(2_000_000);
    const info = await createLocalObjectStore({ dir: join(dir, 'store'), db }).put({ key: 'big', body });
    const again = createLocalObjectStore({ dir: join(dir, 'store'), db });
    expect(await again.head({ key: 'big' })).toEqual(info);
    const path = await again.getFile({ key: 'big' });
    chmodSync(path, 0o644);
    body[5] = 1;
    writeFileSync(path, body);
    expect((await again.head({ key: 'big' }))?.sha256).not.toBe(info.sha256);
    db.close();
  });
});
