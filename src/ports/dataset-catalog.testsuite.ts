import { beforeEach, describe, expect, it } from 'vitest';
import { nextDatasetVersion, type DatasetCatalog, type DatasetVersion } from './dataset-catalog.js';

/** What every catalogue must do; `make` answers an empty one. */
export function datasetCatalogSuite(name: string, make: () => Promise<DatasetCatalog>): void {
  const version = (changes: Partial<DatasetVersion> = {}): Omit<DatasetVersion, 'version' | 'createdAt'> => ({
    datasetId: 'churn',
    digest: 'a'.repeat(64),
    contentDigest: '1'.repeat(64),
    rawKey: 'datasets/churn/raw/a.csv',
    dataKey: 'datasets/churn/data/a.parquet',
    profileKey: 'datasets/churn/profile/a.json',
    format: 'csv',
    bytes: 12,
    rows: 100,
    columns: [
      { name: 'a', type: 'BIGINT' },
      { name: 'b "x"', type: 'VARCHAR' },
    ],
    source: 'churn.csv',
    ...changes,
  });

  describe(`${name} as a dataset catalogue`, () => {
    let catalog: DatasetCatalog;
    beforeEach(async () => {
      catalog = await make();
    });

    it('keeps a version as it was given', async () => {
      const added = await catalog.addVersion(version());
      expect(added).toMatchObject({ ...version(), version: '1.0.0' });
      expect(Number.isNaN(Date.parse(added.createdAt))).toBe(false);
      expect(await catalog.getVersion({ datasetId: 'churn' })).toEqual(added);
      expect(await catalog.getVersion({ datasetId: 'churn', version: '1.0.0' })).toEqual(added);
    });

    it('answers the version there is for the same bytes', async () => {
      const first = await catalog.addVersion(version());
      await catalog.addVersion(version({ digest: 'b'.repeat(64), contentDigest: '2'.repeat(64) }));
      expect(await catalog.addVersion(version({ source: 'copy.csv' }))).toEqual(first);
      expect(await catalog.listVersions({ datasetId: 'churn' })).toHaveLength(2);
    });

    it('keeps the same bytes apart in two datasets', async () => {
      await catalog.addVersion(version());
      expect((await catalog.addVersion(version({ datasetId: 'other' }))).version).toBe('1.0.0');
      expect((await catalog.listDatasets()).map(({ datasetId }) => datasetId).toSorted()).toEqual(['churn', 'other']);
    });

    it('numbers by what changed, after the newest version', async () => {
      const numbers: string[] = [];
      const add = async (digest: string, changes: Partial<DatasetVersion>) =>
        numbers.push((await catalog.addVersion(version({ digest, ...changes }))).version);
      await add('a', {});
      await add('b', { contentDigest: '2' });
      await add('c', { contentDigest: '2', format: 'parquet' });
      await add('d', { contentDigest: '3', columns: [{ name: 'a', type: 'DOUBLE' }] });
      await catalog.checkout({ datasetId: 'churn', version: '1.0.0' });
      await add('e', { contentDigest: '4', columns: [{ name: 'a', type: 'DOUBLE' }] });
      expect(numbers).toEqual(['1.0.0', '1.1.0', '1.1.1', '2.0.0', '2.1.0']);
      expect((await catalog.listVersions({ datasetId: 'churn' })).map((each) => each.version)).toEqual(numbers);
    });

    it('uses the checked-out version until a newer one is added', async () => {
      await catalog.addVersion(version());
      await catalog.addVersion(version({ digest: 'b', contentDigest: '2' }));
      expect((await catalog.getVersion({ datasetId: 'churn' })).version).toBe('1.1.0');
      expect((await catalog.checkout({ datasetId: 'churn', version: '1.0.0' })).version).toBe('1.0.0');
      expect((await catalog.getVersion({ datasetId: 'churn' })).version).toBe('1.0.0');
      expect(await catalog.listDatasets()).toMatchObject([
        { current: '1.0.0', latest: { version: '1.1.0' }, versions: 2 },
      ]);
      await catalog.addVersion(version({ digest: 'c', contentDigest: '3' }));
      expect((await catalog.getVersion({ datasetId: 'churn' })).version).toBe('1.2.0');
    });

    it('names what there is when something is not found', async () => {
      await catalog.addVersion(version());
      const code = 'not_found';
      await expect(catalog.getVersion({ datasetId: 'chrun' })).rejects.toMatchObject({
        code,
        message: expect.stringContaining('churn'),
      });
      await expect(catalog.getVersion({ datasetId: 'churn', version: '9.0.0' })).rejects.toMatchObject({
        code,
        message: expect.stringContaining('1.0.0'),
      });
      await expect(catalog.checkout({ datasetId: 'churn', version: '9.0.0' })).rejects.toMatchObject({ code });
      await expect(catalog.listVersions({ datasetId: 'nothing' })).rejects.toMatchObject({ code });
    });

    it('adds one version however often the same is added at once', async () => {
      const added = await Promise.all(Array.from({ length: 5 }, () => catalog.addVersion(version())));
      expect(new Set(added.map((each) => each.version))).toEqual(new Set(['1.0.0']));
      expect(await catalog.listVersions({ datasetId: 'churn' })).toHaveLength(1);
    });
  });

  describe('nextDatasetVersion', () => {
    const at = { version: '1.2.3', columns: [{ name: 'a', type: 'BIGINT' }], contentDigest: 'x' };
    it.each([
      ['the first', null, at, '1.0.0'],
      ['other rows', at, { ...at, contentDigest: 'y' }, '1.3.0'],
      ['the same rows in other bytes', at, at, '1.2.4'],
      ['another type', at, { ...at, columns: [{ name: 'a', type: 'DOUBLE' }] }, '2.0.0'],
      ['another name', at, { ...at, columns: [{ name: 'b', type: 'BIGINT' }] }, '2.0.0'],
      ['one column more', at, { ...at, columns: [...at.columns, { name: 'b', type: 'BIGINT' }] }, '2.0.0'],
    ])('%s', (_, previous, next, expected) => {
      expect(nextDatasetVersion(previous, next)).toBe(expected);
    });
  });
}
