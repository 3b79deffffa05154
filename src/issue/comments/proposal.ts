import { stringify } from 'yaml';
import type { QualityCheck } from '../../contracts/data.js';
import type { ApprovedBy } from '../../contracts/execution.js';
import type { Estimate, EstimatedImpact, ProposalDocument, ProposalItem } from '../../contracts/optimization.js';
import type { Plan } from '../../contracts/plan.js';
import type { Language } from '../../contracts/request.js';
import { answerMark } from '../../capabilities/shared/folded-comment.js';
import { usd } from '../../history/markdown.js';
import { commentMessages, wordFor } from '../../messages/comments.js';
import { codeBlock, inlineCode, inlineText } from '../../request/escape.js';
import { generatedFeatures, lagColumns } from '../../request/generated-features.js';
import { blocks, criterionText, duration, figure, percent, yamlValue } from './format.js';

/** What the checks found remarkable in usable data, e.g. a column that is left out; column null: the whole dataset. */
export type DataNote = Pick<QualityCheck, 'column' | 'message'>;

const maxNotes = 20;
const maxClasses = 10;
/** Characters of a plan that are shown: long lists of columns must not fill the comment. */
const maxPlanText = 15_000;

/** What the proposal comment shows. */
export interface ProposalData {
  proposal: ProposalDocument;
  /** What will run when it is approved. */
  plan: Plan;
  plan_hash: string;
  /** Approval that came with the request (`--yes`, `auto_approve`, `/override`); null: somebody has to approve. */
  pre_approval: Pick<ApprovedBy, 'by'> | null;
  /** Default: none. */
  data_notes?: readonly DataNote[];
  /** What went wrong beside it, e.g. a channel that could not be told. Default: nothing. */
  troubles?: readonly string[];
}

function noteLines(notes: readonly DataNote[], language: Language): string[] {
  if (notes.length === 0) return [];
  const m = commentMessages[language];
  const more = notes.length > maxNotes ? [`- ${m.proposal.moreNotes(notes.length - maxNotes)}`] : [];
  const lines = notes.slice(0, maxNotes).map(({ column, message }) => {
    const name = column === null ? '' : `${inlineCode(column)}${m.separator}`;
    return `- ⚠️ ${name}${inlineText(message, 500)}`;
  });
  return [`**${m.proposal.dataNotes}**`, '', ...lines, ...more];
}

/** Rows of each class, the most frequent first. */
function classLines(
  distribution: ProposalDocument['detected_characteristics']['class_distribution'],
  language: Language,
): string[] {
  if (distribution === null) return [];
  const { proposal: m, listSeparator } = commentMessages[language];
  const classes = Object.entries(distribution).toSorted(([, a], [, b]) => b - a);
  const shown = classes.slice(0, maxClasses).map(([name, rows]) => `${inlineCode(name, 60)} ${figure(rows)}`);
  const more = classes.length > maxClasses ? [m.moreClasses(classes.length - maxClasses)] : [];
  return [`- ${m.classes}: ${[...shown, ...more].join(listSeparator)}`];
}

function detectedLines(
  { detected_characteristics: found }: ProposalDocument,
  plan: Plan,
  language: Language,
): string[] {
  const messages = commentMessages[language];
  const m = messages.proposal;
  const algorithms = found.algorithms.map((name) => wordFor(messages.algorithms, name)).join(messages.listSeparator);
  const ratio = found.imbalance_ratio;
  const imbalance =
    ratio === null ? [] : [found.class_imbalance ? m.imbalanceFound(percent(ratio)) : m.imbalanceNone(percent(ratio))];
  return [
    `**${m.detected}**`,
    '',
    `- ${m.learningType}: ${messages.learningTypes.supervised} (${messages.taskTypes[found.task_type]})`,
    `- ${m.algorithm}: ${algorithms === '' ? '-' : inlineText(algorithms)}`,
    `- ${m.dataset}: ${inlineCode(`${plan.dataset.dataset_id}@${plan.dataset.version}`)}`,
    `- ${m.datasetSize}: ${m.rows(figure(found.dataset_size), messages.sizeClasses[found.dataset_size_class])}`,
    `- ${m.features}: ${figure(found.num_features)}`,
    ...classLines(found.class_distribution, language),
    ...imbalance.map((text) => `- ${m.imbalance}: ${text}`),
    `- ${m.similarRuns}: ${figure(found.similar_runs.length)}`,
  ];
}

function itemValue(value: ProposalItem['value']): string {
  const text = Array.isArray(value) ? value.join(', ') : String(value);
  return inlineCode(text);
}

function recommendedLines({ optimization_proposal: proposal }: ProposalDocument, language: Language): string[] {
  const messages = commentMessages[language];
  const m = messages.proposal;
  const phases = [1, 2, 3, 4, 5, 6, 7] as const;
  const lines = phases.flatMap((phase) => {
    const items = proposal.items.filter((item) => item.phase === phase);
    if (items.length === 0) return [];
    const texts = items.map(({ field, value, reason, source, available }) => {
      // What is planned says so in its reason.
      const mark = available ? '✅' : '➖';
      return `   - ${mark} ${inlineCode(field)}: ${itemValue(value)} · ${m.because(inlineText(reason), messages.sources[source])}`;
    });
    return [`${phase}. **${messages.phases[phase]}**`, ...texts];
  });
  return [
    `**${m.recommended}**`,
    '',
    ...lines,
    '',
    `**${m.profile}**: ${messages.profiles[proposal.performance_profile]}`,
  ];
}

