import type { ArtefactName } from '../../../contracts/python-model.js';
import type { TrainingRequest } from '../../../contracts/request.js';
import type { ModelSignature } from '../../../contracts/training.js';
import { code, number } from '../../../history/markdown.js';
import { cellText } from '../../../request/escape.js';
import { releaseMessages, type ReleaseMessages } from './release-messages.js';

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
  /** As the approved plan has it; the request may have left it open. */
  monitoringIntensity: string;
  signature: ModelSignature;
  /** File that is the model. */
  artefact: ArtefactName;
  /** SHA-256 of what will be loaded. */
  digests: { model: string; signature: string };
}

type Words = ReleaseMessages['specification'];

function range(feature: ModelSignature['features'][number], words: Words): string {
  if (feature.categories !== null) {
    const shown = feature.categories.slice(0, 5).map((category) => cellText(category, 40));
    const more = feature.categories.length - shown.length;
    return `${shown.join(', ')}${more > 0 ? words.more(more) : ''}`;
  }
  return feature.minimum === null && feature.maximum === null
    ? '-'
    : words.range(number(feature.minimum), number(feature.maximum));
}

/** How it is deployed, a point each. */
function arrangement({ request, ...release }: Release, words: Words): string[] {
  const { auto_scaling: scaling } = request;
  return [
    words.endpoint(code(release.endpointName), release.deployTo),
    words.strategy(request.deployment_strategy),
    words.variant,
    words.instances(scaling.min_instances, scaling.max_instances),
    words.automaticRollback(request.deployment_config.auto_rollback_on_error),
    words.monitoring(request.monitoring_enabled ? release.monitoringIntensity : null),
    words.package(code(release.packagePrefix), code(release.trainingId), code(release.planHash)),
  ];
}

function whatIsLoaded({ artefact, digests }: Release, words: Words): string[] {
  return [
    `## ${words.loaded}`,
    '',
    `| ${words.file} | SHA-256 |`,
    '|---|---|',
    `| ${artefact} | \`${digests.model}\` |`,
    `| signature.json | \`${digests.signature}\` |`,
    '',
    words.refused,
    ...(artefact === 'python_model.json' ? [words.hooks] : []),
    '',
  ];
}

/** `deployment_specification.md` (requirement P5): what is to be deployed, where and how, before it is done. */
export function deploymentSpecification(release: Release): string {
  const { request, signature } = release;
  const words = releaseMessages[request.language].specification;
  const answer =
    signature.task_type === 'classification'
      ? words.oneOf((signature.classes ?? []).map((name) => cellText(name, 60)).join(', '))
      : words.number;
  const features = signature.features.map(
    (feature) =>
      `| ${cellText(feature.name)} | ${feature.kind} | ${range(feature, words)} | ${words.yesNo(feature.missing_seen)} |`,
  );
  const lines = [
    `# ${words.title(code(release.modelName), release.version)}`,
    '',
    ...arrangement(release, words).map((line) => `- ${line}`),
    '',
    ...whatIsLoaded(release, words),
    `## ${words.interface}`,
    '',
    words.answers(cellText(signature.target), answer),
    '',
    `| ${words.columns.join(' | ')} |`,
    '|---|---|---|---|',
    ...features,
    '',
    `## ${words.checks}`,
    '',
    ...numbered(words.checkList),
  ];
  return `${lines.join('\n')}\n`;
}

const numbered = (steps: readonly string[]): string[] => steps.map((step, index) => `${index + 1}. ${step}`);

/** `rollback_plan.md` (requirement P5): how to go back from this release. */
export function rollbackPlan(release: Release): string {
  const { previousVersion } = release;
  const words = releaseMessages[release.request.language].rollback;
  const [first, mend] = words.first;
  const title = `# ${words.title(code(release.modelName), release.version)}`;
  if (previousVersion === null) return `${[title, '', first, '', mend].join('\n')}\n`;
  const lines = [
    title,
    '',
    words.means(previousVersion, code(release.endpointName)),
    '',
    '```sh',
    `npx dandori rollback ${release.trainingId}`,
    '```',
    '',
    words.comment,
    '',
    ...numbered(words.steps(release.version, previousVersion, release.endpointName)),
    '',
    `## ${words.when}`,
    '',
    ...words.reasons.map((reason) => `- ${reason}`),
    '',
    words.automatic,
  ];
  return `${lines.join('\n')}\n`;
}
