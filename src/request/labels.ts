/** Every label that Dandori reads or sets. */
export const labels = {
  /** What makes an issue a request; set by people, never taken away. */
  train: 'mlops:train',
  running: 'mlops:running',
  waiting: 'mlops:waiting',
  deployed: 'mlops:deployed',
  failed: 'mlops:failed',
  /** A version that was in service and is no more. */
  replaced: 'mlops:replaced',
  rolledBack: 'mlops:rolled-back',
  cancelled: 'mlops:cancelled',
  invalid: 'mlops:invalid',
} as const;

/** What each label says to people who see it in a list, and its colour (six hexadecimal digits). */
export const labelDocs: readonly { name: string; color: string; description: string }[] = [
  { name: labels.train, color: '5319e7', description: 'A request for a model: Dandori reads this issue' },
  { name: labels.running, color: '1d76db', description: 'The run is on its way' },
  { name: labels.waiting, color: 'fbca04', description: 'The run waits for a person' },
  { name: labels.deployed, color: '0e8a16', description: 'The model of this request was put into service' },
  { name: labels.failed, color: 'b60205', description: 'The run failed; the previous version stays in service' },
  { name: labels.replaced, color: 'bfdadc', description: 'Another version took the place of this model' },
  { name: labels.rolledBack, color: 'e99695', description: 'The model was taken out of service again' },
  { name: labels.cancelled, color: 'c5def5', description: 'Somebody ended the run' },
  { name: labels.invalid, color: 'd93f0b', description: 'The request cannot be read; a comment says why' },
];

/** The labels that show a state; an issue carries at most one of them. */
export const statusLabels = [
  labels.running,
  labels.waiting,
  labels.deployed,
  labels.failed,
  labels.replaced,
  labels.rolledBack,
  labels.cancelled,
  labels.invalid,
] as const;
export type StatusLabel = (typeof statusLabels)[number];

/** The labels with `label` as the only state; null takes the state away. Other people's labels stay. */
export function withStatusLabel(current: readonly string[], label: string | null): string[] {
  const kept = current.filter((name) => !statusLabels.some((status) => status === name));
  return label === null ? kept : [...kept, label];
}
