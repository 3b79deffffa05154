import { DandoriError } from '../../errors.js';
import type { ToolContext } from '../../mcp/define-tool.js';
import type { DatasetVersion } from '../../ports/dataset-catalog.js';
import type { EndpointDescription, EndpointPlatform, VariantSpec } from '../../ports/endpoint-platform.js';
import type { ExperimentRun, ExperimentTracker } from '../../ports/experiment-tracker.js';
import type { Comment, IssueTracker } from '../../ports/issue-tracker.js';
import type { ModelRegistry, ModelVersion } from '../../ports/model-registry.js';
import type { Ports } from '../../ports/ports.js';
import { compareVersions } from '../shared/semantic-version.js';
import { fakeEffects, fakeHistory, fakeLineage, fakeObjects, missing, unused } from './fake-stores.js';
import { createRedactor } from '../../redact.js';

function fakeRegistry(now: () => Date): ModelRegistry {
  const versions: ModelVersion[] = [];
  const of = (modelName: string) =>
    versions.filter((each) => each.modelName === modelName).toSorted((a, b) => compareVersions(b.version, a.version));
  const one = (modelName: string, version?: string, alias?: string) =>
    of(modelName).find((each) => (alias === undefined ? each.version === version : each.aliases.includes(alias))) ??
    missing(`The version ${version ?? alias} of ${modelName}`);
  return {
    async registerVersion(params) {
      const same = of(params.modelName).find((each) => each.version === params.version);
      if (same !== undefined) {
        if (same.trainingId === params.trainingId) return same;
        throw new DandoriError('already_exists', `${params.modelName} ${params.version} exists.`);
      }
      const version = { ...params, aliases: [], createdAt: now().toISOString() };
      versions.push(version);
      return version;
    },
    getVersion: async ({ modelName, version, alias }) => one(modelName, version, alias),
    listVersions: async ({ modelName }) => of(modelName),
    listModels: async () =>
      [...new Set(versions.map((each) => each.modelName))].map((modelName) => {
        const all = of(modelName);
        return { modelName, versions: all.length, latest: all[0]?.version ?? '' };
      }),
    async setApprovalStatus({ modelName, version, status }) {
      return Object.assign(one(modelName, version), { approvalStatus: status });
    },
    async setStage({ modelName, version, stage }) {
      return Object.assign(one(modelName, version), { stage });
    },
    async setAlias({ modelName, version, alias }) {
      for (const each of of(modelName)) each.aliases = each.aliases.filter((name) => name !== alias);
      const found = one(modelName, version);
      found.aliases.push(alias);
      return found;
    },
  };
}

function fakeEndpoints(
  now: () => Date,
): EndpointPlatform & { applied: { endpointName: string; variants: VariantSpec[] }[] } {
  const endpoints = new Map<string, EndpointDescription>();
  const applied: { endpointName: string; variants: VariantSpec[] }[] = [];
  const describe = async ({ endpointName }: { endpointName: string }) =>
    endpoints.get(endpointName) ?? missing(`The endpoint ${endpointName}`);
  return {
    ...unused<EndpointPlatform>('endpoints'),
    applied,
    async applyEndpoint({ endpointName, variants }) {
      applied.push({ endpointName, variants });
      const at = now().toISOString();
      endpoints.set(endpointName, {
        endpointName,
        status: 'InService',
        failureReason: null,
        variants: variants.map((variant) => ({ ...variant, workers: 1 })),
        invocationUrl: `http://127.0.0.1:7070/endpoints/${endpointName}/invocations`,
        createdAt: at,
        updatedAt: at,
      });
      return describe({ endpointName });
    },
    describeEndpoint: describe,
    listEndpoints: async () => [...endpoints.values()],
  };
}

type FakeIssues = IssueTracker & { comments: Comment[]; fail: boolean };

