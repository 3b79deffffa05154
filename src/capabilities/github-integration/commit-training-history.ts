import { z } from 'zod';
import { effectKey, runRef, type RunRef } from '../../contracts/run-ref.js';
import { DandoriError } from '../../errors.js';
import { appendEntry, chainPath, historyFolder, readChain, type ChainEntry } from '../../history/chain.js';
import { historyRecord, type HistoryPicture, type HistoryRecord } from '../../history/record.js';
import { renderRecord } from '../../history/render-record.js';
import { defineTool, writes } from '../../mcp/define-tool.js';
import { once } from '../../ports/effect-journal.js';
import type { HistoryCommit } from '../../ports/history-repository.js';
import type { Ports } from '../../ports/ports.js';
import { sha256Of } from '../shared/digest.js';
import { inTurn } from '../shared/in-turn.js';

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

async function commit(
  ports: Ports,
  key: string,
  record: HistoryRecord,
  pictures: readonly LoadedPicture[],
  at: string,
): Promise<HistoryCommit> {
  const entries = await readChain(ports.history);
  const previous = entries.at(-1)?.record ?? null;
  const { markdown, digest } = renderRecord(record, { pictures, previous });
  const file = `${historyFolder}/${record.training_id}.md`;
  const entry: ChainEntry = {
    sequence: entries.length + 1,
    training_id: record.training_id,
    file,
    previous,
    record: digest,
    pictures: Object.fromEntries(pictures.map(({ path, sha256 }) => [path, sha256])),
    written_at: at,
  };
  return ports.history.commit({
    key,
    message: `Record ${record.training_id}: ${record.ending.replaceAll('_', ' ')}\n\nRecord-Digest: ${digest}`,
    files: [{ path: file, body: markdown }, ...pictures, { path: chainPath, body: appendEntry(entries, entry) }].map(
      ({ path, body }) => ({ path, body }),
    ),
  });
}

async function digestOfRecord(ports: Ports, run: RunRef): Promise<string> {
  const entry = (await readChain(ports.history)).findLast(({ training_id: id }) => id === run.training_id);
  if (entry !== undefined) return entry.record;
  throw new DandoriError('corrupt', `The record of ${run.training_id} is committed but not in ${chainPath}.`, {
    next: 'run "npx dandori doctor"; restore the index from an earlier commit.',
  });
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
    const key = effectKey(run, 'training_history');
    const pictures = await loadPictures(ports, run.training_id, given);
    return inTurn(ports.history, 'chain', async () => {
      const made = await once(ports.effects, key, {
        find: () => ports.history.findCommit({ key }),
        act: () => commit(ports, key, record, pictures, now().toISOString()),
      });
      return {
        commit_sha: made.commitSha,
        file_path: `${historyFolder}/${run.training_id}.md`,
        commit_url: made.url,
        record_digest: await digestOfRecord(ports, run),
      };
    });
  },
});
