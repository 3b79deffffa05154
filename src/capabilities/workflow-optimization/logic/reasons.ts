import type { Language, PerformanceProfile } from '../../../contracts/request.js';

/** Why a proposal has a value, in one language; figures are formatted already. */
export interface Reasons {
  setByRequest: string;
  asRequested: string;
  turnedOff: string;
  monitoringOff: string;
  noClasses: string;
  unknownClasses: string;
  profile: Record<PerformanceProfile, string>;
  share: (ratio: string, limit: string, classes: number) => string;
  notImbalanced: (ratio: string, limit: string, classes: number) => string;
  calibrate: string;
  bestSoFar: (metric: string, told: string) => string;
  undersample: (profile: string, rows: string) => string;
  classWeight: (profile: string) => string;
  tooFewForSmote: (rows: number) => string;
  smote: string;
  judged: (metric: string) => string;
  balancedClasses: string;
  accuracyMisleads: (percent: number) => string;
  noSensitive: string;
  production: string;
  productionAtLowCost: (profile: string) => string;
  biasProduction: (names: string) => string;
  biasReported: (names: string) => string;
  biasRegression: (names: string) => string;
  biasStandard: (names: string) => string;
  rareHidden: string;
  manyClasses: (classes: number) => string;
  everyClass: (profile: string) => string;
  classesLeftOut: (profile: string) => string;
  fewRows: (rows: number) => string;
  usualFolds: string;
  moreFolds: (profile: string) => string;
  fewerFolds: (profile: string) => string;
  staging: (profile: string) => string;
  overridden: string;
  noHistory: string;
  /** What an estimate rests on. */
  basis: (runs: number, algorithms: string, rows: string, folds: string) => string;
  metricBasis: (metric: string, runs: number) => string;
  noMetricBasis: string;
  /** Added where the program of the request decides whether it does so. */
  ownProgram: string;
  onnx: string;
  /** The user's own inference.py. */
  hooks: string;
  /** What is the same for every request, by field. */
  fixed: Record<
    | 'data_augmentation'
    | 'hpo_method'
    | 'max_trials'
    | 'resource_type'
    | 'instance_type'
    | 'use_spot_instances'
    | 'container_optimization'
    | 'deployment_strategy'
    | 'drift_detection_frequency'
    | 'retrain_frequency',
    string
  >;
}

