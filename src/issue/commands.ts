import { type DeployTo, deployTargets } from '../contracts/deploy-to.js';
import type { Language } from '../contracts/request.js';
import { commandMessages } from '../messages/commands.js';
import { problemMessages } from '../messages/problems.js';
import type { Problem } from '../request/problem.js';
import { renderProblems } from '../request/render-problems.js';
import { inlineCode } from '../request/escape.js';
import { readMarkdown, requestBlocks, type Line } from '../request/markdown-lines.js';
import { languageOf, readMapping } from '../request/parse-body.js';
import { minHashPrefix } from './policy.js';
import { nearestName } from '../nearest.js';
import { syntaxProblem } from '../request/syntax-problem.js';
import { checkSize, normaliseLines } from '../request/text-limits.js';

export const commandNames = ['approve', 'override', 'retry', 'cancel', 'rollback', 'promote', 'status'] as const;
export type CommandName = (typeof commandNames)[number];

/** What a person orders in a comment; `data` is the mapping beside the command, `lines` says where its fields stand. */
export type Command =
  | { name: 'approve'; hash: string | null }
  | { name: 'override' | 'retry'; data: Record<string, unknown>; lines: Map<string, number> }
  /** `deployTo` null: where the request put it. */
  | { name: 'rollback'; deployTo: DeployTo | null }
  | { name: 'cancel' | 'promote' | 'status' };

export interface ParsedCommands {
  /** The first command; null when the comment holds none, or none that can be read. */
  command: Command | null;
  /** The other commands, e.g. `/cancel`: named, not done. */
  ignored: string[];
  /** Markdown that says why the first command cannot be read; null when it can. */
  problem: string | null;
}

interface CommandLine<Word extends string = string> {
  word: Word;
  rest: string;
  number: number;
}

/** Lines that count: not in code, quotes or HTML comments, where text stands that nobody ordered. */
function commandLines(lines: readonly Line[]): CommandLine[] {
  const found: CommandLine[] = [];
  let hidden = false;
  for (const line of lines) {
    const visible = !hidden && !line.fenced;
    const [, word, rest] = (visible ? /^\/([A-Za-z]+)(?:[ \t](.*))?$/.exec(line.text.trimEnd()) : null) ?? [];
    if (word !== undefined) found.push({ word: word.toLowerCase(), rest: rest?.trim() ?? '', number: line.number });
    if (line.fenced) continue;
    const [opened, closed] = [line.text.lastIndexOf('<!--'), line.text.lastIndexOf('-->')];
    if (opened > closed) hidden = true;
    else if (closed > opened) hidden = false;
  }
  return found;
}

function isCommand(line: CommandLine): line is CommandLine<CommandName> {
  return commandNames.some((name) => name === line.word);
}

/** What is wrong with the fields of a command; another comment mends it, an edit does not. */
export function commandProblems(name: CommandName, problems: readonly Problem[], language: Language): string {
  const m = commandMessages[language];
  return renderProblems(problems, language, { title: m.unreadable(`/${name}`), next: m.again(`/${name}`) });
}

type Reading = { command: Command } | { problem: string };

function readApproval(line: CommandLine, language: Language): Reading {
  if (line.rest === '') return { command: { name: 'approve', hash: null } };
  const hash = line.rest.replaceAll('`', '').toLowerCase();
  if (/^[0-9a-f]+$/.test(hash) && hash.length >= minHashPrefix && hash.length <= 64)
    return { command: { name: 'approve', hash } };
  return { problem: commandMessages[language].badHash(inlineCode(line.rest, 80)) };
}

function readRollback(line: CommandLine, language: Language): Reading {
  const place = line.rest.replaceAll('`', '').toLowerCase();
  if (place === '') return { command: { name: 'rollback', deployTo: null } };
  const deployTo = deployTargets.find((one) => one === place);
  if (deployTo !== undefined) return { command: { name: 'rollback', deployTo } };
  return { problem: commandMessages[language].badPlace(inlineCode(line.rest, 80)) };
}

/** The mapping of /override and /retry: the code block behind the command, else the text behind it. */
function readData(
  name: 'override' | 'retry',
  line: CommandLine,
  until: number,
  text: string,
  language: Language,
): Reading {
  const m = problemMessages[language];
  const behind = text
    .split('\n')
    .slice(line.number, until - 1)
    .join('\n');
  const [block, second] = requestBlocks(readMarkdown(behind).blocks);
  if (second !== undefined) {
    const problem = {
      field: '',
      code: 'conflict',
      found: m.foundCount(2),
      allowed: m.blockOnce,
      nearest: null,
      line: null,
    } as const;
    return { problem: commandProblems(name, [problem], language) };
  }
  const isJson = block?.language === 'json' || block?.text.trimStart().startsWith('{') === true;
  const source = block?.text ?? `${line.rest}\n${behind}`;
  // Its one field is missing, and that is said better of the field. An empty /override is nothing that anybody means.
  if (name === 'retry' && source.trim() === '') return { command: { name, data: {}, lines: new Map() } };
  const firstLine = block === undefined ? line.number : line.number + block.firstLine;
  const read = readMapping(source, isJson ? 'json' : 'yaml', firstLine, m);
  if (!read.ok) return { problem: commandProblems(name, read.problems, language) };
  return { command: { name, data: read.data, lines: read.lines } };
}

function readCommand(line: CommandLine<CommandName>, until: number, text: string, language: Language): Reading {
  const { word } = line;
  if (word === 'approve') return readApproval(line, language);
  if (word === 'override' || word === 'retry') return readData(word, line, until, text, language);
  if (word === 'rollback') return readRollback(line, language);
  return { command: { name: word } };
}

/** Reads the commands of a comment; only the first counts, and only at the beginning of a line. Never throws on account of the text. */
export function parseCommands(body: string, options: { language?: Language } = {}): ParsedCommands {
  const language = languageOf(body.slice(0, 70_000), options.language);
  const size = checkSize(body);
  if (size !== null) {
    const problem = syntaxProblem({ kind: 'limit', ...size }, { lineOffset: 0, messages: problemMessages[language] });
    // Too long for a command; whether it wanted to be one is told by its first character only.
    const wanted = body.trimStart().startsWith('/');
    return { command: null, ignored: [], problem: wanted ? renderProblems([problem], language) : null };
  }
  const text = normaliseLines(body);
  const all = commandLines(readMarkdown(text).lines);
  const known = all.filter(isCommand);
  const [first, second] = known;
  if (first === undefined) {
    const [other] = all;
    const nearest = other === undefined ? null : nearestName(other.word, commandNames);
    const problem =
      other === undefined || nearest === null
        ? null
        : commandMessages[language].unknown(inlineCode(`/${other.word}`, 40), nearest);
    return { command: null, ignored: [], problem };
  }
  const ignored = known.slice(1).map((line) => `/${line.word}`);
  const until = second?.number ?? text.split('\n').length + 1;
  const reading = readCommand(first, until, text, language);
  return 'problem' in reading
    ? { command: null, ignored, problem: reading.problem }
    : { command: reading.command, ignored, problem: null };
}
