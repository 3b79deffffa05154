import { isAbsolute } from 'node:path';
import fastify, { type FastifyInstance, type FastifyRequest } from 'fastify';
import { z } from 'zod';
import { channelStates } from '../capabilities/notification/logic/channel-states.js';
import { DandoriError, type ErrorCode } from '../errors.js';
import { notifierChannels } from '../ports/notifier.js';
import { toEnvelope } from '../mcp/error-envelope.js';
import { userHeader } from './api-client.js';
import type { App } from './app.js';
import { exportDataset } from './export-dataset.js';
import { reproduce } from './reproduce.js';
import { runLines } from './run-lines.js';
import { addToolCall } from './tool-call-route.js';
import { testChannels } from './test-channels.js';
import { drawnRun, issueView, logOf, runView } from './views.js';
import { addAudit } from './audit-api.js';
import type { HealthAnswer, PredictAnswer, ServingAnswer, SubmitAnswer } from './api-types.js';
import { chooseEndpoint, servingVersions } from './choose-endpoint.js';

const statusOf: Partial<Record<ErrorCode, number>> = {
  invalid_request: 400,
  invalid_input: 400,
  unusable_data: 400,
  not_allowed: 403,
  not_found: 404,
  already_exists: 409,
  conflict: 409,
  wrong_state: 409,
  limit_exceeded: 413,
  not_yet: 501,
  unavailable: 503,
};

const submission = z.object({
  title: z.string().min(1).max(300),
  body: z.string(),
  /** Folder of the submitted file: files that the request names are found there. */
  base_dir: z.string().nullable(),
  /** `--yes`: whoever submits approves the first plan. */
  yes: z.boolean(),
});
const commentBody = z.object({ body: z.string().min(1).max(65_536) });
const issueText = submission.pick({ body: true, base_dir: true });
/** Only 👍 means anything. */
const reaction = z.object({ comment_id: z.string().regex(/^[0-9]{1,15}$/) });
const reproduction = z.object({ attempt: z.string().regex(/^[0-9]{1,20}$/) });
const rerunOrder = z.object({ from: z.string().max(80).nullable() });
const exportOrder = z.object({
  version: z.string().max(40),
  folder: z
    .string()
    .max(4096)
    .refine((path) => isAbsolute(path), 'an absolute path'),
});
const channelChoice = z.object({ channel: z.enum(notifierChannels).nullable() });
const listQuery = z.object({
  open: z.enum(['true', 'false']).optional(),
  limit: z.coerce.number().int().min(1).optional(),
});
const prediction = z.object({ body: z.string(), content_type: z.string() });

function parse<T>(schema: z.ZodType<T>, body: unknown): T {
  const parsed = schema.safeParse(body);
  if (parsed.success) return parsed.data;
  throw new DandoriError('invalid_input', 'The body of the call is not valid.', {
    found: z.prettifyError(parsed.error),
  });
}

function text(value: unknown, name: string): string {
  const parsed = z.record(z.string(), z.unknown()).safeParse(value);
  return parsed.success && typeof parsed.data[name] === 'string' ? parsed.data[name] : '';
}

const userName = z.string().regex(/^[^\s\p{C}]{1,80}$/u);

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return '';
  }
}

/** Who acts, as the command line says: the socket opens for one user, who may go by several names. On GitHub there is one account. */
async function byOf(request: FastifyRequest, app: App): Promise<string> {
  const header = request.headers[userHeader];
  return app.speaker(typeof header === 'string' ? parse(userName, decoded(header)) : app.config.user);
}

function addRuns(server: FastifyInstance, app: App): void {
  server.get('/api/runs', async (request) => {
    const { open, limit } = parse(listQuery, request.query);
    const runs = await app.runs.list({ open: open === 'true', ...(limit === undefined ? {} : { limit }) });
    return runLines(app.ports, runs);
  });
  server.get('/api/runs/:id', (request) => runView(app, text(request.params, 'id')));
  server.post('/api/runs/:id/reproduce', (request) =>
    reproduce(app, text(request.params, 'id'), parse(reproduction, request.body).attempt),
  );
  server.post('/api/runs/:id/rerun', async (request) =>
    app.rerun(text(request.params, 'id'), parse(rerunOrder, request.body).from, await byOf(request, app)),
  );
  server.get('/api/runs/:id/graph', (request) => drawnRun(app, text(request.params, 'id')));
  server.get('/api/runs/:id/history', (request) =>
    app.ports.engine.getExecutionHistory({ name: text(request.params, 'id') }),
  );
  server.get('/api/runs/:id/log', (request) =>
    logOf(app, text(request.params, 'id'), text(request.query, 'phase'), Number(text(request.query, 'offset')) || 0),
  );
}

