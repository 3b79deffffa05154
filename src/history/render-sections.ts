import { withoutCriteria } from '../contracts/evaluation.js';
import { isMeaningful } from '../contracts/meaningful.js';
import { commentMessages } from '../messages/comments.js';
import { notificationLines, notificationMessages } from '../messages/notifications.js';
import { fill, type HistoryLabels } from './labels.js';
import { code, linked, meanText, number, timeText, usd } from './markdown.js';
import { cellText, inlineText, linkText } from '../request/escape.js';
import type { HistoryPicture, HistoryRecord, UsedResources } from './record.js';

export type Lines = string[];
/** `label` and `text` are Markdown already. */
export const item = (label: string, text: string) => `- ${label}: ${text}`;
export const section = (title: string, lines: Lines): Lines =>
  lines.length === 0 ? [] : [`## ${title}`, '', ...lines, ''];
export const table = (columns: readonly string[], rows: string[][]): Lines =>
  rows.length === 0
    ? []
    : [
        `| ${columns.join(' | ')} |`,
        `|${columns.map(() => '---|').join('')}`,
        ...rows.map((row) => `| ${row.join(' | ')} |`),
      ];

/** A duration for people: `850 ms`, `12.3 s`, `4 min 5 s`, `3 h 2 min`. */
export function duration(ms: number | null): string {
  if (ms === null) return '-';
  if (ms < 1000) return `${Math.round(ms)} ms`;
  if (ms < 60_000) return `${(ms / 1000).toFixed(1)} s`;
  const seconds = Math.round(ms / 1000);
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
  return `${Math.floor(seconds / 3600)} h ${Math.floor((seconds % 3600) / 60)} min`;
}

/** Where the training ran, how long, how much memory, and what that cost. */
export function resourcesText(used: UsedResources, words: HistoryLabels): string {
  const { peak_memory_mb: mb, estimated_cost_usd: cost } = used;
  return [
    cellText(used.instance_type),
    duration(used.training_seconds * 1000),
    ...(mb === null ? [] : [fill(words.peakMemory, { mb: Math.round(mb).toLocaleString('en-US') })]),
    cost === null ? words.noPrice : fill(words.cost, { cost: usd(cost) }),
  ].join(' · ');
}

function issueText({ number: id, title, url }: NonNullable<HistoryRecord['issue']>): string {
  const text = title === null ? `#${id}` : `#${id} ${linkText(title, 200)}`;
  return url === null ? text : linked(text, url);
}

export function basics(record: HistoryRecord, words: HistoryLabels): Lines {
  const algorithms = record.algorithm === null ? [] : [item(words.algorithm, cellText(record.algorithm))];
  return section(words.basics, [
    item('Training ID', record.training_id),
    item(words.modelName, code(record.model_name)),
    item(words.learningType, words.supervised[record.task_type]),
    item(words.target, cellText(record.target)),
    ...algorithms,
    item(words.runAt, timeText(record.started_at)),
    item(words.duration, duration(Date.parse(record.ended_at) - Date.parse(record.started_at))),
    ...(record.resources === null ? [] : [item(words.resources, resourcesText(record.resources, words))]),
    ...(record.issue === null ? [] : [item(words.issue, issueText(record.issue))]),
    item(words.requestedBy, cellText(record.requested_by)),
  ]);
}

export function dataset({ dataset: data }: HistoryRecord, words: HistoryLabels): Lines {
  if (data === null) return section(words.dataset, [words.notReached]);
  const rows = (n: number) => fill(words.rows, { n: n.toLocaleString('en-US') });
  const { splits } = data;
  const splitLines =
    splits === null
      ? []
      : [
          item(words.trainRows, rows(splits.train)),
          item(words.validationRows, rows(splits.validation)),
          item(words.testRows, rows(splits.test)),
        ];
  return section(words.dataset, [
    item('Dataset ID', code(data.dataset_id)),
    item(words.datasetVersion, cellText(data.version)),
    item(words.digest, code(`sha256:${data.digest}`)),
    ...(data.rows === null ? [] : [item(words.totalRows, rows(data.rows))]),
    ...splitLines,
  ]);
}

export function hyperparameters(record: HistoryRecord, words: HistoryLabels): Lines {
  const list = (values: Record<string, unknown>) =>
    Object.entries(values).map(([name, value]) =>
      item(inlineText(name), cellText(typeof value === 'string' ? value : JSON.stringify(value))),
    );
  const retries = record.retries.flatMap((retry) => [
    '',
    `${fill(words.adjustedBy, { by: cellText(retry.by) })}:`,
    '',
    ...list(retry.adjusted_hyperparameters),
  ]);
  return section(words.hyperparameters, [...list(record.hyperparameters), ...retries]);
}

export function candidates(record: HistoryRecord, words: HistoryLabels): Lines {
  const rows = record.candidates.map((each) => [
    `${cellText(each.algorithm)}${each.algorithm === record.algorithm ? ' ✅' : ''}`,
    cellText(each.metric),
    each.error === null ? meanText(each.mean, each.std) : `❌ ${cellText(each.error, 200)}`,
    duration(each.train_seconds * 1000),
  ]);
  return section(words.candidates, table(words.candidateColumns, rows));
}

function metricText(
  metric: string,
  value: number | null,
  words: HistoryLabels,
  options: { signed?: boolean } = {},
): string {
  return isMeaningful(metric, value) ? number(value, options) : words.notMeaningful;
}

