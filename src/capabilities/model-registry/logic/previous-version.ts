import type { ModelVersion } from '../../../ports/model-registry.js';
import { compareVersions } from '../../shared/semantic-version.js';

/**
 * The version to go back to: the newest approved one before `current` that served this endpoint and that nobody has gone back
 * from. Null when there is none. `served` empty: nothing is known of what served, every approved version counts.
 */
export function previousVersion(params: {
  versions: readonly ModelVersion[];
  current: string;
  served: ReadonlySet<string>;
  rolledBack: ReadonlySet<string>;
}): ModelVersion | null {
  const candidates = params.versions
    .filter(
      ({ version, approvalStatus }) => approvalStatus === 'Approved' && compareVersions(version, params.current) < 0,
    )
    .filter(({ version }) => params.served.size === 0 || params.served.has(version))
    .filter(({ version }) => !params.rolledBack.has(version));
  return candidates.toSorted((a, b) => compareVersions(b.version, a.version))[0] ?? null;
}
