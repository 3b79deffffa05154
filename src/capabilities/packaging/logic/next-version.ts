import { bumpVersion, type VersionChange } from '../../shared/semantic-version.js';

/** Digests of what decides a version number; anything else among the facts counts as a patch. */
export interface VersionFacts {
  /** Names, order and kinds of the columns that go in. */
  input_schema: string;
  /** Task, target, classes and names of what comes out. */
  output_schema: string;
  /** Which dataset, how it is split. */
  data: string;
  /** Algorithm and its effective hyperparameters. */
  algorithm: string;
  /** Which columns are features and how they are preprocessed. */
  features: string;
  /** Digest of the dataset's bytes. */
  rows: string;
  seed: string;
}

export interface VersionDecision {
  version: string;
  /** `first` for the first version of a model. */
  change: 'first' | VersionChange;
  /** Names of the facts that differ from the newest version. */
  changed: string[];
}

const levels: Record<keyof VersionFacts, VersionChange> = {
  input_schema: 'major',
  output_schema: 'major',
  data: 'minor',
  algorithm: 'minor',
  features: 'minor',
  rows: 'patch',
  seed: 'patch',
};

/** A fact that an older Dandori did not record counts as changed. */
function changedFacts(before: Record<string, string>, after: VersionFacts): (keyof VersionFacts)[] {
  const names = Object.keys(levels) as (keyof VersionFacts)[];
  return names.filter((name) => before[name] !== after[name]);
}

/** The version after `newest` (requirement P2); a version in `taken` is stepped over with a change of the same kind. */
export function nextVersion(
  newest: { version: string; facts: Record<string, string> } | null,
  facts: VersionFacts,
  taken: readonly string[] = [],
): VersionDecision {
  const changed = newest === null ? [] : changedFacts(newest.facts, facts);
  const change =
    (['major', 'minor'] as const).find((level) => changed.some((name) => levels[name] === level)) ?? 'patch';
  let version = newest === null ? '1.0.0' : bumpVersion(newest.version, change);
  while (taken.includes(version)) version = bumpVersion(version, newest === null ? 'patch' : change);
  return { version, change: newest === null ? 'first' : change, changed };
}
