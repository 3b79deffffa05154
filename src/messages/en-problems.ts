const list = (items: readonly string[]): string => items.map((item) => `\`${item}\``).join(', ');

/** English: what is wrong with a request or a command, and what is allowed. Values arrive escaped. */
export const problemsEn = {
  title: 'This request cannot start yet',
  intro: (count: number): string =>
    count === 1
      ? 'One thing has to be mended. Nothing was started.'
      : `${count} things have to be mended. Nothing was started.`,
  howToFix: 'Edit the issue, or comment a corrected block: it is tried again at once.',
  columnField: 'Field',
  columnFound: 'Found',
  columnAllowed: 'Allowed',
  columnLine: 'Line',
  more: (count: number): string => `... and ${count} more.`,
  body: '(whole text)',
  nothing: 'nothing',
  /** Behind what is allowed. */
  nearest: (name: string): string => `. Did you mean \`${name}\`?`,

  oneOf: (values: readonly string[]): string => `one of ${list(values)}`,
  exactly: (value: string): string => `\`${value}\``,
  integer: 'an integer',
  number: 'a number',
  text: 'a text',
  quotedText: 'a text (put it in quotes)',
  boolean: '`true` or `false`',
  listOf: (item: string): string => `a list of ${item}`,
  mapping: (keys: readonly string[]): string => `a mapping with ${list(keys)}`,
  anyMapping: 'a mapping of names and values',
  or: (alternatives: readonly string[]): string => alternatives.join(', or '),
  atLeast: (what: string, min: number): string => `${what} of at least ${min}`,
  atMost: (what: string, max: number): string => `${what} of at most ${max}`,
  between: (what: string, min: number, max: number): string => `${what} from ${min} to ${max}`,
  slug: 'lower-case letters, digits and hyphens, 1 to 63 characters, beginning with a letter or digit',
  version: 'a version such as `1.0.0`',
  lengthBetween: (min: number, max: number): string => `a text of ${min} to ${max} characters`,
  nullable: (what: string): string => `${what}, or \`null\``,
  knownFields: (keys: readonly string[]): string => `the fields ${list(keys)}`,

  notYetWhole: 'not yet, planned: leave this field out for now',
  notYetValues: (values: readonly string[]): string => `not yet, planned: for now only ${list(values)}`,
  notYetNear: (meant: string, values: readonly string[]): string =>
    `not yet, if \`${meant}\` is meant, which is planned: for now only ${list(values)}`,

  datasetMissing: 'a `dataset_id` of the catalogue, or a `data_source` with a file',
  pathOfSource: 'the path of the file in `path`',
  path: "a path without `..` and without a scheme, below a data root or the request's own folder",
  fileName:
    'a file that ends in `.csv`, `.parquet`, `.json`, `.jsonl` or `.ndjson` (also `.gz`), or `format` beside it',
  versionWithSource: 'either `dataset_version` (of the catalogue) or `data_source` (a new import)',
  algorithmsFor: (task: string, names: readonly string[]): string => `for ${task}: ${list(names)}`,
  hyperparametersOf: (algorithm: string, names: readonly string[]): string => `for ${algorithm}: ${list(names)}`,
  algorithmsInRequest: (names: readonly string[]): string => `an algorithm of this request: ${list(names)}`,
  scalar: 'a number, a text, `true`, `false` or a list of numbers',
  metricsFor: (task: string, names: readonly string[]): string => `for ${task}: ${list(names)}`,
  metricNeedsMin: (metric: string): string => `\`min\`: more ${metric} is better`,
  metricNeedsMax: (metric: string): string => `\`max\`: less ${metric} is better`,
  scoreRange: 'a value from 0 to 1',
  r2Range: 'a value of at most 1',
  bareThreshold:
    'a value from 0 to 1 with `task_type: classification` (`f1_score`), of at most 1 with `regression` (`r2`); an error or a loss is named: `{metric: rmse, max: 2}`',
  metricOnce: 'each metric once',
  splitSum: 'shares that add up to 1, with `train` and `test` above 0',
  onlyWithConstant: 'only with `handle_missing: constant`',
  onlyWithMethod: 'only with a `method`',
  onlyForClassification: 'only with `task_type: classification`',
  notTheTarget: 'columns other than the target',
  notInBoth: 'a column in `include` or in `exclude`, not in both',
  columnOnce: 'each column once',
  endpointName: 'model_name and deploy_to together at most 62 characters',
  sameValue: (field: string): string => `the same value as \`${field}\`, or only one of the two`,
  oneLine: 'one line without control characters',

  blockMissing: 'one fenced `yaml` or `json` block, a body that is YAML or JSON as a whole, or an issue form',
  blockOnce: 'one `yaml` or `json` block',
  mappingExpected: 'a mapping of fields and values',
  sectionOnce: 'each section of the form once',
  syntax: 'well-formed YAML or JSON',
  duplicateKey: 'each field once',
  forbiddenKey: 'another name',
  complexKey: 'a text as the name of a field',
  noAlias: 'the value itself; anchors and aliases are not read',
  noTag: 'the value without a tag',
  limitBytes: (bytes: number): string => `at most ${bytes} bytes`,
  limitDepth: (depth: number): string => `at most ${depth} levels of nesting`,
  limitBrackets: (count: number): string => `at most ${count} opening brackets`,
  limitEntries: (count: number): string => `about ${count} lines and commas at most`,
  limitControl: 'no control characters but tab and line feed',
  foundBytes: (bytes: number): string => `${bytes} bytes`,
  foundDepth: (depth: number): string => `${depth} levels or more`,
  foundCount: (count: number): string => `${count} or more`,
  foundControl: (code: number): string => `character code ${code}`,

  noteIgnored: (field: string): string => `\`${field}\` in the body is ignored: it belongs to the issue itself.`,
  noteSection: (label: string): string => `The section "${label}" is not a field and was not read.`,
};

export type ProblemMessages = typeof problemsEn;
