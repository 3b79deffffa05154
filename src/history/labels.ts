import type { DetectedCharacteristics } from '../contracts/optimization.js';
import type { Language } from '../contracts/request.js';
import type { HistoryEnding } from './record.js';

/** The words of a record; `{name}` is filled in. */
export interface HistoryLabels {
  title: string;
  basics: string;
  learningType: string;
  supervised: Record<'classification' | 'regression', string>;
  algorithm: string;
  modelName: string;
  target: string;
  runAt: string;
  duration: string;
  resources: string;
  peakMemory: string;
  cost: string;
  noPrice: string;
  issue: string;
  requestedBy: string;
  dataset: string;
  datasetVersion: string;
  digest: string;
  totalRows: string;
  trainRows: string;
  validationRows: string;
  testRows: string;
  rows: string;
  notReached: string;
  hyperparameters: string;
  adjustedBy: string;
  evaluation: string;
  positiveClass: string;
  crossValidation: string;
  fairness: string;
  notMeaningful: string;
  candidates: string;
  candidateColumns: readonly [string, string, string, string];
  verdict: string;
  verdictColumns: readonly [string, string, string, string, string];
  comparison: string;
  comparisonColumns: readonly [string, string, string, string];
  pictures: string;
  optimization: string;
  applied: string;
  profile: string;
  profiles: Record<'speed' | 'accuracy' | 'cost' | 'balanced', string>;
  characteristics: string;
  sizes: Record<DetectedCharacteristics['dataset_size_class'], string>;
  characteristicsText: string;
  imbalanced: string;
  results: string;
  phase: string;
  impact: string;
  impactColumns: readonly [string, string, string, string];
  basis: string;
  noImpact: string;
  model: string;
  modelVersion: string;
  previousVersion: string;
  package: string;
  modelDigest: string;
  endpoint: string;
  keptVersion: string;
  plan: string;
  planHash: string;
  noPlan: string;
  approvedBy: string;
  notApproved: string;
  environment: string;
  codeDigest: string;
  environmentDigest: string;
  packages: string;
  states: string;
  stateColumns: readonly [string, string, string, string, string];
  status: string;
  endings: Record<HistoryEnding, string>;
  endedIn: string;
  endedBy: string;
  reason: string;
  /** Of a page about a version that people took back or promoted. */
  release: { training: string; endpoint: string };
  rollback: { title: string; from: string; to: string; at: string };
  promotion: { title: string; version: string; before: string; by: string; at: string };
}

