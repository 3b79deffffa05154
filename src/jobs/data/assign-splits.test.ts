import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, assert, beforeEach, describe, expect, it } from 'vitest';
import { prepareSpecOf } from '../testing/prepare-spec.js';
import { assignSplits, type SplitInput } from './assign-splits.js';
import { type DataEngine, openEngine } from './engine.js';
import { preparationVersion } from './preparation-version.js';
import { text } from './sql.js';

const tempDir = mkdtempSync(join(tmpdir(), 'dandori-splits-'));
let engine: DataEngine;
// A database of its own for each split: it makes a type.
beforeEach(async () => {
  engine = await openEngine({ tempDir });
});
afterEach(() => engine.close());
afterAll(() => rmSync(tempDir, { recursive: true, force: true }));

const digestOf = (text: string): string => createHash('sha256').update(text).digest('hex');

/** More rows of one class than are placed by an exact order. */
const rows = 120_000;

/** Rows that hold every kind of value, `differing` of them unlike; made by arithmetic alone, so that no hash has a part in them. */
const select = (differing: number): string =>
  `SELECT k AS number, k / 8 AS amount, CASE WHEN k % 7 > 0 THEN concat('city ', k % 9, ' 段') END AS city,
     k % 3 = 0 AS flag, CASE WHEN i % 1000 = 0 THEN 'rare' ELSE 'usual' END AS target
   FROM (SELECT i, i % ${differing} AS k FROM range(${rows}) t(i)) ORDER BY i`;

const spec = prepareSpecOf({ target: 'target', cv_folds: 2 });

async function inputOf(differing: number): Promise<SplitInput> {
  const path = join(tempDir, `${differing}.parquet`);
  await engine.run(`COPY (${select(differing)}) TO ${text(path)} (FORMAT parquet)`);
  const features = ['number', 'amount', 'city', 'flag'];
  return {
    engine,
    path,
    allColumns: [...features, 'target'],
    features: features.map((name) => ({ name, kind: 'numeric' as const })),
    extraColumns: [],
    targetSql: 'target',
    spec,
  };
}

const signs: Readonly<Record<string, string>> = { train: '-', validation: 'v', test: 't' };

const moved =
  'This DuckDB puts rows into other splits than the one before. Raise preparationVersion in preparation-version.ts, so that no ' +
  'split that was stored is taken for one of today, then put here what was found.';

describe('the split of many rows', () => {
  it.each([
    {
      what: 'unlike rows, each by the hash of its values',
      differing: rows,
      together: true,
      expected: {
        first: '---t-t----v-t--vtv------------t--v-t---t--v----t--v-tv------',
        sha256: '84faf39f19029e24a696cbb4c571849def469386dfdbe8f7ceb1d3ad2f5d62cd',
      },
    },
    {
      what: 'rows of few kinds, each by the hash of its number',
      differing: 4,
      together: false,
      expected: {
        first: '--tv--------v--t-v---v-----ttt---t--v------------v--v-------',
        sha256: '110891abf98d209e1057f842f533d2583a91f8ede84271880958bfba46246ae3',
      },
    },
  ])('puts them where it put them before: $what', async ({ differing, together, expected }) => {
    const { equalRowsTogether } = await assignSplits(await inputOf(differing));
    const placed = await engine.all('SELECT split::VARCHAR AS split FROM assigned ORDER BY rn');
    const splits = placed.map((row) => signs[String(row['split'])] ?? '?').join('');
    expect(equalRowsTogether).toBe(together);
    const found = { preparationVersion, first: splits.slice(0, 60), sha256: digestOf(splits) };
    assert.deepEqual(found, { preparationVersion: 4, ...expected }, moved);
  });
});
