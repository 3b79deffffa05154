import { styleText } from 'node:util';
import { shownStates } from '../issue/comments/state-graph.js';
import type { DrawnRun, DrawnState } from './api-types.js';
import { stateRemark } from './state-remark.js';
import { duration, localTime } from './table.js';
import { widthOf, wrapLine } from './text-width.js';

type Style = Parameters<typeof styleText>[0];

const marks: Record<DrawnState['status'], readonly [mark: string, style: Style]> = {
  succeeded: ['✔', 'green'],
  failed: ['✘', 'red'],
  cancelled: ['■', 'yellow'],
  running: ['●', 'cyan'],
  waiting: ['◷', 'yellow'],
};

const mainPath = shownStates.slice(0, shownStates.indexOf('NotifySuccess') + 1);
const isMain = (name: string): boolean => mainPath.includes(name);

/** Choices and passes take no time and tell nobody anything; they only name the way that was taken. */
const isShown = (state: DrawnState): boolean => state.attempts > 0 || state.exited_at === null;

/** One visit that is drawn, with the silent states that led to it. */
interface Step {
  state: DrawnState;
  through: string[];
}

function stepsOf(states: readonly DrawnState[]): Step[] {
  const steps: Step[] = [];
  let through: string[] = [];
  for (const state of states) {
    if (isShown(state)) {
      steps.push({ state, through });
      through = [];
    } else through.push(state.name);
  }
  return steps;
}

/** Why the run left its path for this state. */
function reasonFor({ state, through }: Step, from: DrawnState): string {
  if (through.includes('RetriesSpent')) return 'below the threshold, and no retry is left';
  if (through.includes('EvaluationFailed')) return 'the judge refused the model';
  if (state.name === 'NotifyOperator') return 'below the threshold';
  if (from.status === 'cancelled') return 'cancelled';
  return 'failed';
}

/** The line between two visits; empty where the path just goes on. */
function connector(step: Step, from: DrawnState, returns: boolean): string {
  const { name } = step.state;
  if (isMain(from.name) && !isMain(name)) return `${returns ? '├' : '╰'}─╮ ${reasonFor(step, from)}`;
  if (!isMain(from.name) && isMain(name)) return `├─╯ ↺ again from ${name}`;
  if (step.through.includes('Replan')) return `↺ a new plan, again from ${name}`;
  return !isMain(name) && from.status !== 'succeeded' ? `${returns ? '│' : ' '} │ ${reasonFor(step, from)}` : '';
}

function rerunLine({ graph }: DrawnRun, number: number): string {
  const rerun = graph.reruns.find((one) => one.number === number);
  const by = rerun?.by == null ? '' : ` by ${rerun.by}`;
  return `━━ re-run ${number} from ${rerun?.from ?? '?'}${by}, ${localTime(rerun?.at ?? '')}`;
}

function waitNote({ graph }: DrawnRun): string {
  if (graph.waits_for === null) return 'waits';
  const { permission, other_than: requester, since } = graph.waits_for;
  const other = requester === null ? '' : `, other than ${requester},`;
  return `waits for somebody with the permission ${permission}${other} since ${localTime(since)}`;
}

function jobNote({ job }: DrawnRun): string {
  if (job === null) return '';
  if (job.status === 'Pending') return 'waits for a free slot';
  const percent = job.progressPercent === null ? '' : `${job.progressPercent.toFixed(0)} %`;
  return ['job', job.phase ?? job.status, percent].filter((part) => part !== '').join(' ');
}

const oneLine = (text: string): string => text.replaceAll(/\s+/g, ' ').trim();

function noteOf(run: DrawnRun, state: DrawnState): string {
  if (state.status === 'waiting') return waitNote(run);
  if (state.status === 'running') return jobNote(run);
  if (state.error !== null) return oneLine(`${state.error}: ${state.cause ?? ''}`).replace(/:$/, '');
  // Later visits overwrite what the data say about earlier ones.
  const newest = run.graph.states.findLast((one) => one.name === state.name) === state;
  return newest ? stateRemark(run, state.name) : '';
}

/** A text in at most `width` columns, its end cut off. */
export function clip(text: string, width: number): string {
  if (widthOf(text) <= width) return text;
  let kept = '';
  for (const character of text) {
    if (widthOf(kept + character) > width - 1) break;
    kept += character;
  }
  return `${kept}…`;
}

interface Row {
  /** What leads to the state, dim; a line of its own. */
  before: string;
  rail: string;
  state: DrawnState;
  times: string;
  took: string;
  note: string;
}

