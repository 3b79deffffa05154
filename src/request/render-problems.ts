import type { Language } from '../contracts/request.js';
import { problemMessages } from '../messages/problems.js';
import { cellText, inlineCode } from './escape.js';
import type { Problem } from './problem.js';

const maxRows = 50;
/** A text of thousands of headings has a note on each. */
const maxNotes = 20;

/** The allowed text is ours but for names that come from the request's fields; backticks in it are wanted. */
function allowedText(problem: Problem, language: Language): string {
  if (problem.code === 'unfit') return cellText(problem.allowed, 500);
  const m = problemMessages[language];
  const nearest = problem.nearest === null ? '' : m.nearest(problem.nearest);
  return `${problem.allowed.replaceAll('|', String.raw`\|`).replaceAll(/\s+/g, ' ')}${nearest}`;
}

export interface ProblemsOptions {
  /** Lines to be added below the table, as Markdown. */
  notes?: readonly string[];
  /** Heading, when it is not a whole request that is wrong. */
  title?: string;
  /** What to do about it; default: to mend the request. */
  next?: string;
}

/** The comment that says what is wrong with a request: one row a problem (requirement R2). */
export function renderProblems(
  problems: readonly Problem[],
  language: Language,
  options: ProblemsOptions = {},
): string {
  const m = problemMessages[language];
  const { notes = [], title = m.title, next = m.howToFix } = options;
  const rows = problems.slice(0, maxRows).map((problem) => {
    const field = problem.field === '' ? m.body : inlineCode(problem.field, 120);
    const found =
      problem.code === 'missing' || problem.code === 'limit' ? cellText(problem.found) : inlineCode(problem.found);
    return `| ${field} | ${found} | ${allowedText(problem, language)} | ${problem.line ?? ''} |`;
  });
  const more = problems.length > maxRows ? [m.more(problems.length - maxRows), ''] : [];
  return [
    `## ${title}`,
    '',
    m.intro(problems.length),
    '',
    `| ${m.columnField} | ${m.columnFound} | ${m.columnAllowed} | ${m.columnLine} |`,
    '| --- | --- | --- | --- |',
    ...rows,
    '',
    ...more,
    ...notes.slice(0, maxNotes).map((note) => `- ${note}`),
    ...(notes.length > maxNotes ? [`- ${m.more(notes.length - maxNotes)}`] : []),
    ...(notes.length > 0 ? [''] : []),
    next,
  ].join('\n');
}
