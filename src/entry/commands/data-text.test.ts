import { describe, expect, it } from 'vitest';
import { addedText, type Diff, diffText, listText } from './data-text.js';

const version = {
  dataset_id: 'churn',
  version: '1.1.0',
  rows: 12,
  columns: 3,
  digest: 'abcdef0123456789',
  source: 'churn.csv',
  created_at: '2026-01-31T09:30:00.000Z',
};

describe('addedText', () => {
  it.each([
    [false, ''],
    [true, ' (these bytes were known already)'],
  ])('says what was added, known already: %s', (known, text) => {
    const quality = { status: 'warn', warnings: 2, failures: 0 };
    expect(addedText({ ...version, already_known: known, quality })).toBe(
      `churn 1.1.0: 12 rows, 3 columns, digest abcdef012345${text}\nquality: warn, 2 warnings, 0 failures`,
    );
  });
});

describe('listText', () => {
  it('lists datasets', () => {
    const datasets = [{ dataset_id: 'churn', current: '1.0.0', versions: 2, latest: version }];
    expect(listText({ datasets, versions: null })).toMatch(/churn +1\.0\.0 +2 +12/);
  });

  it.each([
    [[], '-'],
    [['s1', 's2', 's3'], 's1, s2, s3'],
    [['s1', 's2', 's3', 's4'], 's1, s2, s3 and 1 more'],
  ])('lists versions of one, marks the one in use and names the splits %j', (ids, named) => {
    const splits = ids.map((split_id) => ({ split_id }));
    const lines = listText({ datasets: [], versions: [{ ...version, current: true, splits }] }).split('\n');
    expect(lines.at(-1)?.trim()).toMatch(new RegExp(`^1\\.1\\.0 +current +12 .* ${named}$`));
  });

  it('says how to begin', () => {
    expect(listText({ datasets: [], versions: null })).toContain('npx dandori data add');
  });
});

describe('diffText', () => {
  const diff: Diff = {
    dataset_id: 'churn',
    from: '1.0.0',
    to: '2.0.0',
    same_rows: false,
    rows: { from: 10, to: 12, difference: 2 },
    schema: {
      added: [{ name: 'a', type: 'DOUBLE' }],
      removed: [{ name: 'b', type: 'VARCHAR' }],
      changed: [{ name: 'c', from: 'BIGINT', to: 'DOUBLE' }],
    },
    columns: [
      {
        name: 'd',
        changes: [{ statistic: 'mean', from: 1 / 3, to: null }],
        new_values: ['x'],
        gone_values: [...'abcdefghij'],
      },
    ],
  };

  it('tells rows, columns, values and figures', () => {
    expect(diffText(diff).split('\n')).toEqual([
      'churn 1.0.0 -> 2.0.0: rows 10 -> 12 (+2)',
      '+ column a (DOUBLE)',
      '- column b (VARCHAR)',
      '~ column c: BIGINT -> DOUBLE',
      'd: new values x',
      'd: gone values a, b, c, d, e, f, g, h and 2 more',
      '',
      'column  statistic  1.0.0     2.0.0',
      '------  ---------  --------  -----',
      'd       mean       0.333333  -',
    ]);
  });

  it('says when the rows are the same', () => {
    const same = { ...diff, same_rows: true, rows: { from: 1, to: 1, difference: 0 }, columns: [] };
    expect(diffText({ ...same, schema: { added: [], removed: [], changed: [] } })).toBe(
      'churn 1.0.0 -> 2.0.0: rows 1 -> 1 (0), the same rows',
    );
  });
});
