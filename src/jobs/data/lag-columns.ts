import type { LagColumn, QualityCheck } from '../../contracts/data.js';
import type { Language } from '../../contracts/request.js';
import { sourceColumn, sourceRows } from './assign-splits.js';
import { countOf, type DataEngine } from './engine.js';
import { qualityMessages } from './quality-messages.js';
import { identifier, text } from './sql.js';
import { parquetOptions } from './to-parquet.js';

/** Whether "the row before" is one row: within a series no two rows may have the same time. */
export async function lagChecks(
  engine: DataEngine,
  params: { path: string; lags: readonly LagColumn[]; timeColumn: string; language: Language },
): Promise<QualityCheck[]> {
  const { path, lags, timeColumn, language } = params;
  const checks: QualityCheck[] = [];
  for (const by of new Set(lags.map((lag) => lag.by))) {
    const keys = [timeColumn, ...(by === null ? [] : [by])].map(sourceColumn);
    const present = keys.map((key) => `${key} IS NOT NULL`).join(' AND ');
    const groups = `SELECT count(*) AS n FROM ${sourceRows(path)} WHERE ${present} GROUP BY ${keys.join(', ')}`;
    const row = await engine.one(`SELECT coalesce(sum(n), 0) AS n FROM (${groups}) WHERE n > 1`);
    const rows = countOf(row, 'n');
    if (rows === 0) continue;
    const message = qualityMessages(language).lagTies(timeColumn, by, rows);
    checks.push({ check: 'lag_order', column: timeColumn, status: 'fail', value: rows, message });
  }
  return checks;
}

function lagSql(lag: LagColumn, timeColumn: string): string {
  const time = sourceColumn(timeColumn);
  const series = lag.by === null ? null : sourceColumn(lag.by);
  const order = `${series === null ? '' : `PARTITION BY ${series} `}ORDER BY ${time} NULLS LAST`;
  const value = `lag(CAST(${sourceColumn(lag.column)} AS DOUBLE), ${lag.steps}) OVER (${order})`;
  const known = [time, ...(series === null ? [] : [series])].map((each) => `${each} IS NOT NULL`).join(' AND ');
  return `CASE WHEN ${known} THEN ${value} END AS ${identifier(lag.name)}`;
}

/** Writes the rows of `path`, in their order, with the lag columns behind the others; a row without an earlier one has NULL. */
export async function writeLagColumns(
  engine: DataEngine,
  params: { path: string; lags: readonly LagColumn[]; timeColumn: string; target: string },
): Promise<void> {
  const { path, lags, timeColumn, target } = params;
  const columns = lags.map((lag) => lagSql(lag, timeColumn)).join(', ');
  const rows = `SELECT source.* EXCLUDE (file_row_number), ${columns} FROM ${sourceRows(path)} ORDER BY source.file_row_number`;
  await engine.run(`COPY (${rows}) TO ${text(target)} (${parquetOptions})`);
}
