import { DandoriError } from '../../errors.js';

export type VersionChange = 'major' | 'minor' | 'patch';

function parts(version: string): [number, number, number] {
  const match = /^(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)$/.exec(version);
  if (match === null) {
    throw new DandoriError('invalid_input', 'A model version is not a semantic version.', {
      found: `"${version}"`,
      allowed: 'MAJOR.MINOR.PATCH, e.g. 1.2.0',
    });
  }
  return [Number(match[1]), Number(match[2]), Number(match[3])];
}

/** Negative when `a` is older than `b`. */
export function compareVersions(a: string, b: string): number {
  const [left, right] = [parts(a), parts(b)];
  return left[0] - right[0] || left[1] - right[1] || left[2] - right[2];
}

/** The next version after `version` for a change of this kind. */
export function bumpVersion(version: string, change: VersionChange): string {
  const [major, minor, patch] = parts(version);
  if (change === 'major') return `${major + 1}.0.0`;
  return change === 'minor' ? `${major}.${minor + 1}.0` : `${major}.${minor}.${patch + 1}`;
}
