// Apart from the schemas of an evaluation, for commands: they show figures before anything is loaded that knows schemas.

/** A mean relative error above this says only that the target has zeros: scikit-learn divides by 2.2e-16 there. */
const largestMape = 1e6;

/** Whether a figure says something to a reader; reports name it if not, the JSON documents keep it. */
export function isMeaningful(metric: string, value: number | null): boolean {
  return metric !== 'mape' || value === null || Math.abs(value) <= largestMape;
}
