import type { Language } from '../../contracts/request.js';

const percent = (ratio: number) => `${(ratio * 100).toFixed(1)} %`;
const whole = (value: number) => value.toLocaleString('en-US');

const en = {
  title: 'Data-quality report',
  summary: (rows: number, columns: number) => `${whole(rows)} rows, ${columns} columns.`,
  header: ['Check', 'Column', 'Result', 'Finding'],
  status: { pass: 'pass', warn: 'warn', fail: 'fail' },
  columnsTitle: 'Columns',
  columnsHeader: ['Column', 'Type', 'Kind', 'Missing', 'Distinct', 'Minimum', 'Median', 'Maximum', 'Most frequent'],
  fewRows: (rows: number, minimum: number) => `${rows} rows; training needs at least ${minimum}.`,
  rows: (rows: number) => `${whole(rows)} rows.`,
  duplicates: (rows: number, ratio: number) =>
    `${whole(rows)} rows (${percent(ratio)}) repeat an earlier row in every column.`,
  noDuplicates: 'No row is repeated.',
  missing: (ratio: number) => `${percent(ratio)} of the values are missing.`,
  noMissing: (limit: number) => `No column misses more than ${percent(limit)} of its values.`,
  allMissing: 'The column has no value at all; it is left out of the features.',
  noAllMissing: 'Every column has values.',
  constant: 'All values are the same; the column is left out of the features.',
  noConstant: 'No column is constant.',
  identifier:
    'Nearly every value is different, as in an identifier; the column is left out of the features unless features.include names it.',
  noIdentifier: 'No column looks like an identifier.',
  cardinality: (distinct: number) =>
    `${whole(distinct)} different values; the column is left out of the features unless features.include names it.`,
  noCardinality: (limit: number) => `No category column has more than ${limit} values.`,
  mixed: (ratio: number) =>
    `${percent(ratio)} of the values read as numbers, the rest does not: the column is treated as categories.`,
  noMixed: 'No column mixes numbers and words.',
  unusedKind: (kind: string) =>
    `The column holds ${kind === 'datetime' ? 'dates or times' : 'free text'}, which is not yet used as a feature (planned).`,
  noUnusedKind: 'Every column is of a kind that can be a feature.',
  outliers: (ratio: number) =>
    `${percent(ratio)} of the values lie more than 1.5 interquartile ranges outside the quartiles.`,
  noOutliers: (limit: number) => `No column has more than ${percent(limit)} outliers (1.5 interquartile ranges).`,
  targetAbsent: (target: string, nearest: string) => `There is no column "${target}". Nearest: ${nearest}.`,
  targetMissing: 'The target has no value in any row.',
  targetSomeMissing: (rows: number) => `${whole(rows)} rows without a target are left out.`,
  targetConstant: (value: string) => `The target has one value only (${value}); there is nothing to learn.`,
  targetManyClasses: (classes: number, limit: number) =>
    `The target has ${whole(classes)} classes; at most ${limit} are allowed. If it is a quantity, set task_type: regression.`,
  targetContinuous: (distinct: number) =>
    `The target is a quantity (${whole(distinct)} different numbers with fractions), not a class. Set task_type: regression.`,
  targetText: (example: string) =>
    `The target is not a number (e.g. ${example}). Set task_type: classification, or name a numeric target.`,
  targetDate: 'The target is a date or time; that is not yet supported (planned).',
  targetRareClass: (name: string, rows: number, minimum: number) =>
    `Class ${name} has ${rows} rows; cross-validation needs at least ${minimum} (two a fold). Give more rows of it, or set cv_folds lower.`,
  targetImbalance: (ratio: number) => `The rarest class has ${percent(ratio)} of the rows.`,
  targetFewValues: (distinct: number) =>
    `The target of this regression has ${distinct} different values; perhaps it is a classification.`,
  targetFine: 'The target can be learned.',
  positiveUnknown: (found: string, classes: string) =>
    `positive_class ${found} is no class of the target. Classes: ${classes}.`,
  unknownColumn: (field: string, name: string, nearest: string) =>
    `${field} names "${name}", which is no column. Nearest: ${nearest}.`,
  timeColumn: (name: string, type: string) =>
    `time_column "${name}" is of type ${type}; it must be a date, a time or a number.`,
  notNumeric: (field: string, name: string, found: string, numeric: string) =>
    `${field} names "${name}", which is ${found}. Allowed: ${numeric === '' ? 'nothing, no column is numeric' : `numeric: ${numeric}`}.`,
  isTarget: 'the target',
  isDropped: (why: string) => `not among the features (${why})`,
  isOfType: (type: string) => `of type ${type}`,
  nameTaken: (field: string, name: string) =>
    `${field} makes a feature "${name}", but a column has that name. Allowed: a name that no column has.`,
  lagsNeedTime: 'data_preprocessing.generate_features.lags needs time_column: without it no row is the earlier one.',
  lagTies: (time: string, by: string | null, rows: number) =>
    `data_preprocessing.generate_features.lags: ${whole(rows)} rows have the same ${time}${by === null ? '' : ` and ${by}`} as another row, so that it is not told which one is earlier. Allowed: one row for each ${time}${by === null ? '; name the column that tells the series apart as by' : ` and ${by}`}.`,
  noFeatures: 'No column is left to learn from.',
  expectationUnknown: (name: string, nearest: string) =>
    `The expectations name "${name}", which is no column. Nearest: ${nearest}.`,
  expectationBroken: (what: string, rows: number) => `${what}: ${whole(rows)} rows break it.`,
  expectationType: (found: string, type: string) => `type ${type} expected, found ${found}.`,
  expectationMet: (what: string) => `${what}: holds.`,
};

export type QualityMessages = typeof en;

