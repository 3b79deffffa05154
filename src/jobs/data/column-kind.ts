import type { ColumnKind, ColumnType } from '../../contracts/data.js';

/** More categories than this are no feature unless `features.include` names the column. */
export const maxCategories = 200;

export function isNumeric(type: ColumnType): boolean {
  return type === 'BIGINT' || type === 'DOUBLE';
}

export interface KindFacts {
  type: ColumnType;
  name: string;
  rows: number;
  missing: number;
  distinct: number;
  min: number | string | null;
  max: number | string | null;
  mean_length: number | null;
}

const idName = /(^|[_\-. ])(id|uuid|guid|key|no|number|index)$|^(id|column_1|index)$|[a-z]Id$/i;

/** A whole-number column counts rows when it is unique and named like an id or runs without gaps. */
function looksLikeRowNumber(facts: KindFacts, present: number): boolean {
  if (present < 50 || facts.distinct < present * 0.98) return false;
  const span = Number(facts.max) - Number(facts.min) + 1;
  return idName.test(facts.name) || (facts.missing === 0 && Math.abs(span - present) <= present * 0.02);
}

/** Tells what a column is from its type and statistics; estimates of `distinct` are allowed for (2 %). */
export function kindOf(facts: KindFacts): ColumnKind {
  const present = facts.rows - facts.missing;
  if (facts.type === 'BOOLEAN') return 'boolean';
  if (facts.type === 'DATE' || facts.type === 'TIMESTAMP') return 'datetime';
  if (facts.type === 'DOUBLE') return 'numeric';
  if (facts.type === 'BIGINT') return looksLikeRowNumber(facts, present) ? 'identifier' : 'numeric';
  const length = facts.mean_length ?? 0;
  if (length > 60 && facts.distinct > present * 0.5) return 'text';
  if (present >= 50 && facts.distinct >= present * 0.9) return length > 40 ? 'text' : 'identifier';
  return 'categorical';
}
