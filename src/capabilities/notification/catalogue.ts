import type { Language } from '../../contracts/request.js';
import type { Severity } from '../../ports/notifier.js';

/** Every kind of notification that the documents name (requirement N1). */
export const notificationTypes = [
  'optimization_proposal',
  'retrain_required',
  'training_success',
  'training_failed',
  'deployment_success',
  'deployment_failed',
  'drift_detected',
  'metric_degradation',
] as const;
export type NotificationType = (typeof notificationTypes)[number];

/** How urgent each is, in PagerDuty's words. */
export const severityOf: Record<NotificationType, Severity> = {
  optimization_proposal: 'info',
  retrain_required: 'warning',
  training_success: 'info',
  training_failed: 'error',
  deployment_success: 'info',
  deployment_failed: 'critical',
  drift_detected: 'warning',
  metric_degradation: 'warning',
};

interface Template {
  title: string;
  lead: string;
}

/** Facts that a notification may carry, in the order in which they are shown. */
export const factNames = [
  'model_name',
  'version',
  'previous_version',
  'kept_version',
  'endpoint_name',
  'training_id',
  'algorithm',
  'dataset_id',
  'metric',
  'value',
  'threshold',
  'retry',
  'max_retry',
  'state',
  'reason',
  'next_step',
  'url',
  'report',
  'plan_hash',
] as const;
export type FactName = (typeof factNames)[number];

interface Catalogue {
  templates: Record<NotificationType, Template>;
  facts: Record<FactName, string>;
  /** Where to answer, on a tracker with pages, and on the built-in one. */
  onIssue: (issue: number) => string;
  onLocalIssue: (issue: number) => string;
  footer: string;
  test: Template;
}

const en: Catalogue = {
  templates: {
    optimization_proposal: {
      title: '📋 Proposal',
      lead: 'A proposal waits for an approval: 👍 or `/approve` starts the run.',
    },
    retrain_required: {
      title: '🔁 An answer is needed',
      lead: 'The model missed its threshold. `/retry` with other hyperparameters tries again.',
    },
    training_success: { title: '✅ Training succeeded', lead: 'The model was trained and met every criterion.' },
    training_failed: { title: '❌ Training did not lead to a new model', lead: 'Nothing was deployed.' },
    deployment_success: { title: '🚀 In service', lead: 'The new version answers requests.' },
    deployment_failed: {
      title: '❌ Deployment failed',
      lead: 'The new version does not serve; the one before it goes on serving where there is one.',
    },
    drift_detected: {
      title: '📉 Drift detected',
      lead: 'The data that the model sees have moved away from those it was trained on.',
    },
    metric_degradation: { title: '📉 A metric got worse', lead: 'The model does worse than when it was evaluated.' },
  },
  facts: {
    model_name: 'Model',
    version: 'Version',
    previous_version: 'Previous version',
    kept_version: 'Goes on serving',
    endpoint_name: 'Endpoint',
    training_id: 'Training ID',
    algorithm: 'Algorithm',
    dataset_id: 'Dataset',
    metric: 'Metric',
    value: 'Value',
    threshold: 'Threshold',
    retry: 'Attempt',
    max_retry: 'Attempts allowed',
    state: 'Step',
    reason: 'Reason',
    next_step: 'Next',
    url: 'Address',
    report: 'Report',
    plan_hash: 'Plan',
  },
  onIssue: (issue) => `Issue #${issue}`,
  onLocalIssue: (issue) => `Issue #${issue}: npx dandori show ${issue}`,
  footer: 'Sent by Dandori. Answer on the issue: nobody reads answers here.',
  test: {
    title: '🔔 Test message',
    lead: 'This channel is set up: news of a run will look like this. Nothing is to be done.',
  },
};

const ja: Catalogue = {
  templates: {
    optimization_proposal: {
      title: '📋 最適化提案',
      lead: '提案が承認を待っています。👍 または `/approve` で開始します。',
    },
    retrain_required: {
      title: '🔁 再学習が必要です',
      lead: 'モデルが閾値を下回りました。`/retry` でハイパーパラメータを調整して再試行できます。',
    },
    training_success: { title: '✅ 学習成功', lead: 'モデルの学習が成功し、すべての基準を満たしました。' },
    training_failed: { title: '❌ 学習失敗', lead: '新しいモデルは作成されませんでした。デプロイは行っていません。' },
    deployment_success: { title: '🚀 デプロイ成功', lead: '新しいバージョンが提供を開始しました。' },
    deployment_failed: {
      title: '❌ デプロイ失敗',
      lead: '新しいバージョンは提供されていません。前のバージョンがあれば提供を継続します。',
    },
    drift_detected: { title: '📉 ドリフト検知', lead: 'モデルへの入力データが学習時のデータから変化しています。' },
    metric_degradation: { title: '📉 精度劣化', lead: 'モデルの精度が評価時より低下しています。' },
  },
  facts: {
    model_name: 'モデル',
    version: 'バージョン',
    previous_version: '前バージョン',
    kept_version: '提供を継続するバージョン',
    endpoint_name: 'エンドポイント',
    training_id: '学習ID',
    algorithm: 'アルゴリズム',
    dataset_id: 'データセット',
    metric: '指標',
    value: '値',
    threshold: '閾値',
    retry: '試行',
    max_retry: '最大リトライ回数',
    state: 'ステップ',
    reason: '理由',
    next_step: '次の手順',
    url: 'アドレス',
    report: 'レポート',
    plan_hash: '計画',
  },
  onIssue: (issue) => `Issue #${issue}`,
  onLocalIssue: (issue) => `Issue #${issue}: npx dandori show ${issue}`,
  footer: 'Dandori からの自動通知です。返信は Issue にお願いします（このメッセージへの返信は読まれません）。',
  test: {
    title: '🔔 テスト通知',
    lead: 'このチャンネルの設定は完了しています。実行の通知はこの形式で届きます。対応は不要です。',
  },
};

export const catalogue: Record<Language, Catalogue> = { en, ja };
