// Apart from the schema of a request, for commands: they name an endpoint before anything is loaded that knows schemas.

/** Where a model may serve. */
export const deployTargets = ['staging', 'production'] as const;
export type DeployTo = (typeof deployTargets)[number];

/** Name of the endpoint that serves the model there: `{model_name}-{deploy_to}`. */
export function endpointName({ model_name, deploy_to }: { model_name: string; deploy_to: DeployTo }): string {
  return `${model_name}-${deploy_to}`;
}