const en: Reasons = {
  setByRequest: 'Set by the request.',
  asRequested: 'As the request has it.',
  turnedOff: 'The request turns the optimization off.',
  monitoringOff: 'The request turns monitoring off.',
  noClasses: 'A regression has no classes.',
  unknownClasses: 'The class distribution is not known before the preparation.',
  profile: { speed: 'speed', accuracy: 'accuracy', cost: 'cost', balanced: 'balanced' },
  share: (ratio, limit, classes) =>
    `The rarest class has ${ratio} of the rows (limit ${limit} for ${classes} classes).`,
  notImbalanced: (ratio, limit, classes) =>
    `The rarest class has ${ratio} of the rows: not imbalanced (limit ${limit} for ${classes} classes).`,
  calibrate:
    'Predicted probabilities move towards the rare classes: use them to rank, calibrate them before reading them as risks.',
  bestSoFar: (metric, told) => `Best median ${metric} of the runs on these data so far: ${told}.`,
  undersample: (profile, rows) =>
    `The ${profile} profile drops rows of the common classes: ${rows} rows of the rarest are enough to learn from, and training gets shorter.`,
  classWeight: (profile) => `The ${profile} profile weights the classes: no added rows, no longer training.`,
  tooFewForSmote: (rows) => `There are too few rows of the rarest class (${rows}) for SMOTE, so classes are weighted.`,
  smote: 'SMOTE adds rows of the rare classes between real ones, on training rows only and inside the folds.',
  judged: (metric) => `${metric} is judged by the request.`,
  balancedClasses: 'The classes are not imbalanced.',
  accuracyMisleads: (percent) =>
    `Accuracy says little here: always answering the most common class would reach ${percent} %.`,
  noSensitive: 'The request names no sensitive attributes to compare groups by.',
  production: 'The model goes to production.',
  productionAtLowCost: (profile) => `The model goes to production; the ${profile} profile keeps fewer measurements.`,
  biasProduction: (names) =>
    `The model goes to production: a selection-rate ratio below 0.8 over ${names} does not pass.`,
  biasReported: (names) => `The request names ${names}: groups are reported, nothing more is added.`,
  biasRegression: (names) =>
    `A regression selects nobody, so there is no selection-rate ratio: the errors of the groups of ${names} are reported.`,
  biasStandard: (names) => `The request names ${names}: a selection-rate ratio below 0.8 does not pass.`,
  rareHidden: 'With imbalanced classes one figure hides the rare ones.',
  manyClasses: (classes) => `One figure hides differences between ${classes} classes.`,
  everyClass: (profile) => `The ${profile} profile shows every class.`,
  classesLeftOut: (profile) => `The ${profile} profile leaves it out for two classes that are not imbalanced.`,
  fewRows: (rows) => `Not more: the rarest class has about ${rows} training rows.`,
  usualFolds: 'The usual number.',
  moreFolds: (profile) => `The ${profile} profile: a steadier comparison of the algorithms, longer training.`,
  fewerFolds: (profile) => `The ${profile} profile: shorter training, a rougher comparison.`,
  staging: (profile) => `The ${profile} profile, on staging.`,
  overridden: 'Overridden by a person.',
  noHistory: 'no history yet',
  basis: (runs, algorithms, rows, folds) =>
    `${runs} finished ${runs === 1 ? 'run' : 'runs'} of ${algorithms} on ${rows} rows with ${folds} folds in this installation, whatever their hyperparameters`,
  metricBasis: (metric, runs) => `${metric} from ${runs} on this dataset and target`,
  noMetricBasis: 'none on this dataset and target, so no prediction of the metric',
  ownProgram: 'Your program finds it in its spec; whether it follows it is up to the program.',
  onnx: 'The model is exported with its preprocessing and evaluated in the runtime that serves it.',
  hooks: 'The inference.py of the request answers in Python; the evaluation asks it in the same way.',
  fixed: {
    data_augmentation: 'Not yet, planned: augmentation of images and texts; tables have none.',
    hpo_method: 'Not yet, planned: a search for hyperparameters; the given ones or the defaults are used.',
    max_trials: 'There is no search.',
    resource_type: 'The algorithms on tables train fast enough without a graphics card.',
    instance_type: 'Training runs on this machine.',
    use_spot_instances: 'Not yet, planned: spot instances on AWS.',
    container_optimization: 'The Dockerfile of the package has two stages: only what serves is in the image.',
    deployment_strategy:
      'The new version takes over when it answers; the old one serves until then. Not yet, planned: canary, A/B and blue/green.',
    drift_detection_frequency: 'Not yet, planned: drift detection; latency, errors and throughput are watched.',
    retrain_frequency: 'Not yet, planned: retraining by itself; a new request trains again.',
  },
};

