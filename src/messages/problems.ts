import { problemsEn, type ProblemMessages } from './en-problems.js';
import { problemsJa } from './ja-problems.js';

/** Language -> the texts about problems of a request. */
export const problemMessages: Record<'en' | 'ja', ProblemMessages> = { en: problemsEn, ja: problemsJa };

export type { ProblemMessages };
