import { randomUUID } from 'node:crypto';
import { dirname, resolve } from 'node:path';
import { pino } from 'pino';
import type { Installation } from '../agents/agent.js';
import { agents } from '../agents/index.js';
import { issueDetectorAgent } from '../agents/issue-detector.js';
import { parsedConfig } from '../capabilities/github-integration/parse-issue-config.js';
import { type AllTools, allTools } from '../capabilities/index.js';
import { versionFate } from '../capabilities/model-registry/logic/version-fate.js';
import { sentNotifications } from '../capabilities/notification/logic/sent-notifications.js';
import { composeLocal, type ComposeOptions, type LocalParts, type Log } from '../compose.js';
import type { Config } from '../config.js';
import { DandoriError } from '../errors.js';
import { dandoriVersion, environmentStamp, trainerDir } from '../installation.js';
import type { DetectedRequest } from '../issue/controller-parts.js';
import { Controller } from '../issue/controller.js';
import type { Rerun } from '../issue/rerun.js';
import { planHashOfRun } from '../issue/run-plan.js';
import { StatusKeeper } from '../issue/status-keeper.js';
import type { ToolContext, ToolDefinition } from '../mcp/define-tool.js';
import { invokeTool } from '../mcp/invoke-tool.js';
import { connectInProcess, type ToolClient } from '../mcp/tool-client.js';
import { findTool } from '../mcp/tool-schemas.js';
import { callHere, type ToolEnvironment } from '../mcp/tool-server.js';
import { codeDigest, readCodeFiles } from '../request/plan-hash.js';
import { toldConfig } from '../secret-fields.js';
import { TaskWorker } from '../workflow/worker.js';
import type { DoctorLine } from './api-types.js';
import { auditedCalls, type WatchCall } from './audited-call.js';
import { Desk } from './desk.js';
import { runDoctor } from './doctor.js';
import { planChanges } from './plan-changes.js';
import { throughOutages } from './through-outages.js';
import type { RunTool } from './tool-call-route.js';

/** Everything of one installation, wired; `start` makes it work, without it it only answers. */
export class App {
  readonly config: Config;
  readonly environment: ToolEnvironment;
  readonly desk: Desk;
  readonly #parts: LocalParts;
  readonly log: Log;
  readonly #controller: Controller;
  readonly #keeper: StatusKeeper;
  readonly #dataRoots: string[];
  #worker: TaskWorker | null = null;
  #tools: ToolClient<AllTools> | null = null;
  #unwatchRouter: () => void = () => undefined;
  #servingUrl: string | null = null;

