/**
 * Fields of the configuration, at any depth, whose texts are secrets: they are taken out of all that Dandori writes and says.
 * `parent.name` where the name alone is a common one.
 */
const secretFields: ReadonlySet<string> = new Set(['token', 'webhookSecrets', 'pass', 'routingKey', 'slack.url']);

const isSecretField = (name: string, parent: string): boolean =>
  secretFields.has(name) || secretFields.has(`${parent}.${name}`);

/** The values of all secret fields below this one. */
export function secretsOf(value: unknown, isSecret = false, parent = ''): string[] {
  if (typeof value === 'string') return isSecret ? [value] : [];
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([name, item]) =>
    secretsOf(item, isSecret || isSecretField(name, parent), name),
  );
}

function without(value: unknown, parent: string): unknown {
  if (Array.isArray(value) || typeof value !== 'object' || value === null) return value;
  const kept = Object.entries(value).filter(([name]) => !isSecretField(name, parent));
  return Object.fromEntries(kept.map(([name, item]) => [name, without(item, name)]));
}

/** The configuration as JSON, secrets left out. */
export function toldConfig(config: object): string {
  return JSON.stringify(without(config, ''));
}
