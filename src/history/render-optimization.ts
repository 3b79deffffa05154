import type { ImpactReport } from '../contracts/applied-optimizations.js';
import type { DetectedCharacteristics, Estimate, ProposalItem } from '../contracts/optimization.js';
import { fill, type HistoryLabels } from './labels.js';
import { number } from './markdown.js';
import { cellText, inlineText } from '../request/escape.js';
import type { HistoryRecord } from './record.js';
import { item, section, table, type Lines } from './render-sections.js';

function characteristics(seen: DetectedCharacteristics, words: HistoryLabels): string {
  const size = fill(words.characteristicsText, {
    size: words.sizes[seen.dataset_size_class],
    rows: seen.dataset_size.toLocaleString('en-US'),
    features: seen.num_features,
  });
  const percent = number(seen.imbalance_ratio === null ? null : Math.round(seen.imbalance_ratio * 1000) / 10);
  return seen.class_imbalance ? `${size}, ${fill(words.imbalanced, { percent })}` : size;
}

function valueText(value: ProposalItem['value']): string {
  return Array.isArray(value) ? value.join(', ') : String(value ?? '-');
}

function appliedLine(each: ProposalItem, words: HistoryLabels): string {
  // What is planned says so in its reason.
  const mark = each.available ? '✅' : '➖';
  return `- ${mark} ${fill(words.phase, { n: each.phase })}: ${cellText(each.field)} = ${cellText(valueText(each.value))}. ${cellText(each.reason)}`;
}

/** Predicted against actual as a table; empty when nothing was predicted. */
export function impactTable(impact: Pick<ImpactReport, 'comparisons'>, words: HistoryLabels): Lines {
  if (impact.comparisons.every(({ predicted }) => predicted === null)) return [];
  const rows = impact.comparisons.map((each) => [
    cellText(each.name),
    each.predicted === null ? '-' : predictedText(each.predicted, unit(each.unit)),
    each.actual === null ? '-' : `${number(each.actual)}${unit(each.unit)}`,
    each.within_interval === null ? '-' : each.within_interval ? '✅' : '❌',
  ]);
  return table(words.impactColumns, rows);
}

function impactLines(impact: ImpactReport | null, words: HistoryLabels): Lines {
  const compared = impact === null ? [] : impactTable(impact, words);
  if (impact === null || compared.length === 0) {
    const actual = (impact?.comparisons ?? []).filter((each) => each.actual !== null);
    return [
      words.noImpact,
      '',
      ...actual.map((each) => item(inlineText(each.name), `${number(each.actual)}${unit(each.unit)}`)),
    ];
  }
  return [item(words.basis, cellText(impact.basis)), '', ...compared];
}

function predictedText({ median, low, high }: Estimate, unitText: string): string {
  const span = low === null || high === null ? '' : ` (${number(low)} – ${number(high)})`;
  return `${number(median)}${unitText}${span}`;
}

function unit(name: ImpactReport['comparisons'][number]['unit']): string {
  return { seconds: ' s', usd: ' USD', none: '' }[name];
}

/** What was optimized, why, and whether the prediction held (requirements O4, O5). */
export function optimization({ optimization: done }: HistoryRecord, words: HistoryLabels): Lines {
  if (done === null) return section(words.optimization, [words.notReached]);
  const seen =
    done.characteristics === null ? [] : [item(words.characteristics, characteristics(done.characteristics, words))];
  const results =
    done.items.length === 0
      ? []
      : [`### ${words.results}`, '', ...done.items.map((each) => appliedLine(each, words)), ''];
  return section(words.optimization, [
    `### ${words.applied}`,
    '',
    item(words.profile, words.profiles[done.performance_profile]),
    ...seen,
    '',
    ...results,
    `### ${words.impact}`,
    '',
    ...impactLines(done.impact, words),
  ]);
}
