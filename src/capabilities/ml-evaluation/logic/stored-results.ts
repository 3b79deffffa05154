import { evaluationResults, type EvaluationResults } from '../../../contracts/evaluation.js';
import { DandoriError } from '../../../errors.js';
import type { Ports } from '../../../ports/ports.js';
import { findJson } from '../../shared/json-objects.js';
import { evaluationFolder } from './publish.js';

/** The newest evaluation of a training; `not_found` when there is none. */
export async function storedResults(ports: Pick<Ports, 'objects'>, trainingId: string): Promise<EvaluationResults> {
  const key = `${evaluationFolder(trainingId)}/results.json`;
  const results = await findJson(ports.objects, key, evaluationResults);
  if (results !== null) return results;
  throw new DandoriError('not_found', `There is no evaluation of ${trainingId}.`, {
    found: `no object ${key}`,
    next: `see how far it got: "npx dandori show ${trainingId}".`,
  });
}

/** Key of a stored picture; null when the evaluation drew none of that name. */
export function pictureKey(results: EvaluationResults, name: string): string | null {
  const picture = results.pictures.find((one) => one.name === name);
  return picture === undefined ? null : `${evaluationFolder(results.training_id)}/${picture.png}`;
}
