import type { BiasCheck } from './bias.js';

/** Words of the evaluation report and the test report. */
export interface ReportTexts {
  title: string;
  testReportTitle: string;
  trainingId: string;
  taskType: string;
  taskTypes: Record<'classification' | 'regression', string>;
  testRows: string;
  runtime: string;
  artefact: string;
  speed: (rowsPerSecond: string) => string;
  metricsTitle: string;
  metric: string;
  value: string;
  notMeaningful: string;
  averaging: { binary: (positiveClass: string | null) => string; weighted: string; none: string };
  classWiseTitle: string;
  className: string;
  support: string;
  picturesTitle: string;
  biasTitle: string;
  biasLevels: Record<BiasCheck['level'], string>;
  noAttributes: string;
  fairness: (score: string) => string;
  fairnessUnknown: string;
  attribute: string;
  group: string;
  rows: string;
  selectionRate: string;
  ratio: string;
  notJudged: (rows: number) => string;
  comparisonTitle: string;
  previous: string;
  current: string;
  difference: string;
  agreement: (share: string) => string;
  notCompared: (reason: string) => string;
  testsTitle: string;
  test: string;
  verdict: string;
  detail: string;
  passed: string;
  failed: string;
  testSummary: (passed: number, total: number) => string;
  baselineTitle: string;
  baseline: (features: number) => string;
  noBaseline: string;
}

const en: ReportTexts = {
  title: 'Evaluation report',
  testReportTitle: 'Model test report',
  trainingId: 'Training ID',
  taskType: 'Task',
  taskTypes: { classification: 'classification', regression: 'regression' },
  testRows: 'Test rows',
  runtime: 'Runtime',
  artefact: 'Model file (SHA-256)',
  speed: (rowsPerSecond) => `${rowsPerSecond} rows/s`,
  metricsTitle: 'Metrics',
  metric: 'Metric',
  value: 'Value',
  notMeaningful: 'not meaningful: the target has zeros',
  averaging: {
    binary: (positive) =>
      `Precision, recall and F1 are those of the positive class${positive === null ? '' : `, ${positive}`}.`,
    weighted: 'Precision, recall and F1 are means over the classes, weighted by their rows.',
    none: 'rmse and mae are in the unit of the target; mape is a share (0.1 = 10 %).',
  },
  classWiseTitle: 'Class by class',
  className: 'Class',
  support: 'Rows',
  picturesTitle: 'Pictures',
  biasTitle: 'Bias check',
  biasLevels: {
    none: 'not asked for',
    basic: 'Level basic: reported, not judged.',
    standard: 'Level standard: a fairness score below 0.8 misses.',
    strict: 'Level strict: a fairness score below 0.9, or a gap of a metric between groups above 0.1, misses.',
  },
  noAttributes: 'No sensitive attributes were named in the request.',
  fairness: (score) => `Fairness score (smallest ratio of selection rates between groups): **${score}**`,
  fairnessUnknown: 'There is no fairness score: a regression selects nobody, or the groups are too small to compare.',
  attribute: 'Attribute',
  group: 'Group',
  rows: 'Rows',
  selectionRate: 'Selection rate',
  ratio: 'Ratio of selection rates',
  notJudged: (rows) => `Groups with fewer than ${rows} rows are listed, not judged (marked with *).`,
  comparisonTitle: 'Comparison with the version in service',
  previous: 'In service',
  current: 'New',
  difference: 'Difference',
  agreement: (share) => `Both versions agree on ${share} of the rows.`,
  notCompared: (reason) => `The version in service could not be compared: ${reason}`,
  testsTitle: 'Model tests',
  test: 'Test',
  verdict: 'Verdict',
  detail: 'Detail',
  passed: 'pass',
  failed: 'FAIL',
  testSummary: (passed, total) => `${passed} of ${total} tests passed.`,
  baselineTitle: 'Baseline for monitoring',
  baseline: (features) =>
    `Statistics and constraints of ${features} columns: \`statistics.json\`, \`constraints.json\`.`,
  noBaseline: 'There is no baseline, because the model could not be run.',
};

const ja: ReportTexts = {
  title: '評価レポート',
  testReportTitle: 'モデルテストレポート',
  trainingId: 'Training ID',
  taskType: '学習方式',
  taskTypes: { classification: '教師あり学習（分類）', regression: '教師あり学習（回帰）' },
  testRows: '評価データサイズ',
  runtime: '実行環境',
  artefact: 'モデルファイル（SHA-256）',
  speed: (rowsPerSecond) => `${rowsPerSecond}件/秒`,
  metricsTitle: '評価結果',
  metric: '評価指標',
  value: '値',
  notMeaningful: '参考になりません（目的変数に0があります）',
  averaging: {
    binary: (positive) =>
      `Precision、Recall、F1-Scoreは陽性クラス${positive === null ? '' : `（${positive}）`}の値です。`,
    weighted: 'Precision、Recall、F1-Scoreはクラス件数による加重平均です。',
    none: 'rmseとmaeは目的変数の単位、mapeは割合（0.1 = 10%）です。',
  },
  classWiseTitle: 'クラス別メトリクス',
  className: 'クラス',
  support: '件数',
  picturesTitle: 'グラフ',
  biasTitle: 'バイアスチェック',
  biasLevels: {
    none: '実施しません',
    basic: 'レベルbasic: 報告のみで判定しません。',
    standard: 'レベルstandard: 公平性スコアが0.8未満の場合は不合格です。',
    strict: 'レベルstrict: 公平性スコアが0.9未満、またはグループ間の指標の差が0.1を超える場合は不合格です。',
  },
  noAttributes: 'リクエストにセンシティブ属性の指定がありません。',
  fairness: (score) => `公平性スコア（グループ間の選択率の比の最小値）: **${score}**`,
  fairnessUnknown: '公平性スコアはありません（回帰であるか、比較できる件数のグループがありません）。',
  attribute: '属性',
  group: 'グループ',
  rows: '件数',
  selectionRate: '選択率',
  ratio: '選択率の比',
  notJudged: (rows) => `${rows}件未満のグループは参考値です（*印、判定対象外）。`,
  comparisonTitle: '稼働中バージョンとの比較',
  previous: '稼働中',
  current: '新モデル',
  difference: '差',
  agreement: (share) => `両バージョンの予測は${share}の行で一致しました。`,
  notCompared: (reason) => `稼働中バージョンと比較できませんでした: ${reason}`,
  testsTitle: 'モデルテスト',
  test: 'テスト',
  verdict: '判定',
  detail: '詳細',
  passed: '合格',
  failed: '不合格',
  testSummary: (passed, total) => `${total}件中${passed}件のテストに合格しました。`,
  baselineTitle: 'モニタリングのベースライン',
  baseline: (features) => `${features}列の統計量と制約: \`statistics.json\`、\`constraints.json\``,
  noBaseline: 'モデルを実行できなかったため、ベースラインはありません。',
};

export const reportTexts: Record<'en' | 'ja', ReportTexts> = { en, ja };
