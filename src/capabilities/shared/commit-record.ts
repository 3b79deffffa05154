import { DandoriError } from '../../errors.js';
import { appendEntry, chainPath, readChain, type ChainEntry } from '../../history/chain.js';
import { once } from '../../ports/effect-journal.js';
import type { HistoryCommit } from '../../ports/history-repository.js';
import type { Ports } from '../../ports/ports.js';
import { inTurn } from './in-turn.js';

/** A record that is to stand in the history, with the pictures beside it. */
export interface NewRecord {
  /** Key of the effect: a second commit of it answers the first. */
  key: string;
  trainingId: string;
  /** Path in the history repository. */
  file: string;
  /** First line of the commit's message. */
  subject: string;
  pictures: readonly { path: string; body: Uint8Array; sha256: string }[];
  writtenAt: string;
  /** The text as it follows the record before it. */
  render: (previous: string | null) => { markdown: string; digest: string };
}

async function commit(ports: Ports, record: NewRecord): Promise<HistoryCommit> {
  const { file, pictures } = record;
  const entries = await readChain(ports.history);
  const previous = entries.at(-1)?.record ?? null;
  const { markdown, digest } = record.render(previous);
  const entry: ChainEntry = {
    sequence: entries.length + 1,
    training_id: record.trainingId,
    file,
    previous,
    record: digest,
    pictures: Object.fromEntries(pictures.map(({ path, sha256 }) => [path, sha256])),
    written_at: record.writtenAt,
  };
  return ports.history.commit({
    key: record.key,
    message: `${record.subject}\n\nRecord-Digest: ${digest}`,
    files: [{ path: file, body: markdown }, ...pictures, { path: chainPath, body: appendEntry(entries, entry) }].map(
      ({ path, body }) => ({ path, body }),
    ),
  });
}

async function digestOfRecord(ports: Ports, path: string): Promise<string> {
  const entry = (await readChain(ports.history)).findLast(({ file }) => file === path);
  if (entry !== undefined) return entry.record;
  throw new DandoriError('corrupt', `The record ${path} is committed but not in ${chainPath}.`, {
    next: 'run "npx dandori doctor"; restore the index from an earlier commit.',
  });
}

/** Chains a record to the one before it and commits it, once; one record at a time. */
export async function commitRecord(ports: Ports, record: NewRecord): Promise<HistoryCommit & { digest: string }> {
  return inTurn(ports.history, 'chain', async () => {
    const made = await once(ports.effects, record.key, {
      find: () => ports.history.findCommit({ key: record.key }),
      act: () => commit(ports, record),
    });
    return { ...made, digest: await digestOfRecord(ports, record.file) };
  });
}
