import type { RunRef } from '../../../contracts/run-ref.js';
import type { ObjectStore } from '../../../ports/object-store.js';

/** Folder of an evaluation: the newest visit's documents, and all visits below. */
export function evaluationFolder(trainingId: string): string {
  return `evaluations/${trainingId}`;
}

/** Folder of one visit's documents, which later visits leave alone. */
function visitFolder(run: RunRef): string {
  return `${evaluationFolder(run.training_id)}/visits/${run.visit}`;
}

/** Where the job of one attempt leaves its output. */
export function jobPrefix(run: RunRef): string {
  return `${evaluationFolder(run.training_id)}/jobs/${run.visit}/${run.attempt}`;
}

/**
 * Copies a job's documents to the visit's folder and to the evaluation's own, where those that an earlier visit left and this
 * one did not make are removed. The visit's results.json comes last: when it is there, all is there, and nothing is done again.
 */
export async function publish(
  objects: ObjectStore,
  run: RunRef,
  outputPrefix: string,
): Promise<{ prefix: string; files: string[] }> {
  const from = `${outputPrefix}/output/`;
  const made = await objects.list({ prefix: from });
  const files = made.map((info) => info.key.slice(from.length));
  const prefix = visitFolder(run);
  const resultsKey = `${prefix}/results.json`;
  const published = await objects.head({ key: resultsKey });
  if (published !== null && published.sha256 === made.find((info) => info.key === `${from}results.json`)?.sha256)
    return { prefix, files };
  const folder = evaluationFolder(run.training_id);
  const stale = (await objects.list({ prefix: `${folder}/` }))
    .map((info) => info.key.slice(folder.length + 1))
    .filter((file) => !file.includes('/') && !files.includes(file));
  for (const file of stale) await objects.delete({ key: `${folder}/${file}` });
  for (const file of files.toSorted((a, b) => Number(a === 'results.json') - Number(b === 'results.json'))) {
    const path = await objects.getFile({ key: `${from}${file}` });
    await objects.putFile({ key: `${folder}/${file}`, path });
    await objects.putFile({ key: `${prefix}/${file}`, path });
  }
  return { prefix, files };
}
