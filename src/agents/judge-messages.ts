/** Words of the judge; the figures come formatted. */
export interface JudgeMessages {
  passed: (met: string) => string;
  passedOne: (bound: string, met: string) => string;
  above: (bound: string, met: string) => string;
  below: (bound: string, missed: string) => string;
  retrain: (missed: string) => string;
  failed: (failed: string) => string;
  next: {
    register_model: string;
    ask_operator: (retry: number, maxRetry: number) => string;
    keep_previous_model: (version: string | null) => string;
    retriesSpent: (maxRetry: number) => string;
  };
  verdicts: Record<'pass' | 'miss' | 'fail' | 'not_checked', string>;
  separator: string;
  /** One criterion in a sentence: name, value, what was asked, verdict. */
  criterion: (name: string, value: string, required: string, verdict: string, note: string) => string;
  names: { overfit_gap: string; fairness_score: string; model_tests: string; criteria: string };
  metricGap: (attribute: string, metric: string) => string;
  allTestsPass: string;
  aKnownLevel: string;
  aCriterion: string;
  notes: {
    metricUnknown: string;
    noBound: string;
    noCriteria: string;
    noCrossValidation: string;
    crossValidationUnknown: (metric: string) => string;
    overfit: (metric: string, cv: string, test: string) => string;
    noTests: string;
    testsFailed: (failed: string) => string;
    biasNotAsked: string;
    biasBasic: string;
    biasRegression: string;
    noAttributes: string;
    fairnessOf: (attribute: string) => string;
    fairnessUnknown: string;
    biasMissing: string;
    levelUnknown: string;
    /** The difference comes with its sign. */
    comparison: (metric: string, difference: string, version: string) => string;
  };
}

const en: JudgeMessages = {
  passed: (met) => `The evaluation meets every criterion (${met}).`,
  passedOne: (bound, met) => `The evaluation meets the threshold ${bound} (${met}).`,
  above: (bound, met) => `The evaluation is above the threshold ${bound} (${met}).`,
  below: (bound, missed) => `The evaluation is below the threshold ${bound} (${missed}).`,
  retrain: (missed) => `The evaluation misses a criterion (${missed}).`,
  failed: (failed) => `The model cannot be accepted (${failed}).`,
  next: {
    register_model: 'Next: the model is registered and deployed.',
    ask_operator: (retry, maxRetry) =>
      `Next: an operator is asked for adjusted hyperparameters (retry ${retry} of ${maxRetry}).`,
    keep_previous_model: (version) =>
      version === null
        ? 'Next: nothing is deployed; there is no previous version.'
        : `Next: version ${version} stays in service.`,
    retriesSpent: (maxRetry) =>
      maxRetry === 0 ? 'No retry is allowed (max_retry: 0).' : `All ${maxRetry} retries are spent.`,
  },
  verdicts: { pass: 'pass', miss: 'missed', fail: 'FAIL', not_checked: 'not checked' },
  separator: '; ',
  criterion: (name, value, required, verdict, note) =>
    `${name} ${value} (${required}): ${verdict}${note === '' ? '' : `, ${note}`}`,
  names: {
    overfit_gap: 'Overfit gap',
    fairness_score: 'Fairness score',
    model_tests: 'Model tests',
    criteria: 'Criteria',
  },
  metricGap: (attribute, metric) => `Gap of ${metric} by ${attribute}`,
  allTestsPass: 'all pass',
  aKnownLevel: 'none, basic, standard or strict',
  aCriterion: 'at least one criterion',
  notes: {
    metricUnknown: 'the evaluation has no such figure',
    noBound: 'the criterion names neither a finite min nor a finite max',
    noCriteria: 'there is nothing to judge by',
    noCrossValidation: 'the training reported no cross-validation',
    crossValidationUnknown: (metric) => `${metric} cannot be compared between cross-validation and test`,
    overfit: (metric, cv, test) => `${metric}: cross-validation ${cv}, test ${test}`,
    noTests: 'no model test was run',
    testsFailed: (failed) => `failed: ${failed}`,
    biasNotAsked: 'no bias check was asked for',
    biasBasic: 'level basic reports, it does not judge',
    biasRegression: 'a regression selects nobody; group errors are in the report',
    noAttributes: 'no sensitive attributes were named',
    fairnessOf: (attribute) => `between the groups of ${attribute}`,
    fairnessUnknown:
      'it cannot be computed: too few rows in a group, or nobody selected; more test rows or level basic would do',
    biasMissing: 'the evaluation has no bias check',
    levelUnknown: 'unknown bias level',
    comparison: (metric, difference, version) =>
      `${metric} ${difference} against version ${version} in service, for information`,
  },
};