function fakeIssues(now: () => Date): FakeIssues {
  const comments: Comment[] = [];
  const issues: FakeIssues = {
    ...unused<IssueTracker>('issues'),
    comments,
    fail: false,
    async createComment({ issueNumber, body, author }) {
      if (issues.fail) throw new DandoriError('unavailable', 'The tracker does not answer.');
      const at = now().toISOString();
      const id = String(comments.length + 1);
      const url = `http://127.0.0.1:7000/issues/${issueNumber}#comment-${id}`;
      const bySelf = author === undefined;
      const comment = {
        id,
        issueNumber,
        body,
        author: author ?? 'dandori',
        bySelf,
        createdAt: at,
        updatedAt: at,
        edited: false,
        reactions: [],
        url,
      };
      comments.push(comment);
      return comment;
    },
    async updateComment({ id, body }) {
      const comment = comments.find((each) => each.id === id) ?? missing(`The comment ${id}`);
      return Object.assign(comment, { body });
    },
    listComments: async ({ issueNumber }) => comments.filter((each) => each.issueNumber === issueNumber),
  };
  return issues;
}

function fakeExperiments(runs: ExperimentRun[] = []): ExperimentTracker & { runs: ExperimentRun[] } {
  return {
    ...unused<ExperimentTracker>('experiments'),
    runs,
    getRun: async ({ runId }) => runs.find((each) => each.runId === runId) ?? missing(`The experiment run ${runId}`),
    async createRun({ runId, experiment, runName, tags }) {
      const known = runs.find((each) => each.runId === runId);
      if (known !== undefined) return known;
      const run: ExperimentRun = {
        runId,
        experiment,
        runName,
        tags,
        status: 'RUNNING',
        startTime: 0,
        endTime: null,
        params: {},
        metrics: {},
        lastPoints: [],
        artifacts: [],
      };
      runs.unshift(run);
      return run;
    },
    async logBatch({ runId, metrics, params, tags, artifacts }) {
      const run = runs.find((each) => each.runId === runId) ?? missing(`The experiment run ${runId}`);
      for (const point of metrics ?? []) run.metrics[point.key] = point.value;
      Object.assign(run.params, params);
      Object.assign(run.tags, tags);
      run.artifacts.push(...(artifacts ?? []));
    },
    async endRun({ runId, status }) {
      const run = runs.find((each) => each.runId === runId) ?? missing(`The experiment run ${runId}`);
      run.status = status;
    },
    searchRuns: async ({ experiment, tag, limit }) =>
      runs
        .filter((run) => experiment === undefined || run.experiment === experiment)
        .filter((run) => tag === undefined || run.tags[tag.key] === tag.value)
        .slice(0, limit ?? 1000),
  };
}

/** In-memory ports for tests of tools; what a test does not set up fails with its name when it is used. */
export function fakePorts(options: { now?: () => Date; datasets?: DatasetVersion[] } = {}) {
  const now = options.now ?? (() => new Date('2026-01-10T12:34:56Z'));
  const datasets = options.datasets ?? [];
  const getVersion = async ({ datasetId, version }: { datasetId: string; version?: string }) =>
    datasets.findLast((each) => each.datasetId === datasetId && (version === undefined || each.version === version)) ??
    missing(`The dataset ${datasetId}`);
  return {
    objects: fakeObjects(),
    jobs: unused<Ports['jobs']>('jobs'),
    endpoints: fakeEndpoints(now),
    registry: fakeRegistry(now),
    experiments: fakeExperiments(),
    issues: fakeIssues(now),
    history: fakeHistory(),
    catalog: { ...unused<Ports['catalog']>('catalog'), getVersion },
    lineage: fakeLineage(),
    effects: fakeEffects(),
    notifiers: { slack: null, email: null, pagerduty: null },
    engine: unused<Ports['engine']>('engine'),
  } satisfies Ports;
}

/** The context that a tool's handler gets in tests. */
export function fakeContext(ports: Ports, now: () => Date = () => new Date('2026-01-10T12:34:56Z')): ToolContext {
  const redact = createRedactor();
  return { ports, dataRoots: [], signal: new AbortController().signal, progress: () => undefined, now, redact };
}
