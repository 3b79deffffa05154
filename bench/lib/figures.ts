/** One measured number; `value` null says that it could not be measured, and `note` why. */
export interface Figure {
  name: string;
  value: number | null;
  unit: string;
  /** Least or most that we want; absent: told for information. */
  goal?: { least: number } | { most: number };
  /** What the number rests on, e.g. how often it was measured. */
  note?: string;
}

/** A figure as it travels to the runner, with its verdict; `met` is null without a goal or without a value. */
export interface JudgedFigure {
  name: string;
  value: number | null;
  unit: string;
  goal: string | null;
  met: boolean | null;
  note: string | null;
}

/** The value as it is shown: three significant digits, whole from 100 on. */
export function rounded(value: number): number {
  return Math.abs(value) >= 100 ? Math.round(value) : Number(value.toPrecision(3));
}

function judge(figure: Figure): JudgedFigure {
  const { name, unit, goal, note } = figure;
  const value = figure.value === null || !Number.isFinite(figure.value) ? null : figure.value;
  const met = goal === undefined || value === null ? null : 'least' in goal ? value >= goal.least : value <= goal.most;
  const wanted = goal === undefined ? null : 'least' in goal ? `>= ${goal.least}` : `<= ${goal.most}`;
  return { name, value: value === null ? null : rounded(value), unit, goal: wanted, met, note: note ?? null };
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