const ja: QualityMessages = {
  title: 'データ品質レポート',
  summary: (rows, columns) => `${whole(rows)} 行、${columns} 列。`,
  header: ['検査', '列', '結果', '内容'],
  status: { pass: '合格', warn: '警告', fail: '不合格' },
  columnsTitle: '列',
  columnsHeader: ['列', '型', '種類', '欠損', '異なる値', '最小', '中央値', '最大', '最頻値'],
  fewRows: (rows, minimum) => `${rows} 行しかありません。学習には ${minimum} 行以上が必要です。`,
  rows: (rows) => `${whole(rows)} 行。`,
  duplicates: (rows, ratio) => `${whole(rows)} 行（${percent(ratio)}）がすべての列で前の行と重複しています。`,
  noDuplicates: '重複した行はありません。',
  missing: (ratio) => `値の ${percent(ratio)} が欠損しています。`,
  noMissing: (limit) => `欠損が ${percent(limit)} を超える列はありません。`,
  allMissing: '値が一つもありません。特徴量から除きます。',
  noAllMissing: 'すべての列に値があります。',
  constant: '値がすべて同じです。特徴量から除きます。',
  noConstant: '値が一定の列はありません。',
  identifier: 'ほぼすべての値が異なり、識別子とみられます。features.include で指定しない限り特徴量から除きます。',
  noIdentifier: '識別子とみられる列はありません。',
  cardinality: (distinct) =>
    `異なる値が ${whole(distinct)} 個あります。features.include で指定しない限り特徴量から除きます。`,
  noCardinality: (limit) => `値が ${limit} 個を超えるカテゴリ列はありません。`,
  mixed: (ratio) => `値の ${percent(ratio)} は数値ですが、残りは数値ではありません。カテゴリとして扱います。`,
  noMixed: '数値と文字が混在する列はありません。',
  unusedKind: (kind) =>
    `${kind === 'datetime' ? '日時' : '自由記述のテキスト'}の列は、まだ特徴量として使えません（予定）。`,
  noUnusedKind: 'すべての列が特徴量にできる種類です。',
  outliers: (ratio) => `値の ${percent(ratio)} が四分位範囲の 1.5 倍より外にあります。`,
  noOutliers: (limit) => `外れ値（四分位範囲の 1.5 倍）が ${percent(limit)} を超える列はありません。`,
  targetAbsent: (target, nearest) => `列「${target}」がありません。近い名前: ${nearest}。`,
  targetMissing: '目的変数にはどの行にも値がありません。',
  targetSomeMissing: (rows) => `目的変数のない ${whole(rows)} 行を除きます。`,
  targetConstant: (value) => `目的変数の値が一つだけ（${value}）で、学習できることがありません。`,
  targetManyClasses: (classes, limit) =>
    `目的変数のクラスが ${whole(classes)} 個あります（上限 ${limit}）。量であれば task_type: regression にしてください。`,
  targetContinuous: (distinct) =>
    `目的変数は量（小数を含む ${whole(distinct)} 個の数値）で、クラスではありません。task_type: regression にしてください。`,
  targetText: (example) =>
    `目的変数が数値ではありません（例: ${example}）。task_type: classification にするか、数値の列を指定してください。`,
  targetDate: '日時の目的変数にはまだ対応していません（予定）。',
  targetRareClass: (name, rows, minimum) =>
    `クラス ${name} は ${rows} 行です。交差検証には ${minimum} 行以上（各分割に 2 行）が必要です。行を増やすか cv_folds を小さくしてください。`,
  targetImbalance: (ratio) => `最も少ないクラスは全体の ${percent(ratio)} です。`,
  targetFewValues: (distinct) => `回帰の目的変数の値が ${distinct} 個しかありません。分類かもしれません。`,
  targetFine: '目的変数は学習できます。',
  positiveUnknown: (found, classes) =>
    `positive_class の ${found} は目的変数のクラスにありません。クラス: ${classes}。`,
  unknownColumn: (field, name, nearest) => `${field} の「${name}」という列はありません。近い名前: ${nearest}。`,
  timeColumn: (name, type) => `time_column「${name}」の型は ${type} です。日付・日時・数値の列を指定してください。`,
  notNumeric: (field, name, found, numeric) =>
    `${field} の「${name}」は${found}です。指定できる列: ${numeric === '' ? 'なし（数値の列がありません）' : `数値の列 ${numeric}`}。`,
  isTarget: '目的変数',
  isDropped: (why) => `特徴量から除かれた列（${why}）`,
  isOfType: (type) => `型が ${type} の列`,
  nameTaken: (field, name) =>
    `${field} が作る特徴量「${name}」と同じ名前の列があります。どの列とも違う名前にしてください。`,
  lagsNeedTime: 'data_preprocessing.generate_features.lags には time_column が必要です。ないと前の行が決まりません。',
  lagTies: (time, by, rows) =>
    `data_preprocessing.generate_features.lags: ${whole(rows)} 行は ${time}${by === null ? '' : ` と ${by}`} が他の行と同じで、どちらが先か決まりません。${time}${by === null ? ' ごとに 1 行にするか、系列を分ける列を by に指定してください' : ` と ${by} の組ごとに 1 行にしてください`}。`,
  noFeatures: '特徴量にできる列が残っていません。',
  expectationUnknown: (name, nearest) => `expectations の「${name}」という列はありません。近い名前: ${nearest}。`,
  expectationBroken: (what, rows) => `${what}: ${whole(rows)} 行が満たしていません。`,
  expectationType: (found, type) => `型は ${type} のはずですが ${found} です。`,
  expectationMet: (what) => `${what}: 満たしています。`,
};

/** Every text of the data reports, by language. */
export function qualityMessages(language: Language): QualityMessages {
  return language === 'ja' ? ja : en;
}