const ja: JudgeMessages = {
  passed: (met) => `評価結果がすべての基準を満たしました（${met}）。`,
  passedOne: (bound, met) => `評価結果が閾値${bound}を満たしました（${met}）。`,
  above: (bound, met) => `評価結果が閾値${bound}を上回りました（${met}）。`,
  below: (bound, missed) => `評価結果が閾値${bound}を下回りました（${missed}）。`,
  retrain: (missed) => `評価結果が基準を満たしませんでした（${missed}）。`,
  failed: (failed) => `モデルを採用できません（${failed}）。`,
  next: {
    register_model: '次のアクション: モデルを登録し、デプロイします。',
    ask_operator: (retry, maxRetry) =>
      `次のアクション: オペレータにハイパーパラメータの調整を依頼します（再学習 ${retry}/${maxRetry}回目）。`,
    keep_previous_model: (version) =>
      version === null
        ? '次のアクション: デプロイしません（前バージョンはありません）。'
        : `次のアクション: 前バージョン${version}のモデルを保持します。`,
    retriesSpent: (maxRetry) =>
      maxRetry === 0
        ? '再学習は許可されていません（max_retry: 0）。'
        : `最大リトライ回数（${maxRetry}回）に達しました。`,
  },
  verdicts: { pass: '合格', miss: '未達', fail: '不合格', not_checked: '判定対象外' },
  separator: '、',
  criterion: (name, value, required, verdict, note) =>
    `${name}: ${value}（${required}）${verdict}${note === '' ? '' : `［${note}］`}`,
  names: {
    overfit_gap: '過学習ギャップ',
    fairness_score: '公平性スコア',
    model_tests: 'モデルテスト',
    criteria: '判定基準',
  },
  metricGap: (attribute, metric) => `${attribute}による${metric}の差`,
  allTestsPass: 'すべて合格',
  aKnownLevel: 'none、basic、standard、strictのいずれか',
  aCriterion: '1つ以上の基準',
  notes: {
    metricUnknown: '評価結果に値がありません',
    noBound: '基準に有限のminもmaxもありません',
    noCriteria: '判定する基準がありません',
    noCrossValidation: '学習で交差検証の結果が報告されていません',
    crossValidationUnknown: (metric) => `${metric}は交差検証と評価データで比較できません`,
    overfit: (metric, cv, test) => `${metric} 交差検証: ${cv}、評価データ: ${test}`,
    noTests: 'モデルテストが実行されていません',
    testsFailed: (failed) => `不合格: ${failed}`,
    biasNotAsked: 'バイアスチェックは指定されていません',
    biasBasic: 'レベルbasicは報告のみです',
    biasRegression: '回帰では選択率がないため、グループ別誤差はレポートを参照してください',
    noAttributes: 'センシティブ属性の指定がありません',
    fairnessOf: (attribute) => `${attribute}のグループ間`,
    fairnessUnknown:
      '計算できません（グループの件数不足、または選択なし）。評価データを増やすかレベルbasicを指定してください',
    biasMissing: '評価結果にバイアスチェックがありません',
    levelUnknown: '不明なバイアスチェックレベルです',
    comparison: (metric, difference, version) => `${metric} 稼働中バージョン${version}との差 ${difference}（参考）`,
  },
};

export const judgeMessages: Record<'en' | 'ja', JudgeMessages> = { en, ja };

const labels: ReadonlyMap<string, string> = new Map([
  ['accuracy', 'Accuracy'],
  ['precision', 'Precision'],
  ['recall', 'Recall'],
  ['f1_score', 'F1-Score'],
  ['auc_roc', 'AUC-ROC'],
  ['log_loss', 'Log loss'],
  ['rmse', 'RMSE'],
  ['mae', 'MAE'],
  ['r2', 'R²'],
  ['mape', 'MAPE'],
]);

/** How the field writes a metric; an unknown one keeps its name. */
export function metricLabel(metric: string): string {
  return labels.get(metric) ?? metric;
}
