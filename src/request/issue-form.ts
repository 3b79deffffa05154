import { fieldDocs } from '../contracts/request-field-docs.js';
import { requestInput } from '../contracts/request-fields.js';
import type { ProblemMessages } from '../messages/problems.js';
import { fieldsOf } from './describe-allowed.js';
import { inlineText } from './escape.js';
import { unfenced, type Line } from './markdown-lines.js';
import { shown, type Problem } from './problem.js';
import { nearestName } from '../nearest.js';
import { memberPath, readYaml, type SyntaxProblem } from './read-yaml.js';

/** Label of a field in the issue form: `learning_type` is `Learning type`. */
export function formLabel(field: string): string {
  const words = field.replaceAll('_', ' ');
  return `${words.slice(0, 1).toUpperCase()}${words.slice(1)}`;
}

const fieldNames = Object.keys(requestInput.shape);
const byLabel = new Map(fieldNames.map((field) => [field, field]));

/** One `### Label` section of a form. */
export interface FormSection {
  label: string;
  /** Field of that label; null for a section that is none. */
  field: string | null;
  /** Line of the heading, from 1. */
  line: number;
  answer: Line[];
}

function fieldOfLabel(label: string): string | null {
  return (
    byLabel.get(
      label
        .trim()
        .toLowerCase()
        .replaceAll(/[^a-z0-9]+/g, '_'),
    ) ?? null
  );
}

/** The sections of a body by its `### ` headings outside code blocks. */
export function formSections(lines: readonly Line[]): FormSection[] {
  const sections: FormSection[] = [];
  for (const line of lines) {
    const label =
      line.fenced || !/^###[ \t]/.test(line.text)
        ? ''
        : line.text
            .slice(3)
            .trim()
            .replace(/[ \t]#+$/, '');
    if (label === '') sections.at(-1)?.answer.push(line);
    else sections.push({ label, field: fieldOfLabel(label), line: line.number, answer: [] });
  }
  return sections;
}

export interface FormReading {
  data: Record<string, unknown>;
  lines: Map<string, number>;
  problems: Problem[];
  /** Syntax of answers in YAML, with the section's field. */
  syntax: { field: string; problem: SyntaxProblem }[];
  notes: string[];
}

/** What an answer of a list field says: ticked boxes, bullets, lines, or names between commas. */
function listAnswer(text: string): string[] {
  const boxes = text.split('\n').flatMap((line) => {
    const [, mark, name] = /^[-*] \[([ xX])\](.*)$/.exec(line.trim()) ?? [];
    return mark === undefined || name === undefined ? [] : [{ ticked: mark !== ' ', name: name.trim() }];
  });
  if (boxes.length > 0) return boxes.filter((box) => box.ticked).map((box) => box.name);
  const inBrackets = /^\[(.*)\]$/s.exec(text.trim())?.[1] ?? text;
  const items = inBrackets.split(/[,\n]/).map((item) => item.replace(/^\s*[-*]\s+/, '').trim());
  return items.map((item) => item.replace(/^(["'])(.*)\1$/, '$2')).filter((item) => item !== '');
}

function readAnswer(section: FormSection, field: string, into: FormReading): void {
  const { text, firstLine } = unfenced(section.answer);
  const answer = text.trim();
  if (answer === '' || answer === '_No response_' || answer === 'None') return;
  into.lines.set(field, firstLine);
  const schema = fieldsOf(requestInput)?.[field];
  const form = (schema === undefined ? undefined : fieldDocs.get(schema)?.form) ?? 'yaml';
  if (form === 'text') into.data[field] = answer;
  else if (form === 'list') into.data[field] = listAnswer(text);
  else {
    const read = readYaml(text);
    if (!read.ok) {
      const moved = read.problems.map((problem) => ({ ...problem, line: (problem.line ?? 1) + firstLine - 1 }));
      into.syntax.push(...moved.map((problem) => ({ field, problem })));
      return;
    }
    into.data[field] = read.value;
    for (const [path, line] of read.lines)
      into.lines.set(memberPath(field, path).replace('.[', '['), line + firstLine - 1);
  }
}

/** Reads an issue form; a field that comes twice is refused, since anyone can write a heading into an answer. */
export function readForm(sections: readonly FormSection[], m: ProblemMessages): FormReading {
  const into: FormReading = { data: {}, lines: new Map(), problems: [], syntax: [], notes: [] };
  const seen = new Set<string>();
  for (const section of sections) {
    const { field, label, line } = section;
    if (field === null) {
      const nearest = nearestName(label, fieldNames);
      if (nearest === null) into.notes.push(m.noteSection(inlineText(label, 80)));
      else
        into.problems.push({
          field: label,
          code: 'unknown_field',
          found: shown(label, m),
          allowed: m.knownFields(fieldNames),
          nearest,
          line,
        });
    } else if (seen.has(field)) {
      into.problems.push({
        field,
        code: 'conflict',
        found: shown(label, m),
        allowed: m.sectionOnce,
        nearest: null,
        line,
      });
    } else {
      seen.add(field);
      readAnswer(section, field, into);
    }
  }
  return into;
}