  constructor(
    config: Config,
    log: Log = pino({ name: 'dandori', level: config.logLevel }, pino.destination(2)),
    compose: ComposeOptions = {},
  ) {
    this.config = config;
    this.#dataRoots = [...config.dataRoots];
    this.#parts = composeLocal(config, log, (trainingId) => this.#keeper.poke(trainingId), compose);
    this.log = this.#parts.log;
    const { ports, redact } = this.#parts;
    const roots = this.#dataRoots;
    this.environment = {
      ports,
      now: () => new Date(),
      redact,
      // Read at each call: a submitted file's folder is a root from then on.
      get dataRoots() {
        return roots;
      },
    };
    this.#keeper = new StatusKeeper({
      ...this.#parts,
      tracker: ports.issues,
      engine: ports.engine,
      jobs: ports.jobs,
      fateOf: (run) => versionFate(ports, run),
      toldOf: (trainingId) => sentNotifications(ports.effects, trainingId),
      // GitHub takes few edits a minute: many changes become one.
      everyMs: compose.looks?.statusMs ?? (config.github === null ? 250 : 2_000),
    });
    this.#controller = this.#makeController(compose);
    this.desk = new Desk({
      ...this.#parts,
      issues: ports.issues,
      look: () => this.#controller.poke(),
      dataRoots: roots,
    });
  }

  #makeController({ looks }: ComposeOptions): Controller {
    const { config } = this;
    const { ports, runs, ledger, audit } = this.#parts;
    return new Controller({
      tracker: ports.issues,
      engine: ports.engine,
      tokens: ports.engine,
      ledger,
      runs,
      effects: ports.effects,
      audit,
      quota: { openRuns: config.maxOpenRuns, openRunsPerAuthor: config.maxOpenRunsPerAuthor },
      policy: this.#policy,
      log: this.log,
      detect: (issue) => this.#detect(issue),
      cancel: async (request) => this.#worker?.cancel(request),
      rollBack: (run, params) => this.#callTool('rollback_model', { run, ...params }),
      promote: (run, params) => this.#callTool('promote_model', { run, ...params }),
      ...(looks === undefined ? {} : { pollMs: looks.trackerMs }),
    });
  }

  get #policy(): Installation['policy'] {
    const { minimumPermission, secondPersonForProduction } = this.config;
    return { minimum: minimumPermission, production_requires_second_person: secondPersonForProduction };
  }

  get audit(): LocalParts['audit'] {
    return this.#parts.audit;
  }

  get redact(): LocalParts['redact'] {
    return this.#parts.redact;
  }

  get ports(): LocalParts['ports'] {
    return this.#parts.ports;
  }

  get runs(): LocalParts['runs'] {
    return this.#parts.runs;
  }

  get ledger(): LocalParts['ledger'] {
    return this.#parts.ledger;
  }

  /** Who a command acts as that gives this name. */
  speaker(given: string): Promise<string> {
    return this.#parts.speaker(given);
  }

  get github(): LocalParts['github'] {
    return this.#parts.github;
  }

  /** Address of the models; null while nothing was started. */
  get servingUrl(): string | null {
    return this.#servingUrl;
  }

  get toolNames(): string[] {
    return allTools.map((tool) => tool.name);
  }

  /** Takes up what a stop interrupted and works from here on. */
  async start(): Promise<void> {
    const { ports, ledger, github } = this.#parts;
    const installation = this.#installation();
    await this.#tellStart();
    await this.desk.open();
    this.#servingUrl = (await ports.endpoints.ensureRouter()).url;
    this.#unwatchRouter = ports.endpoints.watchRouter();
    const tools = await connectInProcess(allTools, {
      name: 'dandori',
      version: dandoriVersion,
      call: callHere(this.environment),
    });
    this.#tools = tools;
    this.#worker = new TaskWorker({
      queue: ports.engine,
      tokens: ports.engine,
      ledger,
      jobs: ports.jobs,
      log: this.log,
      runAgent: (message, run, signal) => {
        const agent = agents.find((one) => one.name === message.agent);
        if (agent === undefined)
          throw new DandoriError('internal', `There is no agent ${message.agent} for ${message.state}.`);
        const work = () => agent.work(message.input, { run, tools, installation, now: () => new Date() });
        const beat = () => ports.engine.sendTaskHeartbeat({ taskToken: message.task_token });
        return github === null
          ? work()
          : throughOutages(work, { answers: github.answers, beat, signal, log: this.log });
      },
    });
    ports.engine.start();
    this.#worker.start();
    this.#keeper.start();
    this.#controller.start();
    github?.start();
  }

  /** With which configuration it works from here on: the rules of who may do what are part of it. */
  async #tellStart(): Promise<void> {
    const at = new Date().toISOString();
    const told = { action: 'start_server', outcome: 'done', detail: toldConfig(this.config) } as const;
    const about = { issueNumber: null, trainingId: null, planHash: null };
    await this.audit.record({ key: `start/${randomUUID()}`, at, by: this.config.user, ...about, ...told });
  }

  async close(): Promise<void> {
    this.#unwatchRouter();
    await this.#parts.github?.stop();
    await this.#controller.stop();
    await this.#worker?.stop();
    await this.#keeper.stop();
    await this.#tools?.close();
    this.#parts.ports.engine.close();
    await this.#parts.ports.jobs.close();
    this.#parts.db.close();
  }

  /** Agent 1 works before there is a run: nothing of its run is used by what it reads. */
  async #detect(issue: { number: number; labels: string[]; body: string }): Promise<DetectedRequest> {
    if (this.#tools === null) throw new DandoriError('unavailable', 'Dandori is not running yet.');
    const run = { training_id: 'train-detection', state: 'DetectIssue', visit: 1, attempt: 0 };
    const context = { run, tools: this.#tools, installation: this.#installation(), now: () => new Date() };
    const input = {
      issue_number: issue.number,
      repository: this.config.github?.repository ?? 'local',
      labels: issue.labels,
      body: issue.body,
    };
    const result = await issueDetectorAgent.work(input, context);
    const { training_config: request, ...rest } = parsedConfig.parse(result.kind === 'done' ? result.output : {});
    return { request, ...rest };
  }

  #installation(): Installation {
    return {
      code_digest: codeDigest(readCodeFiles(trainerDir)),
      environment_digest: environmentStamp(this.config.pythonPath).digest,
      policy: this.#policy,
    };
  }

  /** Runs an ended run again; `from` null: from the state that failed. */
  async rerun(trainingId: string, from: string | null, by: string): Promise<Rerun> {
    await this.desk.welcome(by);
    const rerun = await this.#controller.rerun({
      trainingId,
      from,
      by,
      changedSince: (plan) => planChanges(this.ports.objects, this.#installation(), { plan, trainingId }),
    });
    return rerun;
  }

  #context(): ToolContext {
    return { ...this.environment, signal: AbortSignal.timeout(600_000), progress: () => undefined };
  }

  async #callTool<Name extends AllTools[number]['name']>(name: Name, args: unknown): Promise<Record<string, unknown>> {
    return invokeTool(findTool(allTools, name), args, this.#context());
  }

  /** Any tool by name for who comes over the socket, under the same rules as over HTTP. */
  async callTool(...[name, args, { signal, progress, anyFile, by }]: Parameters<RunTool>): ReturnType<RunTool> {
    const tool: ToolDefinition = findTool(allTools, name);
    const own = this.#context();
    const path =
      typeof args === 'object' && args !== null && 'path' in args && typeof args.path === 'string' ? args.path : null;
    // The socket opens for its user alone: what that person may read, the command line may name. A client over HTTP may not.
    const dataRoots = path === null || !anyFile ? this.#dataRoots : [...this.#dataRoots, dirname(resolve(path))];
    const context = { ...own, dataRoots, progress, signal: AbortSignal.any([own.signal, signal]) };
    return this.watchCalls(by)(tool, args, () => invokeTool(tool, args, context));
  }

  /** Keeps the calls that somebody outside makes. */
  watchCalls(by: string): WatchCall {
    const { audit, ledger, ports } = this.#parts;
    const planOf = (id: string) => planHashOfRun({ engine: ports.engine, ledger }, id);
    return auditedCalls({ audit, now: this.environment.now, planOf }, by);
  }

  /** True when nothing is left to do without a person. */
  async isIdle(): Promise<boolean> {
    await this.#controller.poke();
    await this.#keeper.refresh();
    return (await this.runs.list({ status: 'running', limit: 1 })).length === 0;
  }

  async doctor(): Promise<DoctorLine[]> {
    return runDoctor(this.config, this.#parts);
  }
}