function addIssues(server: FastifyInstance, app: App): void {
  server.post('/api/requests', async (request): Promise<SubmitAnswer> => {
    const issue = await app.desk.submit(parse(submission, request.body), await byOf(request, app));
    return { issue_number: issue.number, url: issue.url };
  });
  server.get('/api/issues/:number', (request) => issueView(app, Number(text(request.params, 'number'))));
  server.post('/api/issues/:number/comments', async (request) => {
    const { body } = parse(commentBody, request.body);
    return app.desk.comment(Number(text(request.params, 'number')), body, await byOf(request, app));
  });
  server.post('/api/issues/:number/edit', async (request) => {
    const edit = parse(issueText, request.body);
    return app.desk.edit(Number(text(request.params, 'number')), edit, await byOf(request, app));
  });
  server.post('/api/issues/:number/reactions', async (request) => {
    const { comment_id: commentId } = parse(reaction, request.body);
    return app.desk.react(Number(text(request.params, 'number')), commentId, await byOf(request, app));
  });
}

function addEndpoints(server: FastifyInstance, app: App): void {
  const { endpoints } = app.ports;
  server.get('/api/serving/:name', async (request): Promise<ServingAnswer> =>
    chooseEndpoint(await servingVersions(app.ports), text(request.params, 'name')),
  );
  server.post('/api/endpoints/:name/predict', async (request): Promise<PredictAnswer> => {
    const { body, content_type: contentType } = parse(prediction, request.body);
    const known = (await endpoints.listEndpoints()).map(({ endpointName, variants }) => ({
      endpoint_name: endpointName,
      model_name: variants[0]?.modelName ?? '',
    }));
    const { endpoint_name } = chooseEndpoint(known, text(request.params, 'name'));
    const answer = await endpoints.invokeEndpoint({ endpointName: endpoint_name, body, contentType });
    return { endpoint_name, status_code: answer.statusCode, body: answer.body };
  });
}

function addDatasets(server: FastifyInstance, app: App): void {
  // The socket opens for its user alone, who may write there as well.
  server.post('/api/datasets/:id/export', (request) =>
    exportDataset(app.ports, { datasetId: text(request.params, 'id'), ...parse(exportOrder, request.body) }),
  );
}

function addChannels(server: FastifyInstance, { ports: { notifiers } }: App): void {
  server.get('/api/channels', async () => channelStates(notifiers));
  server.post('/api/channels/test', (request) => testChannels(notifiers, parse(channelChoice, request.body).channel));
}

/** The routes that the command line uses; errors leave in the one envelope. */
export function createHttpApi(app: App, health: () => HealthAnswer): FastifyInstance {
  const server = fastify({ bodyLimit: 32 * 2 ** 20, forceCloseConnections: true });
  server.setErrorHandler((error, _request, reply) => {
    const envelope = toEnvelope(error);
    const own = z.object({ statusCode: z.number() }).safeParse(error);
    return reply.status(statusOf[envelope.error.code] ?? (own.success ? own.data.statusCode : 500)).send(envelope);
  });
  // Whatever way a text came here: none leaves with a secret in it. Text by text, so that what is left is JSON still.
  server.addHook('preSerialization', async (_request, _reply, payload) => app.redact.value(payload));
  server.get('/api/health', async () => health());
  addRuns(server, app);
  addIssues(server, app);
  addEndpoints(server, app);
  addDatasets(server, app);
  addChannels(server, app);
  addToolCall(server, {
    run: (name, args, extra) => app.callTool(name, args, extra),
    by: (request) => byOf(request, app),
  });
  addAudit(server, app.audit);
  server.get('/api/tools', async () => app.toolNames);
  server.get('/api/idle', async () => ({ idle: await app.isIdle() }));
  server.get('/api/doctor', async () => app.doctor());
  return server;
}
