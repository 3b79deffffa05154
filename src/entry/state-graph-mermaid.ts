import { z } from 'zod';
import { language } from '../contracts/request.js';
import { colours, shownStates } from '../issue/comments/state-graph.js';
import { duration } from '../issue/comments/format.js';
import { commentMessages, wordFor } from '../messages/comments.js';
import type { DrawnRun, DrawnState } from './api-types.js';
import { edgesOf } from './state-graph.js';

const asked = z.object({ ask: z.object({ request: z.object({ language }) }) });

/** Mermaid reads quotes, semicolons, colons, hashes and line ends as its own, and labels as HTML: here they are text. */
function label(text: string): string {
  return text.replaceAll(/\s+/g, ' ').replaceAll(/["#%;:<>{}\\`]/g, (sign) => `#${sign.codePointAt(0)};`);
}

/** What became of a state at its last visit; `done` for all that the status comment draws so. */
const classOf: Record<DrawnState['status'], keyof typeof colours> = {
  succeeded: 'done',
  failed: 'failed',
  cancelled: 'failed',
  running: 'current',
  waiting: 'current',
};

/** `2 visits, 3 attempts, 6.5 s, Dandori.JobFailed`: over all visits, the error of the last one. */
function factsOf(visits: readonly DrawnState[], now: number): string {
  const attempts = visits.reduce((sum, one) => sum + one.attempts, 0);
  const took = visits.reduce((sum, one) => sum + (one.duration_ms ?? Math.max(0, now - Date.parse(one.entered_at))), 0);
  const error = visits.at(-1)?.error ?? null;
  return [
    visits.length > 1 ? `${visits.length} ×` : '',
    attempts > visits.length ? `${attempts} attempts` : '',
    duration(took),
    error ?? '',
  ]
    .filter((part) => part !== '')
    .join(', ');
}

/** The states that a run went through as a Mermaid state diagram in its fence, ready for an issue. */
export function mermaidOf(run: DrawnRun, now: number = Date.now()): string {
  const parsed = asked.safeParse(run.data);
  const m = commentMessages[parsed.success ? parsed.data.ask.request.language : 'en'];
  const shown = run.graph.states.filter((state) => shownStates.includes(state.name));
  const names = [...new Set(shown.map((state) => state.name))];
  const last = new Map(shown.map((state) => [state.name, state.status]));
  const first = names[0];
  const end = run.ended_at === null ? undefined : shown.at(-1)?.name;
  const edges = edgesOf(shown).map(({ from, to, times, kind }) => {
    const why = [kind === 'rerun' ? 're-run' : '', times > 1 ? `${times} ×` : '']
      .filter((part) => part !== '')
      .join(' ');
    return `  ${from} --> ${to}${why === '' ? '' : ` : ${label(why)}`}`;
  });
  const classes = Object.entries(colours).flatMap(([name, colour]) => {
    const members = names.filter((state) => classOf[last.get(state) ?? 'succeeded'] === name);
    return members.length === 0 ? [] : [`  classDef ${name} ${colour}`, `  class ${members.join(',')} ${name}`];
  });
  return [
    '```mermaid',
    'stateDiagram-v2',
    ...names.map((name) => {
      const facts = factsOf(
        shown.filter((state) => state.name === name),
        now,
      );
      return `  state "${label(wordFor(m.states, name))}<br/>${label(facts)}" as ${name}`;
    }),
    ...(first === undefined ? [] : [`  [*] --> ${first}`]),
    ...edges,
    ...(end === undefined ? [] : [`  ${end} --> [*]`]),
    ...classes,
    '```',
  ].join('\n');
}
