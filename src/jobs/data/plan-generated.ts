import type { ColumnProfile, DroppedColumn, LagColumn, QualityCheck } from '../../contracts/data.js';
import type { GenerateFeatures, Language } from '../../contracts/request.js';
import type { Feature, GeneratedFeature } from '../../contracts/training.js';
import { nearestNames } from '../../nearest.js';
import { generatedFeatures, lagColumns, type Asked } from '../../request/generated-features.js';
import { isNumeric } from './column-kind.js';
import { qualityMessages, type QualityMessages } from './quality-messages.js';

export interface GeneratedPlan {
  /** Columns that the preparation takes from earlier rows; each is an input of the model. */
  lags: LagColumn[];
  /** What the model makes of its inputs. */
  generated: GeneratedFeature[];
  problems: QualityCheck[];
}

interface Known {
  columns: readonly ColumnProfile[];
  /** Without the lags. */
  features: readonly Feature[];
  dropped: readonly DroppedColumn[];
  target: string;
  timeColumn: string | null;
}

const fail = (column: string | null, message: string): QualityCheck => ({
  check: 'generated_feature',
  column,
  status: 'fail',
  value: null,
  message,
});

/** What a column is, where a numeric feature was wanted. */
function whatItIs(name: string, { columns, dropped, target }: Known, words: QualityMessages): string {
  if (name === target) return words.isTarget;
  const reason = dropped.find((each) => each.name === name);
  if (reason !== undefined) return words.isDropped(reason.detail);
  return words.isOfType(columns.find((each) => each.name === name)?.type ?? '');
}

function lagProblems(
  { field, made: lag }: Asked<LagColumn>,
  { columns }: Known,
  words: QualityMessages,
): QualityCheck[] {
  const names = columns.map(({ name }) => name);
  const unknown = [['column', lag.column] as const, ...(lag.by === null ? [] : [['by', lag.by] as const])].filter(
    ([, name]) => !names.includes(name),
  );
  const problems = unknown.map(([member, name]) =>
    fail(name, words.unknownColumn(`${field}.${member}`, name, nearestNames(name, names).join(', '))),
  );
  const column = columns.find(({ name }) => name === lag.column);
  if (column !== undefined && !isNumeric(column.type)) {
    const numeric = columns.filter(({ type }) => isNumeric(type)).map(({ name }) => name);
    const message = words.notNumeric(`${field}.column`, lag.column, words.isOfType(column.type), numeric.join(', '));
    problems.push(fail(lag.column, message));
  }
  return problems;
}

function columnProblems(
  { field, made: { columns: wanted } }: Asked<GeneratedFeature>,
  numeric: readonly string[],
  known: Known,
  words: QualityMessages,
): QualityCheck[] {
  const names = [...new Set([...known.columns.map(({ name }) => name), ...numeric])];
  return wanted
    .filter((name) => !numeric.includes(name))
    .map((name) =>
      fail(
        name,
        names.includes(name)
          ? words.notNumeric(field, name, whatItIs(name, known, words), numeric.join(', '))
          : words.unknownColumn(field, name, nearestNames(name, names).join(', ')),
      ),
    );
}

/** Each problem once: an aggregate of several functions has those of its columns only once. */
function once(problems: readonly QualityCheck[]): QualityCheck[] {
  return [...new Map(problems.map((each) => [each.message, each])).values()];
}

/** Decides which features are made of the columns, and lists what stands against it. */
export function planGenerated(generate: GenerateFeatures, known: Known, language: Language): GeneratedPlan {
  const words = qualityMessages(language);
  const lags = lagColumns(generate);
  const generated = generatedFeatures(generate);
  const numeric = [
    ...known.features.filter(({ kind }) => kind === 'numeric').map(({ name }) => name),
    ...lags.map(({ made }) => made.name),
  ];
  // SQL tells no letter case apart.
  const columns = new Set(known.columns.map(({ name }) => name.toLowerCase()));
  const taken = [...lags, ...generated]
    .filter(({ made }) => columns.has(made.name.toLowerCase()))
    .map(({ field, made }) => fail(made.name, words.nameTaken(field, made.name)));
  return {
    lags: lags.map(({ made }) => made),
    generated: generated.map(({ made }) => made),
    problems: once([
      ...(known.timeColumn === null && lags.length > 0 ? [fail(null, words.lagsNeedTime)] : []),
      ...lags.flatMap((lag) => lagProblems(lag, known, words)),
      ...generated.flatMap((each) => columnProblems(each, numeric, known, words)),
      ...taken,
    ]),
  };
}
