import type { ColumnProfile, DataProfile, Expectation, Expectations } from '../../contracts/data.js';

function expectationsOf(column: ColumnProfile): Expectation[] {
  const on = { column: column.name, severity: 'warning' as const };
  const all: Expectation[] = [{ ...on, expect: 'type', type: column.type }];
  if (column.missing === 0) all.push({ ...on, expect: 'not_null' });
  if (column.kind === 'identifier' && column.distinct_exact && column.missing === 0)
    all.push({ ...on, expect: 'unique' });
  if (column.kind === 'numeric' && typeof column.min === 'number' && typeof column.max === 'number') {
    all.push({ ...on, expect: 'between', min: column.min, max: column.max });
  }
  const complete = column.top_values.length === column.distinct;
  if (column.kind === 'categorical' && complete && column.distinct > 0 && column.distinct <= 50) {
    all.push({ ...on, expect: 'in_set', values: column.top_values.map(({ value }) => value).toSorted() });
  }
  return all;
}

/** A first expectations file from what the data is now: warnings only, people raise what matters to `severity: error`. */
export function suggestExpectations(profile: Pick<DataProfile, 'columns'>): Expectations {
  return { format: 1, expectations: profile.columns.flatMap(expectationsOf).slice(0, 1_000) };
}
