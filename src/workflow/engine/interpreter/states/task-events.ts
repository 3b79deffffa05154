import type { JsonObject } from '../../json.js';

/** How a resource's task appears in the history. */
export interface ResourceKind {
  family: 'LambdaFunction' | 'Activity' | 'Task';
  resourceType: string;
  resource: string;
  /** The request is accepted first (TaskSubmitted) and answered later: `.waitForTaskToken` and `.sync`. */
  submits: boolean;
  waitsForToken: boolean;
}

/** Reads a Task's `Resource` ARN. */
export function resourceKind(arn: string): ResourceKind {
  const [, , service = '', , , kind = '', ...rest] = arn.split(':');
  if (service === 'lambda') {
    return { family: 'LambdaFunction', resourceType: 'lambda', resource: arn, submits: false, waitsForToken: false };
  }
  if (service === 'states' && kind === 'activity') {
    return { family: 'Activity', resourceType: 'activity', resource: arn, submits: false, waitsForToken: false };
  }
  const sdk = kind === 'aws-sdk';
  const resourceType = sdk ? `aws-sdk:${rest[0] ?? ''}` : kind;
  const resource = (sdk ? rest.slice(1) : rest).join(':');
  const waitsForToken = resource.endsWith('.waitForTaskToken');
  return {
    family: 'Task',
    resourceType,
    resource,
    submits: waitsForToken || /\.sync(?::2)?$/.test(resource),
    waitsForToken,
  };
}

type EventNames = readonly [type: string, member: string];

// A few dozen, and asked for at every step.
const eventNames = new Map<string, EventNames>();

function eventNamesOf(type: string): EventNames {
  const known = eventNames.get(type);
  if (known !== undefined) return known;
  const names: EventNames = [type, `${type.charAt(0).toLowerCase()}${type.slice(1)}EventDetails`];
  eventNames.set(type, names);
  return names;
}

/** Names and details of the events of one attempt; `members` are the fields of the outcome. */
export function taskEvent(kind: ResourceKind, step: string, members: JsonObject): [type: string, details: JsonObject] {
  const [type, member] = eventNamesOf(kind.family + step);
  const own = kind.family === 'Task' ? { resourceType: kind.resourceType, resource: kind.resource } : {};
  return [type, { [member]: { ...own, ...members } }];
}

/** The members of TaskScheduled: the text of the parameters, with the task token blotted out (a history is shown to people; a token is a key). */
export function scheduledMembers(
  kind: ResourceKind,
  request: { text: string; token: string; region: string; timeoutMs: number | null; heartbeatMs: number | null },
): JsonObject {
  const text = request.text.replaceAll(request.token, '<task_token>');
  const limits: JsonObject = {};
  if (request.timeoutMs !== null) limits['timeoutInSeconds'] = request.timeoutMs / 1000;
  if (request.heartbeatMs !== null) limits['heartbeatInSeconds'] = request.heartbeatMs / 1000;
  if (kind.family === 'Task') return { region: request.region, parameters: text, ...limits };
  return { resource: kind.resource, input: text, inputDetails: { truncated: false }, ...limits };
}
