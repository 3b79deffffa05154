import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { App } from './app.js';
import { createHttpApi } from './http-api.js';
import { freshFolder, quietLog, testConfig } from './testing/state-dir.js';

const state = freshFolder();
const target = freshFolder();
let app: App;

beforeAll(async () => {
  app = new App(testConfig(state.path), quietLog);
  for (const [digest, body] of [
    ['a'.repeat(64), 'x,y\n1,2\n'],
    ['b'.repeat(64), 'x,y\n1,3\n'],
  ] as const) {
    const rawKey = `datasets/shop/raw/${digest}.csv`;
    await app.ports.objects.put({ key: rawKey, body });
    await app.ports.catalog.addVersion({
      datasetId: 'shop',
      digest,
      contentDigest: digest,
      rawKey,
      format: 'csv',
      bytes: body.length,
      rows: 1,
      columns: [],
      source: 'shop.csv',
      dataKey: 'data',
      profileKey: 'profile',
    });
  }
});
afterAll(async () => {
  await app.close();
  state.remove();
  target.remove();
});

async function exported(version: string, folder = target.path): Promise<{ status: number; body: unknown }> {
  const api = createHttpApi(app, () => ({
    status: 'ok',
    version: '1',
    pid: 1,
    active: false,
    serving_url: null,
    mcp_url: null,
  }));
  const answer = await api.inject({
    method: 'POST',
    url: '/api/datasets/shop/export',
    headers: { 'content-type': 'application/json' },
    payload: JSON.stringify({ version, folder }),
  });
  await api.close();
  return { status: answer.statusCode, body: answer.json() };
}

describe('the export of a dataset version', () => {
  it('is the file and its description in the words of DVC 3', async () => {
    const folder = join(target.path, 'new', 'folder');
    expect(await exported('1.0.0', folder)).toEqual({
      status: 200,
      body: {
        dataset_id: 'shop',
        version: '1.0.0',
        path: join(folder, 'shop.csv'),
        dvc_path: join(folder, 'shop.csv.dvc'),
        md5: '344fd2323dd33d5c058b7cf27de029e8',
        bytes: 8,
      },
    });
    expect(readFileSync(join(folder, 'shop.csv'), 'utf8')).toBe('x,y\n1,2\n');
    expect(readFileSync(join(folder, 'shop.csv.dvc'), 'utf8')).toBe(
      ['outs:', '- md5: 344fd2323dd33d5c058b7cf27de029e8', '  size: 8', '  hash: md5', '  path: shop.csv', ''].join(
        '\n',
      ),
    );
    expect(readdirSync(folder)).toEqual(['shop.csv', 'shop.csv.dvc']);
  });

  it('is replaced by another version in the same place', async () => {
    await exported('1.0.0');
    expect(await exported('1.1.0')).toMatchObject({ status: 200, body: { version: '1.1.0' } });
    expect(readFileSync(join(target.path, 'shop.csv'), 'utf8')).toBe('x,y\n1,3\n');
  });

  it("does not replace a person's own file", async () => {
    const own = freshFolder();
    const path = join(own.path, 'shop.csv');
    writeFileSync(path, 'mine');
    expect(await exported('1.0.0', own.path)).toMatchObject({
      status: 409,
      body: { error: { code: 'already_exists' } },
    });
    expect(readFileSync(path, 'utf8')).toBe('mine');
    expect(existsSync(`${path}.dvc`)).toBe(false);
    own.remove();
  });

  it.each([
    ['9.0.0', '/tmp', 404],
    ['1.0.0', 'relative', 400],
  ])('of version %s into %s is refused', async (version, folder, status) => {
    expect(await exported(version, folder)).toMatchObject({ status });
  });
});
