import type { ColumnProfile, PrepareSpec, QualityCheck } from '../../contracts/data.js';
import type { Language } from '../../contracts/request.js';
import { nearestNames } from '../../nearest.js';
import { qualityMessages, type QualityMessages } from './quality-messages.js';

const maxClasses = 100;
/** Share of the rarest class below which the report warns. */
const imbalanceLimit = 0.1;

export type TargetChoice = Pick<PrepareSpec, 'target' | 'task_type' | 'positive_class' | 'cv_folds'>;

/** A value of the target as the name of its class: whole numbers without a fraction, everything else as it is. */
export function className(column: Pick<ColumnProfile, 'type'>, value: string): string {
  return column.type === 'DOUBLE' && Number.isInteger(Number(value)) ? String(Number(value)) : value;
}

/** Class names in the order of their ids: by number when all are numbers, else by code point. */
export function orderClasses(names: readonly string[]): string[] {
  const numeric = names.every((name) => name.trim() !== '' && Number.isFinite(Number(name)));
  return names.toSorted((a, b) => (numeric ? Number(a) - Number(b) : 0) || (a < b ? -1 : a > b ? 1 : 0));
}

/** The class that `wanted` means: the same text, else the same but for letter case, else the same number; null when none. */
function findClass(wanted: string, classes: readonly string[]): string | null {
  const lower = wanted.toLowerCase();
  return (
    classes.find((name) => name === wanted) ??
    classes.find((name) => name.toLowerCase() === lower) ??
    classes.find((name) => wanted.trim() !== '' && name.trim() !== '' && Number(name) === Number(wanted)) ??
    null
  );
}

/** The positive class of a binary target: the given one, else the rarer, at a tie the later; null for three classes and more. */
export function positiveClass(counts: ReadonlyMap<string, number>, wanted: string | null): string | null {
  const classes = orderClasses([...counts.keys()]);
  if (wanted !== null) return findClass(wanted, classes);
  const [first, second] = classes;
  if (first === undefined || second === undefined || classes.length > 2) return null;
  return (counts.get(first) ?? 0) < (counts.get(second) ?? 0) ? first : second;
}

type Finding = Pick<QualityCheck, 'check' | 'status' | 'value' | 'message'>;
const fail = (check: string, value: number | null, message: string): Finding => ({
  check,
  status: 'fail',
  value,
  message,
});
const warn = (check: string, value: number | null, message: string): Finding => ({
  check,
  status: 'warn',
  value,
  message,
});

function checkClasses(column: ColumnProfile, rows: number, choice: TargetChoice, words: QualityMessages): Finding[] {
  const complete = column.top_values.length === column.distinct;
  const fractions =
    column.type === 'DOUBLE' && (!complete || column.top_values.some(({ value }) => !Number.isInteger(Number(value))));
  if (fractions) return [fail('target_type', column.distinct, words.targetContinuous(column.distinct))];
  if (column.distinct > maxClasses || !complete) {
    return [fail('target_classes', column.distinct, words.targetManyClasses(column.distinct, maxClasses))];
  }
  const found: Finding[] = [];
  const minimum = 2 * choice.cv_folds;
  for (const { value, count } of column.top_values) {
    if (count < minimum)
      found.push(fail('target_class_rows', count, words.targetRareClass(className(column, value), count, minimum)));
  }
  const rarest = Math.min(...column.top_values.map(({ count }) => count)) / Math.max(1, rows - column.missing);
  if (rarest < imbalanceLimit) found.push(warn('target_imbalance', rarest, words.targetImbalance(rarest)));
  const classes = column.top_values.map(({ value }) => className(column, value));
  if (choice.positive_class !== null && findClass(choice.positive_class, classes) === null) {
    found.push(
      fail(
        'positive_class',
        null,
        words.positiveUnknown(`"${choice.positive_class}"`, orderClasses(classes).join(', ')),
      ),
    );
  }
  return found;
}

function checkQuantity(column: ColumnProfile, words: QualityMessages): Finding[] {
  if (column.type === 'VARCHAR' || column.type === 'BOOLEAN') {
    return [fail('target_type', null, words.targetText(`"${column.top_values[0]?.value ?? 'text'}"`))];
  }
  return column.distinct <= 10 ? [warn('target_values', column.distinct, words.targetFewValues(column.distinct))] : [];
}

function findings(column: ColumnProfile, rows: number, choice: TargetChoice, words: QualityMessages): Finding[] {
  if (column.distinct === 0) return [fail('target_missing', 1, words.targetMissing)];
  const found =
    column.missing > 0 ? [warn('target_missing', column.missing, words.targetSomeMissing(column.missing))] : [];
  if (column.constant)
    return [
      ...found,
      fail('target_constant', 1, words.targetConstant(`"${column.top_values[0]?.value ?? column.min ?? ''}"`)),
    ];
  if (column.kind === 'datetime') return [...found, fail('target_type', null, words.targetDate)];
  return [
    ...found,
    ...(choice.task_type === 'classification'
      ? checkClasses(column, rows, choice, words)
      : checkQuantity(column, words)),
  ];
}

/** Checks whether the target can be learned; any `fail` refuses the data. */
export function targetChecks(
  profile: { rows: number; columns: readonly ColumnProfile[] },
  choice: TargetChoice,
  language: Language = 'en',
): QualityCheck[] {
  const words = qualityMessages(language);
  const column = profile.columns.find(({ name }) => name === choice.target);
  if (column === undefined) {
    const known = profile.columns.map(({ name }) => name);
    const message = words.targetAbsent(choice.target, nearestNames(choice.target, known).join(', '));
    return [{ check: 'target', column: choice.target, status: 'fail', value: null, message }];
  }
  const found = findings(column, profile.rows, choice, words);
  const all =
    found.length > 0 ? found : [{ check: 'target', status: 'pass' as const, value: null, message: words.targetFine }];
  return all.map((each) => ({ ...each, column: choice.target }));
}