function rowsOf(run: DrawnRun, now: number): Row[] {
  const steps = stepsOf(run.graph.states);
  // The operator's answer may still lead back.
  const mayRetry =
    run.ended_at === null && (run.current_state === 'NotifyOperator' || run.current_state === 'WaitForOperatorInput');
  return steps.map((step, index) => {
    const { state } = step;
    const from = steps[index - 1]?.state;
    const later = steps.slice(index + 1).filter((one) => one.state.rerun === state.rerun);
    const returns =
      later.some((one) => isMain(one.state.name)) || (mayRetry && state.rerun === steps.at(-1)?.state.rerun);
    const isNewPass = (from?.rerun ?? 0) !== state.rerun;
    const times = [
      state.visit > 1 ? `visit ${state.visit}` : '',
      state.attempts > 1 ? `${state.attempts} attempts` : '',
    ].filter((part) => part !== '');
    return {
      before: isNewPass ? rerunLine(run, state.rerun) : from === undefined ? '' : connector(step, from, returns),
      rail: isMain(state.name) ? '' : returns ? '│ ' : '  ',
      state,
      times: times.join(', '),
      took: duration(state.duration_ms ?? Math.max(0, now - Date.parse(state.entered_at))),
      note: noteOf(run, state),
    };
  });
}

/** Least columns that a remark is written beside its state in; below that it goes under it. */
const leastNote = 24;
const longestError = 200;

function noteLines(row: Row, room: number): string[] {
  if (row.note === '') return [];
  // What failed is one line: `--json` and the log have it whole.
  if (row.state.error !== null) return [clip(row.note, Math.min(room, longestError))];
  return wrapLine(row.note, room);
}

function tint(text: string, style: Style): string {
  return text === '' ? '' : styleText(style, text);
}

/** Columns of the names, of the counts and of the durations, and of all three with their gaps. */
function columnsOf(rows: readonly Row[]): { names: number; times: number; took: number; left: number } {
  const widest = (of: (row: Row) => string): number => Math.max(0, ...rows.map((row) => widthOf(of(row))));
  const names = widest((row) => row.rail + row.state.name) + 2;
  const [times, took] = [widest((row) => row.times), widest((row) => row.took)];
  return { names, times, took, left: names + (times === 0 ? 0 : times + 2) + took + 2 };
}

/** On a narrow terminal the counts have no column of their own. */
function narrowed(rows: readonly Row[], width: number): readonly Row[] {
  if (columnsOf(rows).left <= width) return rows;
  return rows.map((row) => ({
    ...row,
    times: '',
    note: [row.times, row.note].filter((part) => part !== '').join(', '),
  }));
}

function drawRows(given: readonly Row[], width: number): string[] {
  const rows = narrowed(given, width);
  const { names, times, took, left } = columnsOf(rows);
  const beside = width - left - 2 >= leastNote;
  return rows.flatMap((row) => {
    const { rail, state } = row;
    const [mark, style] = marks[state.status];
    const loud = state.status === 'running' || state.status === 'waiting';
    const name = state.name.padEnd(names - 2 - widthOf(rail));
    const counted = times === 0 ? '' : `${row.times.padEnd(times)}  `;
    const line = [
      tint(rail, 'dim') + tint(mark, style),
      ` ${loud ? tint(name, 'bold') : name}  `,
      tint(counted, 'dim') + row.took.padStart(took),
    ].join('');
    const notes = noteLines(row, beside ? width - left - 2 : Math.max(leastNote, width - 4));
    const [first, ...rest] = beside ? notes : ['', ...notes];
    const indent = ' '.repeat(beside ? left + 2 : 4);
    const noteStyle = state.status === 'failed' ? 'red' : loud ? style : 'dim';
    return [
      ...(row.before === '' ? [] : wrapLine(row.before, width).map((text) => tint(text, 'dim'))),
      `${line}${first === undefined || first === '' ? '' : `  ${tint(first, noteStyle)}`}`.trimEnd(),
      ...rest.map((text) => indent + tint(text, noteStyle)),
    ];
  });
}

/** What of the usual path the run has still before it, or did not come to. */
function restLine({ graph, ended_at: endedAt }: DrawnRun): string {
  const last = graph.states.findLast((state) => isMain(state.name));
  const rest = mainPath.slice(last === undefined ? 0 : mainPath.indexOf(last.name) + 1);
  if (rest.length === 0) return '';
  return `${endedAt === null ? 'to come' : 'not reached'}: ${rest.join(' → ')}`;
}

/** The states that a run went through, from the first to the one that runs now: side branches to the right, loops and re-runs between. */
export function drawGraph(run: DrawnRun, width: number, now: number = Date.now()): string {
  const rest = restLine(run);
  return [
    ...drawRows(rowsOf(run, now), width),
    ...(rest === '' ? [] : wrapLine(`┊ ${rest}`, width).map((line) => tint(line, 'dim'))),
  ].join('\n');
}