const ja: Reasons = {
  setByRequest: '依頼で指定されています。',
  asRequested: '依頼の設定どおりです。',
  turnedOff: '依頼で最適化が無効にされています。',
  monitoringOff: '依頼でモニタリングが無効にされています。',
  noClasses: '回帰にはクラスがありません。',
  unknownClasses: '前処理の前にはクラス分布が分かりません。',
  profile: {
    speed: '速度優先モード',
    accuracy: '精度優先モード',
    cost: 'コスト優先モード',
    balanced: 'バランスモード',
  },
  share: (ratio, limit, classes) => `最少クラスは全体の${ratio}です（${classes}クラスの基準は${limit}）。`,
  notImbalanced: (ratio, limit, classes) =>
    `最少クラスは全体の${ratio}で、不均衡ではありません（${classes}クラスの基準は${limit}）。`,
  calibrate: '予測確率は少数クラス側に偏ります。順位付けに使い、リスクとして読む前に較正してください。',
  bestSoFar: (metric, told) => `このデータでのこれまでの学習で${metric}の中央値が最良です（${told}）。`,
  undersample: (profile, rows) =>
    `${profile}: 多数クラスの行を減らします。最少クラスに${rows}件あり学習には十分で、学習時間が短くなります。`,
  classWeight: (profile) => `${profile}: クラスに重みを付けます。行は増えず、学習時間も延びません。`,
  tooFewForSmote: (rows) => `最少クラスが${rows}件しかなくSMOTEには少なすぎるため、クラスに重みを付けます。`,
  smote: 'SMOTEにより、学習用の行だけを使い、交差検証の分割の内側で少数クラスの行を補います。',
  judged: (metric) => `${metric}が依頼の判定基準です。`,
  balancedClasses: 'クラスは不均衡ではありません。',
  accuracyMisleads: (percent) => `Accuracyは参考になりません。常に最多クラスと答えるだけで${percent}%になります。`,
  noSensitive: '依頼にはグループ比較のための属性が指定されていません。',
  production: '本番環境で使われるモデルです。',
  productionAtLowCost: (profile) => `本番環境で使われるモデルです。${profile}: 保存する測定値を減らします。`,
  biasProduction: (names) => `本番環境で使われるモデルです。${names}の選択率の比が0.8を下回ると不合格です。`,
  biasReported: (names) => `依頼に${names}が指定されています。グループ別の値を報告するだけです。`,
  biasRegression: (names) => `回帰では誰も選択されず、選択率の比がありません。${names}のグループ別の誤差を報告します。`,
  biasStandard: (names) => `依頼に${names}が指定されています。選択率の比が0.8を下回ると不合格です。`,
  rareHidden: 'クラスが不均衡な場合、1つの値では少数クラスが見えません。',
  manyClasses: (classes) => `1つの値では${classes}クラスの違いが見えません。`,
  everyClass: (profile) => `${profile}: クラス別の値を示します。`,
  classesLeftOut: (profile) => `${profile}: 不均衡でない2クラスのため省きます。`,
  fewRows: (rows) => `最少クラスの学習データが約${rows}件のため、これより増やせません。`,
  usualFolds: '標準の分割数です。',
  moreFolds: (profile) => `${profile}: アルゴリズムの比較が安定しますが、学習時間は長くなります。`,
  fewerFolds: (profile) => `${profile}: 学習時間は短くなりますが、比較は粗くなります。`,
  staging: (profile) => `${profile}（ステージング環境）。`,
  overridden: '手動設定により上書きされました。',
  noHistory: '履歴がまだありません',
  basis: (runs, algorithms, rows, folds) =>
    `この環境で完了した学習${runs}件（${algorithms}、${rows}件のデータ、交差検証${folds}分割、ハイパーパラメータは問わない）`,
  metricBasis: (metric, runs) => `${metric}は同じデータセットと目的変数の${runs}件に基づく`,
  noMetricBasis: '同じデータセットと目的変数の学習がないため、指標の予測はなし',
  ownProgram: 'この値は学習プログラムに渡されます。従うかどうかはプログラム次第です。',
  onnx: '前処理ごとONNXに変換し、提供時と同じランタイムで評価します。',
  hooks: 'リクエストのinference.pyがPythonで応答し、評価も同じ方法で行います。',
  fixed: {
    data_augmentation: '画像や文章のデータ拡張は予定（未対応）です。表形式のデータにはありません。',
    hpo_method: 'ハイパーパラメータの探索は予定（未対応）です。指定値または既定値を使います。',
    max_trials: '探索は行いません。',
    resource_type: '表形式のアルゴリズムはGPUなしで十分に速く学習できます。',
    instance_type: 'このマシンで学習します。',
    use_spot_instances: 'AWSのSpot Instanceは予定（未対応）です。',
    container_optimization: 'パッケージのDockerfileは2段階で、提供に必要なものだけがイメージに入ります。',
    deployment_strategy:
      '新しいバージョンが応答してから切り替え、それまでは前のバージョンが提供します。カナリア・A/B・ブルーグリーンは予定（未対応）です。',
    drift_detection_frequency: 'ドリフト検知は予定（未対応）です。レイテンシ・エラー・スループットを監視します。',
    retrain_frequency: '自動の再学習は予定（未対応）です。新しい依頼で再学習できます。',
  },
};

export const reasons: Record<Language, Reasons> = { en, ja };
