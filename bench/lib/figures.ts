/** One measured number; `value` null says that it could not be measured, and `note` why. */
export interface Figure {
  name: string;
  value: number | null;
  unit: string;
  /** Least or most that we want; absent: told for information. */
  goal?: { least: number } | { most: number };
  /** What the number rests on, e.g. how often it was measured. */
  note?: string;
  /** The same of others in the same run, null where it could not be measured; to be ahead of them is part of the goal. */
  peers?: readonly { name: string; value: number | null }[];
  /** Which of two values is the better one; with `peers`. */
  better?: 'more' | 'less';
}

/** A peer's value, and how many times better ours is; null without a value. */
interface JudgedPeer {
  name: string;
  value: number | null;
  times: number | null;
}

/** A figure as it travels to the runner, with its verdict; `met` is null without a goal or without a value. */
interface JudgedFigure {
  name: string;
  value: number | null;
  unit: string;
  goal: string | null;
  met: boolean | null;
  note: string | null;
  peers?: JudgedPeer[];
}

/** The value as it is shown: three significant digits, whole from 100 on. */
export function rounded(value: number): number {
  return Math.abs(value) >= 100 ? Math.round(value) : Number(value.toPrecision(3));
}

const measured = (value: number | null): number | null => (value === null || !Number.isFinite(value) ? null : value);

function judgePeers(figure: Figure, own: number | null): JudgedPeer[] {
  return (figure.peers ?? []).map((peer) => {
    const value = measured(peer.value);
    if (value === null || own === null) return { name: peer.name, value: null, times: null };
    return {
      name: peer.name,
      value: rounded(value),
      times: rounded(figure.better === 'less' ? value / own : own / value),
    };
  });
}

function judge(figure: Figure): JudgedFigure {
  const { name, unit, goal, note } = figure;
  const value = measured(figure.value);
  const peers = judgePeers(figure, value);
  const known = peers.flatMap(({ times }) => (times === null ? [] : [times]));
  const verdicts = known.map((times) => times >= 1);
  if (goal !== undefined && value !== null) verdicts.push('least' in goal ? value >= goal.least : value <= goal.most);
  const wanted = goal === undefined ? [] : 'least' in goal ? [`>= ${goal.least}`] : [`<= ${goal.most}`];
  if (known.length > 0) wanted.push('ahead');
  return {
    name,
    value: value === null ? null : rounded(value),
    unit,
    goal: wanted.length === 0 ? null : wanted.join(', '),
    met: verdicts.length === 0 ? null : verdicts.every(Boolean),
    note: note ?? null,
    ...(peers.length === 0 ? {} : { peers }),
  };
}

/** Hands the figures to `npm run bench`, or prints them where the program was started by hand. */
export function reportFigures(figures: readonly Figure[]): void {
  const judged = figures.map(judge);
  if (process.send === undefined) console.log(JSON.stringify(judged, null, 2));
  else process.send({ figures: judged });
}

/** The middle value; NaN of nothing. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length / 2;
  const at = (index: number) => sorted[index] ?? Number.NaN;
  return sorted.length % 2 === 1 ? at(Math.floor(middle)) : (at(middle - 1) + at(middle)) / 2;
}

/** The value below which this share of the sorted values lies; NaN of nothing. */
export function quantile(sorted: readonly number[], share: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}

/** A whole number from the environment, e.g. how much to do. */
export function sizeFrom(name: string, fallback: number): number {
  const value = Number(process.env[name] ?? fallback);
  if (Number.isInteger(value) && value >= 0) return value;
  throw new Error(`The variable ${name} is not usable: found ${process.env[name]}; allowed: a whole number from 0.`);
}
