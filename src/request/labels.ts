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
