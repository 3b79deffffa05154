import type { DeployTo } from '../../../contracts/deploy-to.js';
import type { Language } from '../../../contracts/request.js';
import { effectKey, type RunRef } from '../../../contracts/run-ref.js';
import { historyFolder } from '../../../history/chain.js';
import { renderRollback } from '../../../history/render-rollback.js';
import type { ToolContext } from '../../../mcp/define-tool.js';
import { commitRecord } from '../../shared/commit-record.js';
import { findRollback } from './rollback-record.js';

/** Writes `training_history/{training_id}-rollback-{deploy_to}.md` once; the record of the training is sealed and stays as it is. */
export async function commitRollback(
  given: { run: RunRef; endpoint_name: string; deploy_to: DeployTo; issue_number: number | null; language: Language },
  { ports, now }: ToolContext,
): Promise<void> {
  const { run, endpoint_name, deploy_to: place, issue_number, language } = given;
  const { training_id: trainingId } = run;
  const record = await findRollback(ports.objects, { endpoint_name, training_id: trainingId, kind: 'rollback' });
  if (record === null) return;
  const rolledBack = { ...record, issue_number, language, rolled_back_at: record.started_at };
  await commitRecord(ports, {
    // Without the visit, which a client names: a page that is written again would break the chain.
    key: effectKey({ ...run, visit: 1 }, `rollback_history_${place}`),
    trainingId,
    file: `${historyFolder}/${trainingId}-rollback-${place}.md`,
    subject: `Record ${trainingId}: rolled back`,
    pictures: [],
    writtenAt: now().toISOString(),
    render: (previous) => renderRollback(rolledBack, previous),
  });
}