export function evaluation({ evaluation: results }: HistoryRecord, words: HistoryLabels): Lines {
  if (results === null) return section(words.evaluation, [words.notReached]);
  const cv = results.cross_validation;
  const crossValidation =
    cv === null
      ? []
      : [
          item(
            fill(words.crossValidation, { folds: cv.folds, metric: cellText(cv.metric) }),
            meanText(cv.mean, cv.std),
          ),
        ];
  const fairness = results.fairness_score === null ? [] : [item(words.fairness, number(results.fairness_score))];
  const { comparison } = results;
  const compared =
    comparison === null
      ? []
      : [
          '',
          `### ${fill(words.comparison, { version: cellText(comparison.previous_version) })}`,
          '',
          ...table(
            words.comparisonColumns,
            Object.entries(comparison.metrics).map(([metric, { previous, current, difference }]) => [
              cellText(metric),
              metricText(metric, previous, words),
              metricText(metric, current, words),
              metricText(metric, difference, words, { signed: true }),
            ]),
          ),
        ];
  const metrics = Object.entries(results.metrics).map(([metric, value]) =>
    item(inlineText(metric), metricText(metric, value, words)),
  );
  const positive = results.positive_class === null ? [] : [item(words.positiveClass, cellText(results.positive_class))];
  return section(words.evaluation, [...metrics, ...positive, ...crossValidation, ...fairness, ...compared]);
}

export function verdict({ judgement, language }: HistoryRecord, words: HistoryLabels): Lines {
  if (judgement === null) return [];
  const rows = judgement.criteria.map((each) => [
    cellText(each.name),
    number(each.value),
    cellText(each.required),
    commentMessages[language].verdicts[each.verdict],
    cellText(each.note),
  ]);
  return section(words.verdict, [
    inlineText(withoutCriteria(judgement.message), 2000),
    '',
    ...table(words.verdictColumns, rows),
  ]);
}

export function pictures(record: HistoryRecord, given: readonly HistoryPicture[], words: HistoryLabels): Lines {
  const lines = given.flatMap(({ name, title, sha256 }) => [
    `![${linkText(title, 100)}](${record.training_id}/${name})`,
    '',
    `${code(name)} ${code(`sha256:${sha256}`)}`,
    '',
  ]);
  return section(words.pictures, lines.slice(0, -1));
}

export function model(record: HistoryRecord, words: HistoryLabels): Lines {
  const kept =
    record.kept_version === null ? [] : [fill(words.keptVersion, { version: cellText(record.kept_version) })];
  if (record.model === null) return section(words.model, kept);
  const endpoint =
    record.endpoint === null
      ? []
      : [
          item(
            words.endpoint,
            `${code(record.endpoint.name)}${record.endpoint.url === null ? '' : ` ${code(record.endpoint.url)}`}`,
          ),
        ];
  return section(words.model, [
    item(words.modelVersion, `${cellText(record.model.version)} (${cellText(record.model.change)})`),
    item(words.previousVersion, cellText(record.model.previous_version ?? '-')),
    item(words.package, code(record.model.package_prefix)),
    item(words.modelDigest, code(record.model.model_sha256)),
    ...endpoint,
    ...(kept.length === 0 ? [] : ['', ...kept]),
  ]);
}

export function plan(record: HistoryRecord, words: HistoryLabels): Lines {
  if (record.plan_hash === null) return section(words.plan, [words.noPlan]);
  const approvals = record.approvals.map(
    ({ by, how, at, plan_hash: hash }) =>
      `- ${fill(words.approvedBy, { by: cellText(by), how: cellText(how), at: cellText(at), hash: code(hash) })}`,
  );
  return section(words.plan, [
    item(words.planHash, code(record.plan_hash)),
    ...(approvals.length === 0 ? [`- ${words.notApproved}`] : approvals),
  ]);
}

export function environment({ environment: given }: HistoryRecord, words: HistoryLabels): Lines {
  if (given === null) return [];
  const shown: [string, string | null][] = [
    [words.codeDigest, given.code_digest === null ? null : code(given.code_digest)],
    [words.environmentDigest, given.environment_digest === null ? null : code(given.environment_digest)],
    ['Python', given.python === null ? null : cellText(given.python)],
    ['Platform', given.platform === null ? null : cellText(given.platform)],
  ];
  const packages = Object.entries(given.packages).map(([name, version]) => `${cellText(name)} ${cellText(version)}`);
  return section(words.environment, [
    ...shown.filter((entry): entry is [string, string] => entry[1] !== null).map(([label, text]) => item(label, text)),
    ...(packages.length === 0 ? [] : [item(words.packages, packages.join(', '))]),
  ]);
}

export function states(record: HistoryRecord, words: HistoryLabels): Lines {
  const rows = record.states.map((each) => [
    cellText(each.state),
    String(each.visit),
    String(each.attempts),
    duration(each.duration_ms),
    each.status,
  ]);
  return section(words.states, table(words.stateColumns, rows));
}

/** What was sent to the channels beside the issue, and what did not arrive. */
export function notifications({ notifications: told, language }: HistoryRecord): Lines {
  const lines = notificationLines(told, language, { all: true });
  return section(
    notificationMessages[language].section,
    lines.map((line) => `- ${inlineText(line, 500)}`),
  );
}

export function status(record: HistoryRecord, words: HistoryLabels): Lines {
  return section(words.status, [
    words.endings[record.ending],
    ...(record.ended_in_state === null && record.ended_by === null && record.reason === null ? [] : ['']),
    ...(record.ended_in_state === null ? [] : [item(words.endedIn, code(record.ended_in_state))]),
    ...(record.ended_by === null ? [] : [item(words.endedBy, cellText(record.ended_by))]),
    ...(record.reason === null ? [] : [item(words.reason, cellText(record.reason, 2000))]),
  ]);
}
