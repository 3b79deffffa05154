import type { FailureText } from '../messages/failures.js';

const splits: Record<string, string> = { train: '学習用', training: '学習用', validation: '検証用', test: 'テスト用' };
const splitInJapanese = (name: string): string => splits[name] ?? name;

type Counts = Record<'train' | 'validation' | 'test', number>;

const countsEn = ({ train, validation, test }: Counts, leftOut: string): string =>
  `${train} for training, ${validation} for validation, ${test} for test; left out: ${leftOut === '' ? 'none' : leftOut}`;
const countsJa = ({ train, validation, test }: Counts, leftOut: string): string =>
  `学習用 ${train} 行、検証用 ${validation} 行、テスト用 ${test} 行。除外: ${leftOut === '' ? 'なし' : leftOut}`;

/** Why the preparation or the evaluation of data cannot go on. What the engine says itself stands in it as it is. */
export const jobMessages = {
  /** `problems` are in the language of the request. */
  unusable: ({ problems }: { problems: readonly string[] }): FailureText => ({
    en: {
      what: `The data cannot be used for this training. ${problems.join(' ')}`,
      next: 'correct the data or the request and send it again.',
    },
    ja: `データをこの学習に使用できません。${problems.join(' ')} データまたはリクエストを修正してください。`,
  }),
  fewRows: ({ counts, leftOut, minimum }: { counts: Counts; leftOut: string; minimum: number }): FailureText => ({
    en: {
      what: 'Too few rows are left after cleaning.',
      found: countsEn(counts, leftOut),
      allowed: `at least ${minimum} rows`,
      next: `give more rows${leftOut === '' ? '' : ', or let data_preprocessing keep those that are left out'}.`,
    },
    ja: `前処理のあとに残る行が足りません（${countsJa(counts, leftOut)}）。${minimum} 行以上が必要です。行を増やして${leftOut === '' ? '' : 'いただくか、除外した行を残すように data_preprocessing を変更して'}ください。`,
  }),
  emptySplit: ({ counts, leftOut, byTime }: { counts: Counts; leftOut: string; byTime: boolean }): FailureText => ({
    en: {
      what: 'A split has no rows.',
      found: countsEn(counts, leftOut),
      allowed: 'rows in each split',
      next: byTime
        ? 'give each share of split more, or a time_column with more different times: equal times stay together.'
        : 'give each share of split more, or give more rows.',
    },
    ja: `行のない分割があります（${countsJa(counts, leftOut)}）。${byTime ? 'split の割合を変更するか、異なる時刻がより多い time_column を指定してください（同じ時刻の行は分けません）。' : 'split の割合を変更するか、行を増やしてください。'}`,
  }),
  poorClass: ({ classes, folds }: { classes: Readonly<Record<string, number>>; folds: number }): FailureText => ({
    en: {
      what: 'The training split has too few rows of a class.',
      found: Object.entries(classes)
        .map(([name, rows]) => `${name}: ${rows}`)
        .join(', '),
      allowed: `two classes or more, each with at least ${folds} rows (one a fold)`,
      next: 'give more rows of it, set cv_folds lower, or keep rows that cleaning removes.',
    },
    ja: `学習用データに行の足りないクラスがあります（${Object.entries(classes)
      .map(([name, rows]) => `${name}: ${rows} 行`)
      .join(
        '、',
      )}）。2クラス以上、各クラス ${folds} 行以上（各分割に1行）が必要です。行を増やすか、cv_folds を小さくするか、前処理で除外される行を残してください。`,
  }),
  noMemory: ({ why }: { why: string }): FailureText => ({
    en: {
      what: 'The data does not fit in the memory of this job.',
      found: why,
      next: 'raise limits.max_memory_mb in the request, or give fewer columns.',
    },
    ja: `データがジョブのメモリに収まりません。リクエストの limits.max_memory_mb を大きくするか、列を減らしてください。詳細（原文）: ${why}`,
  }),
  diskFull: ({ why }: { why: string }): FailureText => ({
    en: {
      what: 'The disk is full: the data could not be written.',
      found: why,
      next: 'free disk space in the state directory and retry.',
    },
    ja: `ディスクの空き容量がないため、データを書き込めません。状態ディレクトリの空き容量を増やしてから再実行してください。詳細（原文）: ${why}`,
  }),
  expectations: ({ file, why }: { file: string; why: string }): FailureText => ({
    en: {
      what: `The expectations file ${file} cannot be used.`,
      found: why,
      allowed:
        'a list, or {expectations: [...]}, of {column, expect: not_null | unique | between | in_set | matches | type, ...}',
      next: 'correct the file; the profile of the dataset holds a first version to start from.',
    },
    ja: `expectationsファイル ${file} を使用できません。リスト、または {expectations: [...]} の形で {column, expect: not_null | unique | between | in_set | matches | type, ...} を書いてください。詳細（原文）: ${why}`,
  }),
  pattern: ({ column, pattern, why }: Record<'column' | 'pattern' | 'why', string>): FailureText => ({
    en: {
      what: `The expectation "matches" on column "${column}" has a pattern that cannot be used.`,
      found: `${pattern} (${why})`,
      allowed: 'a regular expression in RE2 syntax',
      next: 'correct it in the expectations file.',
    },
    ja: `列「${column}」の matches のパターン ${pattern} を使用できません。expectationsファイルでRE2の正規表現に修正してください。詳細（原文）: ${why}`,
  }),
  testTarget: ({
    row,
    target,
    found,
    classes,
  }: {
    row: number;
    target: string;
    found: string | null;
    classes: readonly string[] | null;
  }): FailureText => ({
    en: {
      what: `Test row ${row} has a target "${target}" that the model cannot have.`,
      found: found ?? 'no value',
      allowed: classes === null ? 'a number' : classes.join(', '),
      next: 'Prepare the data again, with the same classes for training and test.',
    },
    ja: `テスト用データの ${row} 行目の目的変数「${target}」は、このモデルが予測できない値です（${found ?? '値なし'}。予測できる値: ${classes === null ? '数値' : classes.join('、')}）。学習用とテスト用で同じクラスになるように、データを準備し直してください。`,
  }),
  noRows: ({ what }: { what: string }): FailureText => ({
    en: { what: `The ${what} rows are empty.`, next: 'Give the split more rows.' },
    ja: `${splitInJapanese(what)}データに行がありません。split の割合を変更してください。`,
  }),
  modelLoadsNot: ({ why }: { why: string }): FailureText => ({
    en: {
      what: 'model.onnx does not load in onnxruntime.',
      found: why,
      next: 'Train again, or check how the training script exports the model.',
    },
    ja: `model.onnx をonnxruntimeで読み込めません。再度学習するか、学習スクリプトの書き出し方を確認してください。詳細（原文）: ${why}`,
  }),
  rowsLack: ({
    what,
    absent,
    found,
  }: {
    what: string;
    absent: readonly string[];
    found: readonly string[];
  }): FailureText => ({
    en: {
      what: `The rows lack ${what}: ${absent.join(', ')}.`,
      found: found.join(', '),
      next: 'Prepare the data again with the features that the model was trained on.',
    },
    ja: `データに必要な列がありません: ${absent.join('、')}（ある列: ${found.join('、')}）。モデルの学習に使った特徴量で、データを準備し直してください。`,
  }),
} as const;
