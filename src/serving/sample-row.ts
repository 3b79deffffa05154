import type { ModelSignature } from '../contracts/training.js';

export type FeatureValue = number | string | boolean | null;

/**
 * One plausible row by the signature: the middle of a numeric range, the first known category, `true` for a boolean. Used
 * to warm a model up, to check an endpoint and as the example in documents; it says nothing about real data.
 */
export function sampleRow(signature: ModelSignature): Record<string, FeatureValue> {
  const entries = signature.features.map((feature): [string, FeatureValue] => {
    if (feature.kind === 'boolean') return [feature.name, true];
    if (feature.kind === 'categorical') return [feature.name, feature.categories?.[0] ?? 'unknown'];
    return [feature.name, middle(feature.minimum, feature.maximum)];
  });
  return Object.fromEntries(entries);
}

function middle(minimum: number | null, maximum: number | null): number {
  if (minimum === null || maximum === null) return minimum ?? maximum ?? 0;
  const value = minimum + (maximum - minimum) / 2;
  const areWhole = Number.isInteger(minimum) && Number.isInteger(maximum);
  return areWhole ? Math.round(value) : Number(value.toPrecision(4));
}
