import { type FatesLooked, type VersionFate, versionFate } from '../capabilities/model-registry/logic/version-fate.js';
import type { Ports } from '../ports/ports.js';
import type { RunRecord } from '../ports/run-index.js';
import type { RunLine } from './api-types.js';

type Known = Pick<Ports, 'registry' | 'lineage' | 'objects'>;

function remarkOf(fate: VersionFate | null, { status }: RunRecord): string | null {
  if (fate === null) return null;
  const { replaced_by, rolled_back } = fate;
  if (rolled_back !== null) return rolled_back.by === null ? 'rolled back' : `rolled back by ${rolled_back.by}`;
  return status === 'in_service' ? `replaced by ${replaced_by}` : null;
}

/** A run as `dandori list` shows it: its status is how it ended, its remark what has become of its version since then. */
export async function runLine(
  ports: Known,
  run: RunRecord,
  looked: FatesLooked = { served: new Map() },
): Promise<RunLine> {
  const fate = await versionFate(ports, run, looked);
  return {
    training_id: run.trainingId,
    issue_number: run.issueNumber,
    model_name: run.modelName,
    status: run.status,
    version: run.version,
    replaced_by: fate?.replaced_by ?? null,
    remark: remarkOf(fate, run),
    created_at: run.createdAt,
    ended_at: run.endedAt,
  };
}

/** Many runs: the registry is asked once for each model, and an object is read only for a run that was rolled back. */
export async function runLines(ports: Known, runs: readonly RunRecord[]): Promise<RunLine[]> {
  const looked: FatesLooked = { served: new Map() };
  const lines: RunLine[] = [];
  for (const run of runs) lines.push(await runLine(ports, run, looked));
  return lines;
}
