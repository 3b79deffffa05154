import { describe, expect, it } from 'vitest';
import { reportTexts } from './report-texts.js';
import { averagingText } from './report.js';

describe('averagingText', () => {
  it.each([
    ['en', 'yes', 'Precision, recall and F1 are those of the positive class, yes.'],
    ['en', null, 'Precision, recall and F1 are those of the positive class.'],
    ['ja', 'yes', 'Precision、Recall、F1-Scoreは陽性クラス（yes）の値です。'],
    ['ja', null, 'Precision、Recall、F1-Scoreは陽性クラスの値です。'],
  ] as const)('names the positive class where it is known: %s, %j', (language, positive_class, text) => {
    expect(averagingText({ averaging: 'binary', positive_class }, reportTexts[language])).toBe(text);
  });
});
