import { fileURLToPath } from 'node:url';
import type { EvaluationResults, Judgement } from '../../contracts/evaluation.js';
import { isMeaningful } from '../../contracts/meaningful.js';
import type { ImpactReport } from '../../contracts/applied-optimizations.js';
import type { Language } from '../../contracts/request.js';
import { historyLabels } from '../../history/labels.js';
import { linked, meanText } from '../../history/markdown.js';
import type { UsedResources } from '../../history/record.js';
import { impactTable } from '../../history/render-optimization.js';
import { resourcesText } from '../../history/render-sections.js';
import { commentMessages } from '../../messages/comments.js';
import { codeBlock, inlineCode, inlineText } from '../../request/escape.js';
import { blocks, duration, figure, table, verdictTable } from './format.js';

/** Where the run's history record is. */
export interface ReportPlace {
  file_path: string;
  commit_sha: string;
  commit_url: string;
}

/** One algorithm of the comparison; a mean of null: it failed. */
export interface Candidate {
  algorithm: string;
  metric: string;
  mean: number | null;
  std: number | null;
  train_seconds: number;
}

/** What the comment about a model in service shows; null = there is none. */
export interface ResultData {
  training_id: string;
  model_name: string;
  version: string;
  /** Version that served before. */
  previous_version: string | null;
  judgement: Judgement;
  evaluation: Pick<EvaluationResults, 'comparison' | 'rows'> | null;
  /** Committed beside the record as `NAME.png`, those first that say most. */
  pictures: readonly { name: string; title: string }[];
  /** Algorithms that were cross-validated side by side, best first; the first one went on. */
  candidates: readonly Candidate[];
  /** What the training job used; null: there was none. */
  resources: UsedResources | null;
  /** Predicted against actual; null: not known. */
  impact: Pick<ImpactReport, 'comparisons'> | null;
  /** `curl` is a line that works when pasted into a shell. */
  endpoint: { endpoint_name: string; invocation_url: string; curl: string };
  report: ReportPlace | null;
  /** What went wrong after the deployment, which stands all the same. */
  troubles: readonly string[];
  language: Language;
}

function candidateLines({ candidates, language }: ResultData): string[] {
  const [chosen, second] = candidates;
  if (chosen === undefined || second === undefined) return [];
  const m = commentMessages[language].result;
  const rows = candidates.map((one) => [
    `${inlineCode(one.algorithm)}${one === chosen ? ' ✅' : ''}`,
    one.mean === null ? m.failedCandidate : meanText(one.mean, one.std),
    duration(one.train_seconds * 1000),
  ]);
  return [
    `**${m.candidates}**`,
    '',
    ...table([m.columnAlgorithm, m.columnCrossValidation(inlineCode(chosen.metric)), m.columnTime], rows),
  ];
}

function comparisonLines({ evaluation, language }: ResultData): string[] {
  const comparison = evaluation?.comparison ?? null;
  if (comparison === null) return [];
  const m = commentMessages[language].result;
  const shown = (name: string, value: number | null, sign = '') =>
    isMeaningful(name, value) ? `${sign}${figure(value)}` : m.notMeaningful;
  const rows = Object.entries(comparison.metrics).map(([name, { previous, current, difference }]) => [
    inlineCode(name),
    shown(name, previous),
    shown(name, current),
    shown(name, difference, difference !== null && difference > 0 ? '+' : ''),
  ]);
  return [
    `**${m.comparison}** (${inlineCode(comparison.previous_version)})`,
    '',
    ...table([m.columnMetric, m.columnBefore, m.columnNow, m.columnDifference], rows),
  ];
}

function resourceLines({ resources, language }: ResultData): string[] {
  const words = historyLabels[language];
  return resources === null ? [] : [`- ${words.resources}: ${resourcesText(resources, words)}`];
}

function impactLines({ impact, language }: ResultData): string[] {
  const words = historyLabels[language];
  const compared = impact === null ? [] : impactTable(impact, words);
  return compared.length === 0 ? [] : [`**${words.impact}**`, '', ...compared];
}

/** The commit as a link, or as the line that shows it where it lies in a folder of this machine. */
function commitText({ commit_sha, commit_url: url, file_path }: ReportPlace): string {
  const sha = inlineCode(commit_sha.slice(0, 12));
  const path = url.startsWith('file:') ? fileURLToPath(url) : '';
  if (!path.endsWith(`/${file_path}`)) return linked(sha, url);
  const folder = path.slice(0, -file_path.length - 1).replaceAll("'", String.raw`'\''`);
  return `${sha} (${inlineCode(`git -C '${folder}' show ${commit_sha.slice(0, 12)}`)})`;
}

/** The lines that say where the history record is. */
export function reportLines(report: ReportPlace | null, language: Language): string[] {
  const m = commentMessages[language].result;
  if (report === null) return [];
  return [`- ${m.report}: ${inlineCode(report.file_path)}`, `- ${m.history}: ${commitText(report)}`];
}

/** What went wrong beside the outcome, which stands all the same. */
export function troubleLines(troubles: readonly string[], language: Language): string[] {
  if (troubles.length === 0) return [];
  const lines = troubles.map((text) => `- ${inlineText(text, 1000)}`);
  return [`**${commentMessages[language].result.warnings}**`, '', ...lines];
}

/** More would push the rest of the comment out of sight; the record has them all. */
const mostPictures = 2;

/** Pictures that were committed with the record, side by side; none where no browser can load them. */
function pictureLines({ pictures: all, report }: ResultData): string[] {
  const pictures = all.slice(0, mostPictures);
  if (report === null || pictures.length === 0 || !/^https?:/.test(report.commit_url)) return [];
  const folder = report.commit_url.replace(/\.md$/, '');
  const titles = pictures.map(({ title }) => inlineText(title, 100));
  // GitHub shows its reader the file itself under this address, in a private repository too.
  const images = pictures.map(({ name }, at) => `![${titles[at] ?? ''}](<${folder}/${name}.png?raw=true>)`);
  return table(titles, [images]);
}

/** The comment that says that a model is in service: verdict, version, endpoint, how to call it, where the report is. */
export function renderResult(data: ResultData): string {
  const { language, endpoint, previous_version: previous } = data;
  const m = commentMessages[language].result;
  return blocks(
    [`## ✅ ${m.title(inlineText(data.model_name), inlineText(data.version))}`],
    // Its first line: the table below says the others better.
    [inlineText(data.judgement.message.split('\n')[0] ?? '', 2000)],
    verdictTable(data.judgement, language),
    pictureLines(data),
    [
      `- ${m.training}: ${inlineCode(data.training_id)}`,
      `- ${m.version}: ${inlineCode(data.version)}`,
      `- ${m.endpoint}: ${inlineCode(endpoint.endpoint_name)} (${inlineCode(endpoint.invocation_url)})`,
      ...resourceLines(data),
      ...reportLines(data.report, language),
    ],
    candidateLines(data),
    comparisonLines(data),
    impactLines(data),
    [m.try, '', codeBlock(endpoint.curl, 'sh')],
    [previous === null ? m.first : m.previous(inlineText(previous))],
    troubleLines(data.troubles, language),
  );
}
