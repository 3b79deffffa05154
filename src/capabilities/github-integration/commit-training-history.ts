import { z } from 'zod';
import { effectKey, runRef } from '../../contracts/run-ref.js';
import { DandoriError } from '../../errors.js';
import { historyFolder } from '../../history/chain.js';
import { historyRecord, type HistoryPicture } from '../../history/record.js';
import { renderRecord } from '../../history/render-record.js';
import { defineTool, writes } from '../../mcp/define-tool.js';
import type { Ports } from '../../ports/ports.js';
import { commitRecord } from '../shared/commit-record.js';
import { sha256Of } from '../shared/digest.js';

const picture = z.object({
  key: z.string().describe('Object key of the picture'),
  name: z.string().regex(/^[a-z0-9_-]{1,80}\.(png|svg)$/, 'a plain file name that ends in .png or .svg'),
  title: z.string(),
});
type Picture = z.infer<typeof picture>;

interface LoadedPicture extends HistoryPicture {
  path: string;
  body: Uint8Array;
}

/** A picture that was not made is left out: the record is written all the same. */
async function loadPictures(ports: Ports, trainingId: string, given: readonly Picture[]): Promise<LoadedPicture[]> {
  const loaded: LoadedPicture[] = [];
  for (const { key, name, title } of given) {
    if ((await ports.objects.head({ key })) === null) continue;
    const body = await ports.objects.get({ key });
    loaded.push({ path: `${historyFolder}/${trainingId}/${name}`, name, title, body, sha256: sha256Of(body) });
  }
  return loaded;
}

export const commitTrainingHistory = defineTool({
  name: 'commit_training_history',
  title: 'Commit the training history',
  description:
    'Renders the record of a run as Markdown (English or Japanese), chains it by digest to the record before it and commits it with its ' +
    'pictures as `training_history/{training_id}.md`. Every ending has its record.',
  input: z.object({ run: runRef, record: historyRecord, pictures: z.array(picture).max(20).default([]) }),
  output: z.object({
    commit_sha: z.string(),
    file_path: z.string(),
    commit_url: z.string(),
    record_digest: z.string(),
  }),
  annotations: writes,
  effect: { states: ['WriteHistory', 'WriteFailureHistory', 'WriteCancelHistory'] },
  handler: async ({ run, record, pictures: given }, { ports, now }) => {
    if (record.training_id !== run.training_id) {
      throw new DandoriError('invalid_input', `The record is not of ${run.training_id}.`, {
        found: record.training_id,
        allowed: run.training_id,
      });
    }
    const pictures = await loadPictures(ports, run.training_id, given);
    const made = await commitRecord(ports, {
      key: effectKey(run, 'training_history'),
      trainingId: run.training_id,
      file: `${historyFolder}/${run.training_id}.md`,
      subject: `Record ${run.training_id}: ${record.ending.replaceAll('_', ' ')}`,
      pictures,
      writtenAt: now().toISOString(),
      render: (previous) => renderRecord(record, { pictures, previous }),
    });
    return {
      commit_sha: made.commitSha,
      file_path: `${historyFolder}/${run.training_id}.md`,
      commit_url: made.url,
      record_digest: made.digest,
    };
  },
});
