import type { AlgorithmCatalogue } from '../contracts/algorithm-catalogue.js';
import { requestInput } from '../contracts/request-fields.js';
import type { Language, TrainingRequest } from '../contracts/request.js';
import { problemMessages, type ProblemMessages } from '../messages/problems.js';
import { formSections, readForm } from './issue-form.js';
import { type CodeBlock, readMarkdown, requestBlocks } from './markdown-lines.js';
import type { Problem } from './problem.js';
import { readJson, readYaml, type SyntaxProblem } from './read-yaml.js';
import { syntaxProblem } from './syntax-problem.js';
import { checkSize, normaliseLines } from './text-limits.js';
import { validateRequest } from './validate-request.js';

export interface ParseOptions {
  /** Language of the messages when the text names none. */
  language?: Language;
  catalogue?: AlgorithmCatalogue;
}

/** A request with its defaults filled, or every problem at once; `language` is the one to answer in. */
export type ParsedBody =
  | {
      ok: true;
      request: TrainingRequest;
      /** Paths of what the person wrote, e.g. `cv_folds`, `split.test`: the rest are defaults. */
      fields: string[];
      notes: string[];
      language: Language;
    }
  | { ok: false; problems: Problem[]; notes: string[]; language: Language };

/** Fields and lines as the body gives them, before any of them is judged. */
export type RawRequest =
  | { ok: true; data: Record<string, unknown>; lines: Map<string, number>; notes: string[]; problems: Problem[] }
  | { ok: false; problems: Problem[] };

/** Language that a text asks for, told before it is parsed, so that even a syntax error is answered in it. */
export function languageOf(text: string, fallback: Language = 'en'): Language {
  const found =
    /(?:^|[{,])[ \t]*["']?language["']?[ \t]*:[ \t]*["']?(ja|en)\b/m.exec(text)?.[1] ??
    /^###\s+Language\s+(ja|en)\b/im.exec(text)?.[1];
  return found === 'ja' || found === 'en' ? found : fallback;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Dotted paths of every field of a mapping, inner ones beside the mappings that hold them. */
export function writtenFields(data: Record<string, unknown>, prefix = ''): string[] {
  return Object.entries(data).flatMap(([name, value]) => {
    const path = `${prefix}${name}`;
    return isObject(value) ? [path, ...writtenFields(value, `${path}.`)] : [path];
  });
}

function refused(problems: readonly SyntaxProblem[], lineOffset: number, m: ProblemMessages): RawRequest {
  return { ok: false, problems: problems.map((problem) => syntaxProblem(problem, { lineOffset, messages: m })) };
}

function wholeText(code: Problem['code'], found: string, allowed: string): RawRequest {
  return { ok: false, problems: [{ field: '', code, found, allowed, nearest: null, line: null }] };
}

/** Reads one YAML or JSON text as a mapping; `firstLine` is the line of the body on which it begins. */
export function readMapping(text: string, kind: 'yaml' | 'json', firstLine: number, m: ProblemMessages): RawRequest {
  const read = kind === 'json' ? readJson(text) : readYaml(text);
  const lineOffset = firstLine - 1;
  if (!read.ok) return refused(read.problems, lineOffset, m);
  if (!isObject(read.value)) return wholeText('missing', m.nothing, m.mappingExpected);
  const lines = new Map([...read.lines].map(([path, line]) => [path, line + lineOffset]));
  return { ok: true, data: read.value, lines, notes: [], problems: [] };
}

function bareRequest(text: string, m: ProblemMessages): RawRequest {
  const lead = text.length - text.trimStart().length;
  const firstLine = text.slice(0, lead).split('\n').length;
  if (text.trimStart().startsWith('{')) return readMapping(text.trimStart(), 'json', firstLine, m);
  const read = readMapping(text, 'yaml', 1, m);
  // Prose is not YAML with mistakes: say what a request looks like instead of what a parser thinks of the prose.
  const looksLikeFields = /^[ \t]*[a-z_]+[ \t]*:/m.test(text);
  return read.ok || looksLikeFields ? read : wholeText('missing', m.nothing, m.blockMissing);
}

function kindOf({ language, text }: CodeBlock): 'yaml' | 'json' {
  return language === 'json' || text.trimStart().startsWith('{') ? 'json' : 'yaml';
}

/** Finds the request in a body: one fenced block, an issue form, or the whole body; limits come before any parser. */
function readBody(body: string, m: ProblemMessages): RawRequest {
  const size = checkSize(body);
  if (size !== null) return refused([{ kind: 'limit', ...size }], 0, m);
  const text = normaliseLines(body);
  const { lines, blocks } = readMarkdown(text);
  const sections = formSections(lines);
  const formFields = sections.filter((section) => section.field !== null).length;
  const candidates = requestBlocks(blocks);
  if (formFields >= 2 || (formFields === 1 && candidates.length === 0)) {
    const form = readForm(sections, m);
    const syntax = form.syntax.map(({ field, problem }) =>
      syntaxProblem(problem, { field, lineOffset: 0, messages: m }),
    );
    return { ok: true, data: form.data, lines: form.lines, notes: form.notes, problems: [...form.problems, ...syntax] };
  }
  const [block, second] = candidates;
  if (block === undefined) return bareRequest(text, m);
  if (second !== undefined) return wholeText('conflict', m.foundCount(candidates.length), m.blockOnce);
  return readMapping(block.text, kindOf(block), block.firstLine, m);
}

/** Whether a comment holds a block that is meant as a request: with a field of requests, or marked as one and not readable. */
export function meansRequest(body: string): boolean {
  if (checkSize(body) !== null) return false;
  return requestBlocks(readMarkdown(normaliseLines(body)).blocks).some((block) => {
    const read = readMapping(block.text, kindOf(block), block.firstLine, problemMessages.en);
    if (!read.ok) return block.language !== '';
    return Object.keys(read.data).some((name) => Object.hasOwn(requestInput.shape, name));
  });
}

function byLine(left: Problem, right: Problem): number {
  return (left.line ?? Number.MAX_SAFE_INTEGER) - (right.line ?? Number.MAX_SAFE_INTEGER);
}

/** Parses and validates the body of an issue (or a comment with a corrected request). Never throws on account of the text. */
export function parseBody(body: string, options: ParseOptions = {}): ParsedBody {
  const language = languageOf(body.slice(0, 70_000), options.language);
  const messages = problemMessages[language];
  const raw = readBody(body, messages);
  if (!raw.ok) return { ok: false, problems: raw.problems, notes: [], language };
  const { catalogue } = options;
  const checked = validateRequest(raw.data, {
    messages,
    lines: raw.lines,
    ...(catalogue === undefined ? {} : { catalogue }),
  });
  const notes = [...raw.notes, ...checked.notes];
  if (checked.ok && raw.problems.length === 0)
    return {
      ok: true,
      request: checked.request,
      fields: writtenFields(raw.data),
      notes,
      language: checked.request.language,
    };
  // A field that could not be read is not missing as well.
  const unread = new Set(raw.problems.map((problem) => problem.field));
  const own = checked.ok
    ? []
    : checked.problems.filter((problem) => !(problem.code === 'missing' && unread.has(problem.field)));
  return { ok: false, problems: [...raw.problems, ...own].sort(byLine), notes, language };
}
