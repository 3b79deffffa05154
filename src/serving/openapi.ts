import type { ModelSignature } from '../contracts/training.js';
import { csvLine } from './csv.js';
import { maxExplainedRows } from './feature-importance.js';
import { maxBodyBytes } from './invocation.js';
import { sampleRow } from './sample-row.js';

type Json = string | number | boolean | null | Json[] | { [key: string]: Json };
type JsonObject = { [key: string]: Json };

export interface OpenApiParams {
  /** Null for a model server without a router (a container): its path is `/invocations`. */
  endpointName: string | null;
  modelName: string;
  version: string;
  signature: ModelSignature;
  /** e.g. `http://127.0.0.1:7070`. */
  serverUrl: string;
}

/** The OpenAPI 3.1 document of one model: its features as the request's fields, its outputs as the answer's. */
export function openApiFor(params: OpenApiParams): JsonObject {
  const { endpointName, modelName, version, signature, serverUrl } = params;
  const base = endpointName === null ? '' : `/endpoints/${endpointName}`;
  return {
    openapi: '3.1.0',
    info: {
      title: endpointName === null ? `Model ${modelName}` : `Endpoint ${endpointName}`,
      version,
      description: `Predicts "${signature.target}" with version ${version} of the model "${modelName}".`,
    },
    servers: [{ url: serverUrl }],
    paths: {
      [`${base}/invocations`]: { post: invocation(signature) },
      [`${base}/ping`]: { get: ping() },
    },
    components: {
      schemas: {
        Row: rowSchema(signature),
        Rows: {
          type: 'array',
          minItems: 1,
          items: { $ref: '#/components/schemas/Row' },
        },
        Instances: instancesSchema(signature),
        Prediction: withImportance(predictionSchema(signature)),
        Predictions: {
          type: 'object',
          required: ['predictions', 'model_name', 'model_version'],
          properties: {
            predictions: {
              type: 'array',
              description: 'One a row, in the order of the request.',
              items: { $ref: '#/components/schemas/Prediction' },
            },
            model_name: { type: 'string', const: modelName },
            model_version: { type: 'string', const: version },
          },
        },
        Error: errorSchema(),
      },
    },
  };
}

const explainHeader: JsonObject = {
  name: 'X-Amzn-SageMaker-Enable-Explanations',
  in: 'header',
  required: false,
  description: `\`true\` adds \`feature_importance\` to each prediction (JSON, at most ${maxExplainedRows} rows).`,
  schema: { type: 'string', example: '`true`' },
};

function invocation(signature: ModelSignature): JsonObject {
  const row = sampleRow(signature);
  const names = signature.features.map((feature) => feature.name);
  return {
    operationId: 'invoke',
    summary: `Predict ${signature.target}`,
    parameters: [explainHeader],
    requestBody: {
      required: true,
      description: `At most ${maxBodyBytes} bytes.`,
      content: {
        'application/json': {
          schema: {
            anyOf: ['Row', 'Rows', 'Instances'].map((name) => ({ $ref: `#/components/schemas/${name}` })),
          },
          examples: {
            row: { summary: 'One row', value: row },
            rows: { summary: 'Several rows', value: [row, row] },
            instances: {
              summary: 'Instances, in the order of the features',
              value: { instances: [Object.values(row)] },
            },
          },
        },
        'text/csv': {
          schema: { type: 'string' },
          example: `${csvLine(names)}\n${csvLine(Object.values(row).map((value) => String(value ?? '')))}\n`,
        },
      },
    },
    responses: {
      '200': {
        description: 'One prediction a row, in the order of the request.',
        content: {
          'application/json': { schema: { $ref: '#/components/schemas/Predictions' } },
          'text/csv': { schema: { type: 'string', description: csvAnswer(signature) } },
        },
      },
      '400': errorAnswer('The request names the wrong field, what was found and what is allowed.'),
      '413': errorAnswer('The body is too large.'),
      '415': errorAnswer('The content type is not supported.'),
      '503': errorAnswer('No model worker is ready; Retry-After says when to try again.'),
    },
  };
}

