import type { ProblemMessages } from '../messages/problems.js';
import { shown, type Problem } from './problem.js';
import type { SyntaxProblem } from './read-yaml.js';

function limitTexts(
  problem: SyntaxProblem & { kind: 'limit' },
  m: ProblemMessages,
): { found: string; allowed: string } {
  switch (problem.limit) {
    case 'bytes':
      return { found: m.foundBytes(problem.found), allowed: m.limitBytes(problem.allowed) };
    case 'depth':
      return { found: m.foundDepth(problem.found), allowed: m.limitDepth(problem.allowed) };
    case 'brackets':
      return { found: m.foundCount(problem.found), allowed: m.limitBrackets(problem.allowed) };
    case 'entries':
      return { found: m.foundCount(problem.found), allowed: m.limitEntries(problem.allowed) };
    case 'control_character':
      return { found: m.foundControl(problem.found), allowed: m.limitControl };
  }
}

/** A problem of the text itself in the words of the catalogue; `field` is the form's section when there is one. */
export function syntaxProblem(
  problem: SyntaxProblem,
  context: { field?: string; lineOffset: number; messages: ProblemMessages },
): Problem {
  const { messages: m, lineOffset, field = '' } = context;
  const line = problem.line === null ? null : problem.line + lineOffset;
  if (problem.kind === 'limit') return { field, code: 'limit', ...limitTexts(problem, m), nearest: null, line };
  if (problem.kind === 'syntax')
    return { field, code: 'syntax', found: problem.detail, allowed: m.syntax, nearest: null, line };
  const allowed = {
    duplicate_key: m.duplicateKey,
    forbidden_key: m.forbiddenKey,
    complex_key: m.complexKey,
    alias: m.noAlias,
    anchor: m.noAlias,
    tag: m.noTag,
  }[problem.kind];
  const path = [field, problem.field].filter((part) => part !== '').join('.');
  return { field: path, code: 'syntax', found: shown(problem.found, m), allowed, nearest: null, line };
}
