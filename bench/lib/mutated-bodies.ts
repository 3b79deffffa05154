import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { parseCommands } from '../../src/issue/commands.js';
import { meansRequest, parseBody } from '../../src/request/parse-body.js';
import { renderProblems } from '../../src/request/render-problems.js';
import { projectRoot } from '../../src/root.js';
import { filledForm, loansForm, loansRequest } from '../../test/journeys/rows.js';

const example = (name: string): string => readFileSync(join(projectRoot, 'examples', name, 'request.md'), 'utf8');

const bodies = (): string[] => [
  example('churn'),
  loansRequest(),
  filledForm(loansForm),
  `/override\n\n\`\`\`yaml\nhyperparameters:\n  xgboost: {max_depth: 5}\n\`\`\`\n`,
];

/** What upsets parsers of Markdown, YAML and JSON, and what hides from people. */
const noise = [
  '```',
  '~~~~',
  '"',
  "'",
  '`',
  '{',
  '}',
  '[',
  ']',
  ':',
  ': ',
  '- ',
  '? ',
  '&a ',
  '*a',
  '<<: *a',
  '!!binary ',
  '!!js/function ',
  '#',
  '### ',
  '|',
  '>',
  '%',
  ',',
  '@',
  '\\',
  '\t',
  '\n',
  '\r',
  '\r\n',
  '\n\n',
  '<!--',
  '-->',
  '<details>',
  '](javascript:x)',
  '\u0000',
  '\u200B',
  '\u202E',
  '\u2066',
  '\uFEFF',
  '\uD800',
  '😀',
  'é',
  '０',
  '１.５',
  '1e999',
  '-0',
  'NaN',
  '.inf',
  'null',
  '__proto__',
  'constructor',
  '/approve',
  '/cancel\n',
  '@org/team',
  '![x](http://127.0.0.1/)',
  '${{ github.token }}',
  '; rm -rf /',
  '../../etc/passwd',
];

type Change = (text: string) => string;

const place = fc.nat(4000);
const changes: fc.Arbitrary<Change>[] = [
  fc.tuple(place, fc.nat(30), fc.oneof(fc.constantFrom(...noise), fc.string({ maxLength: 8 }))).map(
    ([at, cut, put]) =>
      (text) =>
        text.slice(0, at % (text.length + 1)) + put + text.slice((at % (text.length + 1)) + cut),
  ),
  // The same piece again and again: what is not linear shows.
  fc
    .tuple(place, fc.integer({ min: 1, max: 60 }), fc.integer({ min: 2, max: 3000 }))
    .map(([at, length, times]) => (text) => {
      const from = at % (text.length + 1);
      return (
        text.slice(0, from) +
        text
          .slice(from, from + length)
          .repeat(times)
          .slice(0, 70_000) +
        text.slice(from + length)
      );
    }),
  fc
    .tuple(fc.constantFrom(...noise), fc.integer({ min: 2, max: 20_000 }), place)
    .map(([piece, times, at]) => (text) => {
      const from = at % (text.length + 1);
      return text.slice(0, from) + piece.repeat(times).slice(0, 20_000) + text.slice(from);
    }),
  fc.tuple(place, place).map(([one, other]) => (text) => {
    const lines = text.split('\n');
    const [left, right] = [one % lines.length, other % lines.length];
    return lines.map((line, at) => (at === left ? lines[right] : at === right ? lines[left] : line)).join('\n');
  }),
  place.map((at) => (text) => text.slice(0, at % (text.length + 1))),
];
const weights = [120, 1, 1, 12, 3];

const body: fc.Arbitrary<string> = fc
  .tuple(
    fc.constantFrom(...bodies()),
    fc.array(fc.oneof(...changes.map((arbitrary, at) => ({ arbitrary, weight: weights[at] ?? 1 }))), {
      minLength: 1,
      maxLength: 8,
    }),
  )
  .map(([text, all]) => all.reduce((changed, change) => change(changed), text));

/** Issue bodies that were damaged by chance, the same ones for the same seed. */
export function mutatedBodies(count: number, seed: number): string[] {
  return fc.sample(body, { numRuns: count, seed });
}

/** Reads a body as an issue's text and as a comment; answers what a person would be told, null when it is a request. */
export function tellOf(text: string): string | null {
  meansRequest(text);
  parseCommands(text);
  const parsed = parseBody(text);
  return parsed.ok ? null : renderProblems(parsed.problems, parsed.language, { notes: parsed.notes });
}