function csvAnswer(signature: ModelSignature): string {
  if (signature.task_type === 'regression') return 'One line a row: the value.';
  return `One line a row: the label, then the probabilities of ${(signature.classes ?? []).join(', ')}.`;
}

function ping(): JsonObject {
  return {
    operationId: 'ping',
    summary: 'Is the model ready?',
    responses: {
      '200': { description: 'Ready.' },
      '503': { description: 'Not ready.' },
    },
  };
}

function errorAnswer(description: string): JsonObject {
  return { description, content: { 'application/json': { schema: { $ref: '#/components/schemas/Error' } } } };
}

type SignatureFeature = ModelSignature['features'][number];

function rowSchema(signature: ModelSignature): JsonObject {
  return {
    type: 'object',
    properties: Object.fromEntries(signature.features.map((feature) => [feature.name, featureSchema(feature)])),
    required: signature.features.filter((feature) => !feature.missing_seen).map((feature) => feature.name),
    example: sampleRow(signature),
  };
}

const jsonTypes = { numeric: 'number', boolean: 'boolean', categorical: 'string' } as const;

function featureSchema(feature: SignatureFeature): JsonObject {
  return { type: [jsonTypes[feature.kind], 'null'], description: describe(feature) };
}

function describe(feature: SignatureFeature): string {
  const notes: string[] = [];
  if (feature.minimum !== null && feature.maximum !== null && feature.kind === 'numeric') {
    notes.push(`Seen in training: ${feature.minimum} to ${feature.maximum}.`);
  }
  if (feature.categories !== null) {
    const shown = feature.categories.slice(0, 20).join(', ');
    const more = feature.categories.length > 20 ? ` and ${feature.categories.length - 20} more` : '';
    notes.push(`Seen in training: ${shown}${more}; a new category is accepted.`);
  }
  notes.push(feature.missing_seen ? 'May be left out.' : 'Give null when it is missing.');
  return notes.join(' ');
}

function instancesSchema(signature: ModelSignature): JsonObject {
  const inOrder: JsonObject = {
    type: 'array',
    description: `Values in this order: ${signature.features.map((feature) => feature.name).join(', ')}.`,
    prefixItems: signature.features.map((feature) => featureSchema(feature)),
    minItems: signature.features.length,
    maxItems: signature.features.length,
  };
  return {
    type: 'object',
    required: ['instances'],
    properties: {
      instances: { type: 'array', minItems: 1, items: { anyOf: [{ $ref: '#/components/schemas/Row' }, inOrder] } },
    },
  };
}

/** What `X-Amzn-SageMaker-Enable-Explanations` adds. */
function withImportance(schema: JsonObject): JsonObject {
  const description = 'On request: what each feature did for this answer; positive spoke for it.';
  const importance = { type: 'object', additionalProperties: { type: 'number' }, description };
  const properties = schema['properties'];
  return {
    ...schema,
    properties: { ...(typeof properties === 'object' ? properties : {}), feature_importance: importance },
  };
}

function predictionSchema(signature: ModelSignature): JsonObject {
  if (signature.task_type === 'regression') {
    return { type: 'object', required: ['value'], properties: { value: { type: 'number' } } };
  }
  const classes = signature.classes ?? [];
  const share: JsonObject = { type: 'number', minimum: 0, maximum: 1 };
  const label: JsonObject = { type: 'string', enum: classes };
  if (signature.outputs.probabilities === undefined) {
    return { type: 'object', required: ['label'], properties: { label } };
  }
  return {
    type: 'object',
    required: ['label', 'probability', 'probabilities'],
    properties: {
      label,
      probability: { ...share, description: 'Of the label.' },
      probabilities: {
        type: 'object',
        required: classes,
        properties: Object.fromEntries(classes.map((name) => [name, share])),
      },
    },
  };
}

function errorSchema(): JsonObject {
  const text: JsonObject = { type: 'string' };
  return {
    type: 'object',
    required: ['error_code', 'message', 'problems'],
    properties: {
      error_code: text,
      message: text,
      problems: {
        type: 'array',
        items: {
          type: 'object',
          properties: {
            row: { type: ['integer', 'null'] },
            field: { type: ['string', 'null'] },
            found: text,
            allowed: text,
          },
        },
      },
    },
  };
}
