import type { TrainingRequest } from '../../../contracts/request.js';
import type { ModelSignature } from '../../../contracts/training.js';
import { code, number } from '../../../history/markdown.js';
import { cellText } from '../../../request/escape.js';

export interface Release {
  modelName: string;
  version: string;
  previousVersion: string | null;
  trainingId: string;
  endpointName: string;
  deployTo: string;
  planHash: string;
  packagePrefix: string;
  request: TrainingRequest;
  signature: ModelSignature;
  /** SHA-256 of what will be loaded. */
  digests: { model: string; signature: string };
}

function range(feature: ModelSignature['features'][number]): string {
  if (feature.categories !== null) {
    const shown = feature.categories.slice(0, 5).map((category) => cellText(category, 40));
    const more = feature.categories.length - shown.length;
    return `${shown.join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
  }
  return feature.minimum === null && feature.maximum === null
    ? '-'
    : `${number(feature.minimum)} to ${number(feature.maximum)}`;
}

/** `deployment_specification.md` (requirement P5): what is to be deployed, where and how, before it is done. */
export function deploymentSpecification(release: Release): string {
  const { request, signature } = release;
  const answer =
    signature.task_type === 'classification'
      ? `one of ${(signature.classes ?? []).map((name) => cellText(name, 60)).join(', ')}, with a probability each`
      : 'a number';
  const features = signature.features.map(
    (feature) =>
      `| ${cellText(feature.name)} | ${feature.kind} | ${range(feature)} | ${feature.missing_seen ? 'yes' : 'no'} |`,
  );
  const lines = [
    `# Deployment specification: ${code(release.modelName)} ${release.version}`,
    '',
    `- Endpoint: ${code(release.endpointName)} (${release.deployTo})`,
    `- Strategy: ${request.deployment_strategy}: the new version takes all traffic once it answers, the old one serves until then`,
    '- Variant: `AllTraffic`, weight 1',
    `- Instances: ${request.auto_scaling.min_instances} to ${request.auto_scaling.max_instances}`,
    `- Roll back by itself on error: ${request.deployment_config.auto_rollback_on_error ? 'yes' : 'no'}`,
    `- Monitoring: ${request.monitoring_enabled ? `on, intensity ${request.monitoring_config.intensity}` : 'off'}`,
    `- Package: ${code(release.packagePrefix)}, made by ${code(release.trainingId)} for the plan ${code(release.planHash)}`,
    '',
    '## What is loaded',
    '',
    '| file | SHA-256 |',
    '|---|---|',
    `| model.onnx | \`${release.digests.model}\` |`,
    `| signature.json | \`${release.digests.signature}\` |`,
    '',
    'A file with another digest is refused before anything is loaded.',
    '',
    '## Interface',
    '',
    `Answers ${cellText(signature.target)}: ${answer}. The whole interface is in \`openapi.json\`.`,
    '',
    '| feature | kind | seen in training | missing seen |',
    '|---|---|---|---|',
    ...features,
    '',
    '## Health checks before it takes traffic',
    '',
    '1. The digests agree.',
    '2. The model loads and answers one row.',
    '3. `GET /ping` answers 200.',
    '4. One real invocation through the endpoint answers.',
  ];
  return `${lines.join('\n')}\n`;
}

/** `rollback_plan.md` (requirement P5): how to go back from this release. */
export function rollbackPlan(release: Release): string {
  const { previousVersion } = release;
  const steps =
    previousVersion === null
      ? [
          'This is the first version of the model: there is no earlier one to go back to. A rollback is refused and says so.',
          '',
          'To mend a fault, change the request and let a new version be made.',
        ]
      : [
          `Going back means version ${previousVersion} on the endpoint ${code(release.endpointName)}.`,
          '',
          '```sh',
          `npx dandori rollback ${release.trainingId}`,
          '```',
          '',
          'or the comment `/rollback` on the issue, by somebody who may roll back. Then:',
          '',
          `1. Version ${previousVersion} is loaded beside ${release.version}; its digests are checked and it answers one row.`,
          '2. The traffic changes over at once; requests under way are finished by the old version.',
          `3. Version ${release.version} becomes \`Archived\`, version ${previousVersion} takes its place in the registry.`,
          `4. The rollback is recorded under \`rollbacks/${release.endpointName}/\`.`,
        ];
  const lines = [
    `# Rollback plan: ${code(release.modelName)} ${release.version}`,
    '',
    ...steps,
    '',
    '## When',
    '',
    '- The error rate or the latency of the endpoint rises after the change (`npx dandori show` and `/metrics`).',
    '- The predictions are seen to be wrong.',
    '',
    'When this release does not load or does not answer, nothing needs to be done: the version before it goes on serving.',
  ];
  return `${lines.join('\n')}\n`;
}
