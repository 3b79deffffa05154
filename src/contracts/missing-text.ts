/** Words that mean "no value", as data frames write them: in CSV data for training and in the rows of a request alike. */
export const missingWords: readonly string[] = [
  'NA',
  'N/A',
  'n/a',
  '#N/A',
  '<NA>',
  'NaN',
  'nan',
  'NULL',
  'null',
  'None',
];
/** The words, and the empty text. */
export const missingTexts: readonly string[] = ['', ...missingWords];

const texts: ReadonlySet<string> = new Set(missingTexts);

/** True for those texts and for blank ones: a space, then nothing visible, as DuckDB's `trim` has it. */
export function isMissingText(text: string): boolean {
  return texts.has(text) || /^ \p{Zs}*$/u.test(text);
}
