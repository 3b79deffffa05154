import { isDeepStrictEqual } from 'node:util';
import type { Installation } from '../agents/agent.js';
import { planCodeDigest } from '../agents/plan-of.js';
import { trainingScriptKey } from '../agents/training-script.js';
import type { Plan } from '../contracts/plan.js';
import type { ObjectStore } from '../ports/object-store.js';

/** What of this installation is no longer what the plan was made for; empty: the plan still says what will run. */
export async function planChanges(
  objects: Pick<ObjectStore, 'head'>,
  installation: Installation,
  { plan, trainingId }: { plan: Plan; trainingId: string },
): Promise<string[]> {
  const { training_script: program, inference_script: hooks } = plan.request;
  const paths = [program, hooks].flatMap((script) => (script ? [script.path] : []));
  const kept = await Promise.all(paths.map((path) => objects.head({ key: trainingScriptKey(trainingId, path) })));
  // A script that is gone has no digest: nothing equals it.
  const digests = kept.map((info) => info?.sha256 ?? '');
  const code = planCodeDigest(installation.code_digest, digests);
  return [
    ...(code === plan.code_digest ? [] : ['the training code']),
    ...(installation.environment_digest === plan.environment_digest ? [] : ["the trainer's environment"]),
    ...(isDeepStrictEqual(installation.policy, plan.policy) ? [] : ['the rules of approval']),
  ];
}
