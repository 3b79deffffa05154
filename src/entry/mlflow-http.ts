import { createReadStream, statSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { pipeline } from 'node:stream/promises';
import { z } from 'zod';
import { trainingPrefix } from '../capabilities/ml-training/logic/train.js';
import { DandoriError, type ErrorCode } from '../errors.js';
import { messageFor } from '../mcp/error-envelope.js';
import type { ExperimentTracker } from '../ports/experiment-tracker.js';
import type { ObjectStore } from '../ports/object-store.js';
import { readFilter, readOrder, type Searchable } from './mlflow-filter.js';
import { experimentView, runView, searchableExperiment, searchableRun } from './mlflow-views.js';

export interface TrackingPorts {
  experiments: ExperimentTracker;
  objects: ObjectStore;
}

const prefixes = ['/api/2.0/', '/ajax-api/2.0/'];
const areas = ['mlflow/', 'mlflow-artifacts/'];

/** The route of a path that belongs to MLflow's REST interface, e.g. `mlflow/runs/get`; null for any other. */
export function mlflowRoute(path: string): string | null {
  const prefix = prefixes.find((each) => path.startsWith(each));
  const route = prefix === undefined ? '' : path.slice(prefix.length);
  return areas.some((area) => route.startsWith(area)) ? route : null;
}

const maxBodyBytes = 2 ** 20;
const maxResults = 50_000;

const text = z.string().max(2000).default('');
const list = z.union([z.string().transform((one) => [one]), z.array(z.string()).max(100)]).default([]);
const page = {
  max_results: z.coerce.number().int().min(1).max(maxResults).default(1000),
  page_token: z
    .string()
    .regex(/^\d{0,9}$/, 'a token of an earlier answer')
    .default(''),
};
const view = z.enum(['ACTIVE_ONLY', 'DELETED_ONLY', 'ALL']).default('ACTIVE_ONLY');
const runIds = { run_id: text, run_uuid: text };

/** MLflow's clients of before 1.0 call a run's id `run_uuid`. */
const runIdOf = (given: { run_id: string; run_uuid: string }): string => {
  const id = given.run_id || given.run_uuid;
  if (id !== '') return id;
  throw new DandoriError('invalid_input', "Missing value for required parameter 'run_id'.");
};

const experimentSearch = z.object({ ...page, filter: text, order_by: list, view_type: view });
const runSearch = z.object({ ...page, experiment_ids: list, filter: text, order_by: list, run_view_type: view });
const oneRun = z.object(runIds);
const artifactSearch = z.object({ ...runIds, path: text });
const metricSearch = z.object({ ...runIds, metric_key: z.string().min(1).max(500) });

interface Search {
  max_results: number;
  page_token: string;
  filter: string;
  order_by: string[];
}

/** Filters, sorts (what is equal stays in its order) and cuts out the asked page. */
function pageOf<T>(all: readonly T[], search: Search, of: (one: T) => Searchable): { found: T[]; next: object } {
  const matches = readFilter(search.filter);
  const compare = readOrder(search.order_by);
  const known = all.map((one) => ({ one, as: of(one) })).filter(({ as }) => matches(as));
  const sorted = known.toSorted((a, b) => compare(a.as, b.as));
  const from = Number(search.page_token);
  const until = from + search.max_results;
  const found = sorted.slice(from, until).map(({ one }) => one);
  return { found, next: until < sorted.length ? { next_page_token: String(until) } : {} };
}

async function searchRuns({ experiments }: TrackingPorts, search: z.infer<typeof runSearch>) {
  // Nothing is ever deleted.
  if (search.run_view_type === 'DELETED_ONLY') return { runs: [] };
  const named = search.experiment_ids.map((experiment) => experiments.searchRuns({ experiment, limit: maxResults }));
  const all = (await Promise.all(named)).flat().toSorted((a, b) => b.startTime - a.startTime);
  const { found, next } = pageOf(all, search, searchableRun);
  return { runs: found.map(runView), ...next };
}

async function searchExperiments({ experiments }: TrackingPorts, search: z.infer<typeof experimentSearch>) {
  if (search.view_type === 'DELETED_ONLY') return { experiments: [] };
  const newestFirst = (await experiments.listExperiments()).toSorted((a, b) => b.lastStartTime - a.lastStartTime);
  const { found, next } = pageOf(newestFirst, search, searchableExperiment);
  return { experiments: found.map(experimentView), ...next };
}

async function getExperiment({ experiments }: TrackingPorts, name: string) {
  const all = await experiments.listExperiments();
  const found = all.find((one) => one.name === name);
  if (found !== undefined) return { experiment: experimentView(found) };
  throw new DandoriError('not_found', `There is no experiment ${name.slice(0, 100)}.`, {
    allowed:
      all
        .map((one) => one.name)
        .join(', ')
        .slice(0, 500) || 'none yet: train a model first',
  });
}

/** What a run left, by paths below its training: object keys without the part that names the run. */
async function artifactsOf({ experiments }: TrackingPorts, runId: string): Promise<{ path: string; key: string }[]> {
  const { tags, artifacts } = await experiments.getRun({ runId });
  const { training_id = '', visit, attempt } = tags;
  const own = trainingPrefix({ training_id, state: 'TrainModel', visit: Number(visit), attempt: Number(attempt) });
  return artifacts.map((key) => ({ key, path: key.startsWith(`${own}/`) ? key.slice(own.length + 1) : key }));
}

async function listArtifacts(ports: TrackingPorts, runId: string, folder: string) {
  const below = folder === '' ? '' : `${folder.replace(/\/+$/, '')}/`;
  const files = (await artifactsOf(ports, runId)).filter(({ path }) => path.startsWith(below));
  const folders = new Set<string>();
  const plain = [];
  for (const { path, key } of files) {
    const [first = '', ...rest] = path.slice(below.length).split('/');
    if (rest.length > 0) folders.add(`${below}${first}`);
    else plain.push({ path, is_dir: false, file_size: (await ports.objects.head({ key }))?.bytes ?? 0 });
  }
  return [...[...folders].map((path) => ({ path, is_dir: true })), ...plain];
}

type Route = (ports: TrackingPorts, given: unknown) => Promise<object>;

/** A route: its arguments are checked before it answers. */
function route<T>(schema: z.ZodType<T>, answer: (ports: TrackingPorts, given: T) => Promise<object>): Route {
  return (ports, given) => {
    const parsed = schema.safeParse(given);
    if (parsed.success) return answer(ports, parsed.data);
    throw new DandoriError('invalid_input', 'The arguments are not valid.', { found: z.prettifyError(parsed.error) });
  };
}

const searchExperimentsRoute = route(experimentSearch, searchExperiments);

/** By method and path, as MLflow's clients call them. */
const routes: Record<string, Route> = {
  'GET mlflow/experiments/search': searchExperimentsRoute,
  'POST mlflow/experiments/search': searchExperimentsRoute,
  'GET mlflow/experiments/get': route(z.object({ experiment_id: z.string().min(1) }), (ports, given) =>
    getExperiment(ports, given.experiment_id),
  ),
  'GET mlflow/experiments/get-by-name': route(z.object({ experiment_name: z.string().min(1) }), (ports, given) =>
    getExperiment(ports, given.experiment_name),
  ),
  'POST mlflow/runs/search': route(runSearch, searchRuns),
  'GET mlflow/runs/get': route(oneRun, async ({ experiments }, given) => ({
    run: runView(await experiments.getRun({ runId: runIdOf(given) })),
  })),
  'GET mlflow/metrics/get-history': route(metricSearch, async ({ experiments }, given) => ({
    metrics: await experiments.metricHistory({ runId: runIdOf(given), key: given.metric_key }),
  })),
  'GET mlflow/artifacts/list': route(artifactSearch, async (ports, given) => {
    const runId = runIdOf(given);
    return { root_uri: `mlflow-artifacts:/${runId}`, files: await listArtifacts(ports, runId, given.path) };
  }),
  // A client of version 3 asks for them when it lists artefacts; what a training leaves are plain files.
  'POST mlflow/logged-models/search': async () => ({ models: [] }),
  // The artefact proxy counts paths from the folder that it lists.
  'GET mlflow-artifacts/artifacts': route(z.object({ path: text }), async (ports, given) => {
    const [runId = '', ...rest] = given.path.split('/');
    const folder = rest.join('/');
    const files = await listArtifacts(ports, runId, folder);
    const from = folder === '' ? 0 : folder.length + 1;
    return { files: files.map((file) => ({ ...file, path: file.path.slice(from) })) };
  }),
};

const statusOf: Partial<Record<ErrorCode, { status: number; error_code: string }>> = {
  invalid_input: { status: 400, error_code: 'INVALID_PARAMETER_VALUE' },
  limit_exceeded: { status: 400, error_code: 'INVALID_PARAMETER_VALUE' },
  not_found: { status: 404, error_code: 'RESOURCE_DOES_NOT_EXIST' },
};

/** An error as MLflow's clients read it. */
export function sendMlflowError(response: ServerResponse, status: number, errorCode: string, message: string): void {
  response.writeHead(status, { 'content-type': 'application/json' });
  response.end(JSON.stringify({ error_code: errorCode, message }));
}

async function readBody(request: IncomingMessage): Promise<unknown> {
  const parts: Buffer[] = [];
  let bytes = 0;
  for await (const part of request as AsyncIterable<Buffer>) {
    bytes += part.length;
    if (bytes > maxBodyBytes)
      throw new DandoriError('limit_exceeded', `The body is longer than ${maxBodyBytes} bytes.`);
    parts.push(part);
  }
  try {
    return bytes === 0 ? {} : JSON.parse(Buffer.concat(parts).toString('utf8'));
  } catch (cause) {
    throw new DandoriError('invalid_input', 'The body is no JSON.', { cause });
  }
}

function readQuery(query: URLSearchParams): Record<string, string | string[]> {
  const names = [...new Set(query.keys())];
  return Object.fromEntries(
    names.map((name) => {
      const values = query.getAll(name);
      return [name, values.length === 1 ? (values[0] ?? '') : values];
    }),
  );
}

function decoded(place: string): string {
  try {
    return decodeURIComponent(place);
  } catch (cause) {
    throw new DandoriError('invalid_input', 'The path of the artefact cannot be read.', { cause });
  }
}

async function sendFile(ports: TrackingPorts, response: ServerResponse, place: string): Promise<void> {
  const [runId = '', ...rest] = decoded(place).split('/');
  const wanted = rest.join('/');
  const found = (await artifactsOf(ports, runId)).find(({ path }) => path === wanted);
  if (found === undefined) throw new DandoriError('not_found', `The run ${runId} has no artefact of this path.`);
  const file = await ports.objects.getFile({ key: found.key });
  response.writeHead(200, { 'content-type': 'application/octet-stream', 'content-length': statSync(file).size });
  await pipeline(createReadStream(file), response);
}

/** Answers a call of MLflow's REST interface, reading only; the caller has checked who asks. */
export async function answerMlflow(
  ports: TrackingPorts,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const { pathname, searchParams } = new URL(request.url ?? '/', 'http://localhost');
  const path = mlflowRoute(pathname) ?? '';
  const { method = 'GET' } = request;
  const files = 'mlflow-artifacts/artifacts/';
  try {
    if (method === 'GET' && path.startsWith(files)) return await sendFile(ports, response, path.slice(files.length));
    const answer = routes[`${method} ${path}`];
    if (answer === undefined) {
      const message = `There is no ${method} ${path} here: runs are read over this address, Dandori alone writes them.`;
      return sendMlflowError(response, 404, 'ENDPOINT_NOT_FOUND', message);
    }
    const body = JSON.stringify(
      await answer(ports, method === 'GET' ? readQuery(searchParams) : await readBody(request)),
    );
    response.writeHead(200, { 'content-type': 'application/json' });
    response.end(body);
  } catch (error) {
    if (response.headersSent) return void response.destroy();
    const known = error instanceof DandoriError ? statusOf[error.code] : undefined;
    const { status, error_code } = known ?? { status: 500, error_code: 'INTERNAL_ERROR' };
    sendMlflowError(response, status, error_code, messageFor(error));
  }
}
