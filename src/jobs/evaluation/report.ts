import type { EvaluationResults } from '../../contracts/evaluation.js';
import { isMeaningful } from '../../contracts/meaningful.js';
import { allTests, type TestReport } from './documents.js';
import { minGroupRows, type BiasCheck } from './bias.js';
import type { Evaluation } from './evaluate-model.js';
import { escapeMarkdown, figure, table } from './markdown.js';
import { reportTexts, type ReportTexts } from './report-texts.js';

/** `evaluation_report.md`: everything a person wants to know of an evaluation, in the language of the request. */
export function renderEvaluationReport({ spec, results, baseline, comparisonProblem }: Evaluation): string {
  const t = reportTexts[spec.language];
  return [
    `# ${t.title}`,
    facts(results, t),
    `## ${t.metricsTitle}`,
    table(
      [t.metric, t.value],
      Object.entries(results.metrics).map(([name, value]) => [name, metricText(name, value, t)]),
    ),
    averagingText(results, t),
    ...classWise(results, t),
    ...pictures(results, t),
    ...(results.bias_check === null ? [] : [`## ${t.biasTitle}`, ...bias(results.bias_check, t)]),
    ...comparison(results, comparisonProblem, t),
    `## ${t.testsTitle}`,
    ...tests(allTests(results, spec.criteria), t),
    `## ${t.baselineTitle}`,
    baseline === null ? t.noBaseline : t.baseline(baseline.statistics.features.length),
    '',
  ].join('\n\n');
}

/** `test_report.md`: the unit checks of the artefact and its minimum performance. */
export function renderTestReport({ spec, results }: Pick<Evaluation, 'spec' | 'results'>): string {
  const t = reportTexts[spec.language];
  return [`# ${t.testReportTitle}`, facts(results, t), ...tests(allTests(results, spec.criteria), t), ''].join('\n\n');
}

function metricText(name: string, value: number | null, t: ReportTexts): string {
  return isMeaningful(name, value) ? figure(value) : t.notMeaningful;
}

/** Of which classes the metrics are. */
export function averagingText(
  { averaging, positive_class: positive }: Pick<EvaluationResults, 'averaging' | 'positive_class'>,
  t: ReportTexts,
): string {
  if (averaging !== 'binary') return t.averaging[averaging];
  return t.averaging.binary(positive === null ? null : escapeMarkdown(positive));
}

function facts(results: EvaluationResults, t: ReportTexts): string {
  return [
    `- ${t.trainingId}: ${escapeMarkdown(results.training_id)}`,
    `- ${t.taskType}: ${t.taskTypes[results.task_type]}`,
    `- ${t.testRows}: ${results.rows.toLocaleString('en-US')}`,
    `- ${t.runtime}: ${results.runtime.name} ${results.runtime.version} (${t.speed(results.rows_per_second.toLocaleString('en-US'))})`,
    `- ${t.artefact}: \`${results.model_sha256}\``,
  ].join('\n');
}

function classWise(results: EvaluationResults, t: ReportTexts): string[] {
  const classes = Object.entries(results.class_wise_metrics);
  if (classes.length === 0) return [];
  const rows = classes.map(([name, one]) => [
    escapeMarkdown(name),
    figure(one.precision),
    figure(one.recall),
    figure(one.f1_score),
    one.support.toLocaleString('en-US'),
  ]);
  return [`## ${t.classWiseTitle}`, table([t.className, 'precision', 'recall', 'f1_score', t.support], rows)];
}

function pictures(results: EvaluationResults, t: ReportTexts): string[] {
  if (results.pictures.length === 0) return [];
  return [`## ${t.picturesTitle}`, ...results.pictures.map(({ title, png }) => `![${title}](${png})`)];
}

function bias(check: BiasCheck, t: ReportTexts): string[] {
  if (check.groups.length === 0) return [t.noAttributes];
  const names = Object.keys(check.groups[0]?.metrics ?? {});
  const groups = check.groups.map((one) => [
    escapeMarkdown(one.attribute),
    `${escapeMarkdown(one.group)}${one.rows < minGroupRows ? ' \\*' : ''}`,
    one.rows.toLocaleString('en-US'),
    figure(one.selection_rate),
    ...names.map((name) => metricText(name, one.metrics[name] ?? null, t)),
  ]);
  const disparities = Object.entries(check.group_disparities);
  const gapNames = Object.keys(disparities[0]?.[1].metric_gaps ?? {});
  return [
    t.biasLevels[check.level],
    check.fairness_score === null ? t.fairnessUnknown : t.fairness(figure(check.fairness_score)),
    table(
      [t.attribute, t.ratio, ...gapNames.map((name) => `${t.difference} ${name}`)],
      disparities.map(([name, one]) => [
        escapeMarkdown(name),
        figure(one.selection_rate_ratio),
        ...gapNames.map((gap) => metricText(gap, one.metric_gaps[gap] ?? null, t)),
      ]),
    ),
    table([t.attribute, t.group, t.rows, t.selectionRate, ...names], groups),
    t.notJudged(minGroupRows),
  ];
}

function comparison({ comparison }: EvaluationResults, problem: string | null, t: ReportTexts): string[] {
  if (comparison === null)
    return problem === null ? [] : [`## ${t.comparisonTitle}`, t.notCompared(escapeMarkdown(problem))];
  const share = comparison.agreement === null ? '-' : `${(comparison.agreement * 100).toFixed(1)} %`;
  return [
    `## ${t.comparisonTitle}`,
    table(
      [t.metric, `${t.previous} (${escapeMarkdown(comparison.previous_version)})`, t.current, t.difference],
      Object.entries(comparison.metrics).map(([name, one]) => [
        name,
        ...[one.previous, one.current, one.difference].map((value) => metricText(name, value, t)),
      ]),
    ),
    t.agreement(share),
  ];
}

function tests(all: TestReport['tests'], t: ReportTexts): string[] {
  const passed = all.filter((test) => test.passed).length;
  const rows = all.map((test) => [test.name, test.passed ? t.passed : `**${t.failed}**`, escapeMarkdown(test.detail)]);
  return [t.testSummary(passed, all.length), table([t.test, t.verdict, t.detail], rows)];
}