const en: HistoryLabels = {
  title: 'Training report',
  basics: 'Basic information',
  learningType: 'Learning type',
  supervised: { classification: 'supervised (classification)', regression: 'supervised (regression)' },
  algorithm: 'Algorithm',
  modelName: 'Model',
  target: 'Target',
  runAt: 'Run at',
  duration: 'Duration',
  resources: 'Training job',
  peakMemory: 'at most {mb} MB of memory',
  cost: 'about {cost}',
  noPrice: 'no price set',
  issue: 'Issue',
  requestedBy: 'Requested by',
  dataset: 'Dataset',
  datasetVersion: 'Version',
  digest: 'Digest',
  totalRows: 'Rows',
  trainRows: 'Training rows',
  validationRows: 'Validation rows',
  testRows: 'Test rows',
  rows: '{n}',
  notReached: 'The run ended before this step.',
  hyperparameters: 'Hyperparameters',
  adjustedBy: 'Adjusted by {by}',
  evaluation: 'Evaluation results',
  positiveClass: 'Positive class',
  crossValidation: 'Cross-validation ({folds} folds, {metric})',
  fairness: 'Fairness score',
  notMeaningful: 'not meaningful: the target has zeros',
  candidates: 'Algorithms side by side',
  candidateColumns: ['algorithm', 'metric', 'cross-validation', 'fitting time, all folds'],
  verdict: 'Verdict',
  verdictColumns: ['criterion', 'value', 'required', 'verdict', 'note'],
  comparison: 'Compared with version {version} on the same rows',
  comparisonColumns: ['metric', 'before', 'now', 'difference'],
  pictures: 'Pictures',
  optimization: 'Workflow optimization',
  applied: 'Applied optimization',
  profile: 'Performance profile',
  profiles: { speed: 'speed', accuracy: 'accuracy', cost: 'cost', balanced: 'balanced' },
  characteristics: 'Detected characteristics',
  sizes: { small: 'small', medium: 'medium', large: 'large' },
  characteristicsText: '{size} dataset ({rows} rows, {features} features)',
  imbalanced: 'imbalanced classes (rarest {percent} %)',
  results: 'What was applied',
  phase: 'Phase {n}',
  impact: 'Predicted against actual',
  impactColumns: ['figure', 'predicted (interval)', 'actual', 'inside the interval'],
  basis: 'Basis of the prediction',
  noImpact: 'Nothing was predicted: this installation had no history of runs like this one.',
  model: 'Model',
  modelVersion: 'Model version',
  previousVersion: 'Previous version',
  package: 'Package',
  modelDigest: 'SHA-256 of the model',
  endpoint: 'Endpoint',
  keptVersion: 'Version {version} goes on serving.',
  plan: 'Plan and approval',
  planHash: 'Plan hash',
  noPlan: 'No plan was made.',
  approvedBy: 'Approved by {by} ({how}) at {at} for the plan {hash}',
  notApproved: 'Nobody approved the plan.',
  environment: 'Environment',
  codeDigest: 'Code digest',
  environmentDigest: 'Environment digest',
  packages: 'Packages',
  states: 'Steps',
  stateColumns: ['state', 'visit', 'attempts', 'duration', 'status'],
  status: 'Status',
  endings: {
    deployed: '✅ In service: every criterion was met.',
    below_threshold: '⚠️ Below the threshold: no attempt met every criterion. Nothing was deployed.',
    failed: '❌ Failed: a step could not be done. Nothing was deployed.',
    refused: '❌ Refused: the request cannot be carried out with these data. Nothing was trained.',
    cancelled: '⏹️ Cancelled. Nothing was deployed.',
    expired: '⌛ Expired: nobody answered in time. Nothing was deployed.',
  },
  endedIn: 'Ended in',
  endedBy: 'Ended by',
  reason: 'Reason',
  release: { training: 'Report of the training', endpoint: 'Endpoint' },
  rollback: {
    title: 'Rollback',
    from: 'Version taken off this endpoint and rejected',
    to: 'Version put back into service',
    at: 'Rolled back at',
  },
  promotion: {
    title: 'Promotion to production',
    version: 'Version put into production',
    before: 'Version that gave way',
    by: 'Approved by',
    at: 'Promoted at',
  },
};