function impactLines(impact: EstimatedImpact, language: Language): string[] {
  const m = commentMessages[language].proposal;
  if (impact.runs === 0) return [`**${m.impact}**: ${m.noHistory}`];
  const line = (name: string, value: Estimate | null, format: (amount: number) => string): string[] => {
    if (value === null) return [];
    const { median, low, high } = value;
    const isSpan = low !== null && high !== null;
    return [
      `- ${name}: ${isSpan ? m.interval(format(median), format(low), format(high)) : m.noInterval(format(median))}`,
    ];
  };
  const seconds = (amount: number): string => duration(amount * 1000);
  const texts: [string, string | null][] = [
    ['training_time_reduction', impact.training_time_reduction],
    ['cost_reduction', impact.cost_reduction],
    ['accuracy_improvement', impact.accuracy_improvement],
  ];
  return [
    `**${m.impact}**`,
    '',
    ...line(m.trainingTime, impact.training_seconds, seconds),
    ...line(m.totalTime, impact.total_seconds, seconds),
    ...line(m.cost, impact.cost_usd, usd),
    ...(impact.metric === null ? [] : line(inlineCode(impact.metric.name), impact.metric.value, figure)),
    ...texts.flatMap(([name, text]) => (text === null ? [] : [`- ${inlineCode(name)}: ${inlineText(text)}`])),
    `- ${m.basis}: ${inlineText(impact.basis)}`,
  ];
}

/** Hyperparameters in the words of the request: `xgboost: max_depth=5, num_round=100`. */
export function hyperparameterText(hyperparameters: Plan['request']['hyperparameters'], language: Language): string {
  const sets = Object.entries(hyperparameters).filter(([, set]) => Object.keys(set).length > 0);
  if (sets.length === 0) return commentMessages[language].operator.defaults;
  return sets
    .map(([algorithm, set]) => {
      const values = Object.entries(set).map(([name, value]) => `${name}=${yamlValue(value)}`);
      return inlineCode(`${algorithm}: ${values.join(', ')}`);
    })
    .join(commentMessages[language].listSeparator);
}

function generatedLines({ data_preprocessing: preprocessing }: Plan['request'], language: Language): string[] {
  const generate = preprocessing.generate_features;
  if (generate === undefined) return [];
  const names = [...lagColumns(generate), ...generatedFeatures(generate)].map(({ made }) => inlineCode(made.name));
  if (names.length === 0) return [];
  const messages = commentMessages[language];
  const { generated, moreGenerated } = messages.proposal;
  const more = names.length > maxNotes ? [moreGenerated(names.length - maxNotes)] : [];
  return [`- ${generated}: ${[...names.slice(0, maxNotes), ...more].join(messages.listSeparator)}`];
}

function planLines({ request, deploy_target: target }: Plan, hash: string, language: Language): string[] {
  const m = commentMessages[language].proposal;
  const criteria = request.criteria.map((criterion) => inlineCode(criterionText(criterion)));
  return [
    `**${m.planTitle}**`,
    '',
    `- ${m.target}: ${inlineCode(request.target)}`,
    ...generatedLines(request, language),
    `- ${m.hyperparameters}: ${hyperparameterText(request.hyperparameters, language)}`,
    `- ${m.criteria}: ${criteria.join(commentMessages[language].listSeparator)}`,
    `- ${m.deployTo}: ${inlineCode(target.endpoint_name)} (${request.deploy_to})`,
    `- ${m.hash}: \`${hash}\``,
  ];
}

/** Everything that the hash is made from, folded: who approves a hash can see what it stands for. */
function hashedLines(plan: Plan): string[] {
  const m = commentMessages[plan.request.language].proposal;
  const text = stringify(plan, { lineWidth: 0, aliasDuplicateObjects: false }).trimEnd();
  const end = text.length <= maxPlanText ? text.length : text.lastIndexOf('\n', maxPlanText);
  return [
    `<details><summary>${m.hashed}</summary>`,
    '',
    codeBlock(text.slice(0, end), 'yaml'),
    '',
    ...(end < text.length ? [m.hashedCut, ''] : []),
    '</details>',
  ];
}

/** The comment that shows a plan with its hash and its reasons, and says how to approve it (requirements O5, R3). */
export function renderProposal(data: ProposalData): string {
  const { proposal, plan, plan_hash: hash, pre_approval: approval, data_notes: notes = [] } = data;
  const { language, deploy_to: deployTo } = plan.request;
  const m = commentMessages[language].proposal;
  const alone = deployTo === 'production' && plan.policy.production_requires_second_person;
  const howTo =
    approval === null
      ? [m.howToApprove, ...(alone ? [m.secondPerson] : []), m.expires]
      : [m.preApproved(inlineText(approval.by))];
  return blocks(
    [`## ${m.title}`],
    detectedLines(proposal, plan, language),
    noteLines(notes, language),
    recommendedLines(proposal, language),
    impactLines(proposal.estimated_impact, language),
    planLines(plan, hash, language),
    (data.troubles ?? []).map((text) => `- ⚠️ ${inlineText(text, 500)}`),
    hashedLines(plan),
    [answerMark, howTo.join('\n\n')],
  );
}

/** What earlier proposals are folded under once this plan is shown. */
export function foldedTitle({ request: { language } }: Plan, hash: string): string {
  return commentMessages[language].proposal.replaced(hash.slice(0, 12));
}
