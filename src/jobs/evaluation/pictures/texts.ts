/** Words in the pictures. */
export interface PictureTexts {
  testRows: (rows: number) => string;
  confusionMatrix: string;
  predictedClass: string;
  trueClass: string;
  shareOfTrueClass: string;
  rocCurve: string;
  falsePositiveRate: string;
  truePositiveRate: string;
  chance: string;
  largestClasses: (shown: number, all: number) => string;
  learningCurve: string;
  learningCurveNote: (metric: string) => string;
  trainingRows: string;
  onTraining: string;
  onValidation: string;
  residuals: string;
  residualsNote: string;
  predicted: (target: string) => string;
  actual: (target: string) => string;
  residual: string;
  predictedActual: string;
  sampled: (shown: number, all: number) => string;
  perfect: string;
}

const count = (value: number) => value.toLocaleString('en-US');

export const pictureTexts: Record<'en' | 'ja', PictureTexts> = {
  en: {
    testRows: (rows) => `test split, ${count(rows)} rows`,
    confusionMatrix: 'Confusion matrix',
    predictedClass: 'Predicted class',
    trueClass: 'True class',
    shareOfTrueClass: '% of the true class',
    rocCurve: 'ROC curve',
    falsePositiveRate: 'False positive rate',
    truePositiveRate: 'True positive rate (recall)',
    chance: 'chance (AUC 0.500)',
    largestClasses: (shown, all) => `the ${shown} most frequent of ${all} classes`,
    learningCurve: 'Learning curve',
    learningCurveNote: (metric) => `${metric} by number of training rows`,
    trainingRows: 'Training rows',
    onTraining: 'training rows',
    onValidation: 'validation rows',
    residuals: 'Residuals',
    residualsNote: 'residual = actual - predicted',
    predicted: (target) => `Predicted ${target}`,
    actual: (target) => `Actual ${target}`,
    residual: 'Residual',
    predictedActual: 'Predicted against actual',
    sampled: (shown, all) => `${count(shown)} of ${count(all)} test rows`,
    perfect: 'predicted = actual',
  },
  ja: {
    testRows: (rows) => `テストデータ ${count(rows)}件`,
    confusionMatrix: '混同行列',
    predictedClass: '予測クラス',
    trueClass: '実際のクラス',
    shareOfTrueClass: '%は実際のクラスに対する割合',
    rocCurve: 'ROC曲線',
    falsePositiveRate: '偽陽性率',
    truePositiveRate: '真陽性率（再現率）',
    chance: 'ランダム（AUC 0.500）',
    largestClasses: (shown, all) => `全${all}クラスのうち件数の多い${shown}クラス`,
    learningCurve: '学習曲線',
    learningCurveNote: (metric) => `学習データ件数に対する${metric}`,
    trainingRows: '学習データ件数',
    onTraining: '学習データ',
    onValidation: '検証データ',
    residuals: '残差',
    residualsNote: '残差 = 実測値 - 予測値',
    predicted: (target) => `予測値（${target}）`,
    actual: (target) => `実測値（${target}）`,
    residual: '残差',
    predictedActual: '予測値と実測値',
    sampled: (shown, all) => `テストデータ ${count(all)}件のうち${count(shown)}件`,
    perfect: '予測値 = 実測値',
  },
};