const ja: HistoryLabels = {
  title: '学習結果レポート',
  basics: '基本情報',
  learningType: '学習方式',
  supervised: { classification: '教師あり学習（分類）', regression: '教師あり学習（回帰）' },
  algorithm: 'アルゴリズム',
  modelName: 'モデル',
  target: '目的変数',
  runAt: '実行日時',
  duration: '所要時間',
  resources: '学習ジョブ',
  peakMemory: '最大メモリ {mb} MB',
  cost: '推定コスト {cost}',
  noPrice: '料金未設定',
  issue: 'Issue',
  requestedBy: '依頼者',
  dataset: 'データセット',
  datasetVersion: 'バージョン',
  digest: 'ダイジェスト',
  totalRows: 'データサイズ',
  trainRows: '学習データサイズ',
  validationRows: '検証データサイズ',
  testRows: '評価データサイズ',
  rows: '{n}件',
  notReached: 'この段階に達する前に終了しました。',
  hyperparameters: 'ハイパーパラメータ',
  adjustedBy: '{by} による調整',
  evaluation: '評価結果',
  positiveClass: '陽性クラス',
  crossValidation: '交差検証（{folds}分割、{metric}）',
  fairness: '公平性スコア',
  notMeaningful: '参考になりません（目的変数に0があります）',
  candidates: 'アルゴリズムの比較',
  candidateColumns: ['アルゴリズム', '指標', '交差検証', '学習時間（全分割の合計）'],
  verdict: '判定',
  verdictColumns: ['基準', '値', '条件', '判定', '備考'],
  comparison: 'バージョン {version} との比較（同じデータ）',
  comparisonColumns: ['指標', '以前', '今回', '差'],
  pictures: '図',
  optimization: 'ワークフロー最適化',
  applied: '適用された最適化',
  profile: 'パフォーマンスプロファイル',
  profiles: {
    speed: '速度優先モード',
    accuracy: '精度優先モード',
    cost: 'コスト優先モード',
    balanced: 'バランスモード',
  },
  characteristics: '検出されたモデル特性',
  sizes: { small: '小規模', medium: '中規模', large: '大規模' },
  characteristicsText: '{size}データセット（{rows}件、特徴量{features}個）',
  imbalanced: 'クラス不均衡検出（最少クラス{percent}%）',
  results: '最適化適用結果',
  phase: 'フェーズ{n}',
  impact: '最適化による改善（予測と実績）',
  impactColumns: ['項目', '予測（範囲）', '実績', '範囲内'],
  basis: '予測の根拠',
  noImpact: '予測はありません。この環境に類似した学習の履歴がまだありません。',
  model: 'モデル情報',
  modelVersion: 'モデルバージョン',
  previousVersion: '前バージョン',
  package: 'パッケージ',
  modelDigest: 'モデルの SHA-256',
  endpoint: 'エンドポイント',
  keptVersion: 'バージョン {version} の提供を継続します。',
  plan: 'プランと承認',
  planHash: 'プランのハッシュ',
  noPlan: 'プランは作成されていません。',
  approvedBy: '承認者 {by}（{how}）、{at}、プラン {hash}',
  notApproved: 'プランは承認されていません。',
  environment: '実行環境',
  codeDigest: 'コードのダイジェスト',
  environmentDigest: '環境のダイジェスト',
  packages: 'パッケージ',
  states: '各ステップ',
  stateColumns: ['ステート', '回', '試行', '所要時間', '結果'],
  status: 'ステータス',
  endings: {
    deployed: '✅ 学習成功（すべての基準をクリア）、提供中',
    below_threshold: '⚠️ 閾値未満: どの試行も基準を満たしませんでした。デプロイは行っていません。',
    failed: '❌ 学習失敗: 処理を完了できませんでした。デプロイは行っていません。',
    refused: '❌ 受付不可: このデータでは依頼を実行できません。学習は行っていません。',
    cancelled: '⏹️ 中止されました。デプロイは行っていません。',
    expired: '⌛ 期限切れ: 期限内に回答がありませんでした。デプロイは行っていません。',
  },
  endedIn: '終了したステート',
  endedBy: '終了させた人',
  reason: '理由',
  release: { training: '学習レポート', endpoint: 'エンドポイント' },
  rollback: {
    title: 'ロールバック',
    from: 'このエンドポイントから外し、却下したバージョン',
    to: '再び稼働させたバージョン',
    at: 'ロールバック日時',
  },
  promotion: {
    title: '本番環境への昇格',
    version: '本番環境で提供を開始したバージョン',
    before: '交代したバージョン',
    by: '承認者',
    at: '昇格日時',
  },
};

export const historyLabels: Record<Language, HistoryLabels> = { en, ja };

/** Fills `{name}` in a label. */
export function fill(text: string, values: Record<string, string | number>): string {
  return text.replaceAll(/\{(\w+)\}/g, (whole, name: string) => (name in values ? String(values[name]) : whole));
}
