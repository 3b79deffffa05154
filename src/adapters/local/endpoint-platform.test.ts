import { createHash } from 'node:crypto';
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { Agent, createServer, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { validate } from '@readme/openapi-parser';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { VariantSpec } from '../../ports/endpoint-platform.js';
import { endpointPlatformSuite } from '../../ports/endpoint-platform.testsuite.js';
import { program } from '../../root.js';
import { churnHooks, writeHooksPackage } from '../../serving/fixtures/hooks-package.js';
import { routerPaths } from '../../serving/router-files.js';
import { createLocalEndpointPlatform, type LocalEndpointPlatform } from './endpoint-platform.js';
import { createLocalObjectStore } from './object-store.js';
import { identifyProcess } from './process.js';

const fixtures = fileURLToPath(new URL('../../serving/fixtures', import.meta.url));
const goodBody = '{"tenure":5,"plan":"pro","charge":20}';
const json = 'application/json';
const endpointName = 'churn-staging';

const sha256 = (body: Uint8Array) => createHash('sha256').update(body).digest('hex');

interface Setup {
  stateDir: string;
  platform: LocalEndpointPlatform;
  variant: (version: string, fixture: string, model?: Uint8Array) => Promise<VariantSpec>;
  /** A version with an inference.py of its own, as it is packaged. */
  hooks: (version: string, script?: string) => Promise<VariantSpec>;
}

function setUp(stateDir: string, options: { port?: number; routerProgram?: string } = {}): Setup {
  const objects = createLocalObjectStore({ dir: join(stateDir, 'objects') });
  const platform = createLocalEndpointPlatform({ stateDir, objects, port: 0, ...options });
  return {
    stateDir,
    platform,
    async variant(version, fixture, model) {
      const packagePrefix = `models/churn/${version}`;
      const files = {
        'model.onnx': model ?? readFileSync(join(fixtures, fixture, 'model.onnx')),
        'signature.json': readFileSync(join(fixtures, fixture, 'signature.json')),
      };
      const digests: Record<string, string> = {};
      for (const [name, body] of Object.entries(files)) {
        await objects.put({ key: `${packagePrefix}/${name}`, body });
        digests[name] = sha256(body);
      }
      return { variantName: 'AllTraffic', modelName: 'churn', version, packagePrefix, digests, weight: 1 };
    },
    async hooks(version, script) {
      const packagePrefix = `models/churn/${version}`;
      const folder = mkdtempSync(join(stateDir, 'hooks-'));
      const digests = writeHooksPackage(folder, script);
      for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
        const path = join(entry.parentPath, entry.name);
        if (!entry.isFile()) continue;
        await objects.put({ key: `${packagePrefix}/${relative(folder, path)}`, body: readFileSync(path) });
      }
      return { variantName: 'AllTraffic', modelName: 'churn', version, packagePrefix, digests, weight: 1 };
    },
  };
}

endpointPlatformSuite('the local router', async () => {
  const stateDir = mkdtempSync(join(tmpdir(), 'dandori-ep-'));
  const { platform, variant } = setUp(stateDir);
  const tampered = await variant('1.3.0', 'churn');
  return {
    platform,
    first: await variant('1.0.0', 'churn'),
    second: await variant('1.1.0', 'churn-v2'),
    broken: await variant('1.2.0', 'churn', Buffer.from('no model')),
    tampered: { ...tampered, digests: { ...tampered.digests, 'model.onnx': 'f'.repeat(64) } },
    goodBody,
    badBody: '{"tenur":5}',
    close: async () => {
      await platform.stopRouter();
      rmSync(stateDir, { recursive: true, force: true });
    },
  };
});

/** Asks without a pause on `connections` kept-alive connections until told to stop; answers every status and version seen. */
function startLoad(url: string, connections: number) {
  const agent = new Agent({ keepAlive: true, maxSockets: connections });
  const seen = { answers: 0, failures: [] as string[], versions: new Set<string>() };
  const stopping = new AbortController();
  const ask = (): Promise<void> =>
    new Promise((resolve) => {
      const outgoing = request(url, { method: 'POST', agent, headers: { 'content-type': json } }, (response) => {
        let text = '';
        response.on('data', (chunk) => (text += chunk));
        response.on('end', () => {
          seen.answers += 1;
          if (response.statusCode === 200)
            seen.versions.add((JSON.parse(text) as { model_version: string }).model_version);
          else seen.failures.push(`${response.statusCode}: ${text}`);
          resolve();
        });
      });
      outgoing.on('error', (error) => {
        seen.failures.push(error.message);
        resolve();
      });
      outgoing.end(goodBody);
    });
  const loops = Array.from({ length: connections }, async () => {
    while (!stopping.signal.aborted) await ask();
  });
  return {
    seen,
    async stop() {
      stopping.abort();
      await Promise.all(loops);
      agent.destroy();
      return seen;
    },
  };
}

const until = (check: () => void | Promise<void>) => vi.waitFor(check, { timeout: 30_000, interval: 20 });

describe('createLocalEndpointPlatform', () => {
  let setup: Setup;
  const others: LocalEndpointPlatform[] = [];
  beforeEach(() => {
    setup = setUp(mkdtempSync(join(tmpdir(), 'dandori-ep-')));
  });
  afterEach(async () => {
    await setup.platform.stopRouter();
    for (const platform of others.splice(0)) await platform.stopRouter();
    rmSync(setup.stateDir, { recursive: true, force: true });
  });

  const deploy = async (version: string, fixture: string) =>
    setup.platform.applyEndpoint({ endpointName, variants: [await setup.variant(version, fixture)] });
  const deployHooks = async (version: string, script?: string) =>
    setup.platform.applyEndpoint({ endpointName, variants: [await setup.hooks(version, script)] });
  const ask = () => setup.platform.invokeEndpoint({ endpointName, body: goodBody, contentType: json });
  const health = async () => {
    const { url } = await setup.platform.ensureRouter();
    return (await (await fetch(`${url}/ping`)).json()) as {
      pid: number;
      endpoints: { model_version: string; workers: number }[];
    };
  };
  /** Processes of this router's workers, found by their parent. */
  const workerPids = (routerPid: number): number[] =>
    readFileSync(`/proc/${routerPid}/task/${routerPid}/children`, 'utf8').trim().split(' ').filter(Boolean).map(Number);

  test(
    'changes between an ONNX version and one with hooks of its own, and drops no request',
    { timeout: 60_000 },
    async () => {
      const { invocationUrl } = await deploy('1.0.0', 'churn');
      const load = startLoad(invocationUrl, 2);
      await until(() => expect(load.seen.answers).toBeGreaterThan(10));
      await deployHooks('2.0.0');
      await until(() => expect([...load.seen.versions]).toEqual(['1.0.0', '2.0.0']));
      await deploy('1.0.0', 'churn');
      const before = load.seen.answers;
      await until(() => expect(load.seen.answers).toBeGreaterThan(before + 10));
      expect((await load.stop()).failures).toEqual([]);
      expect(JSON.parse((await ask()).body)).toMatchObject({ model_version: '1.0.0' });
    },
  );

  test('keeps the version in service when one with hooks does not load', { timeout: 60_000 }, async () => {
    await deploy('1.0.0', 'churn');
    await expect(deployHooks('2.0.0', 'def model_fn(model_dir):\n    raise OSError("no weights")')).rejects.toThrow(
      'model_fn of inference.py raised OSError: no weights',
    );
    expect(JSON.parse((await ask()).body)).toMatchObject({ model_version: '1.0.0' });
  });

  test('serves again after the Python of a version with hooks died of a request', { timeout: 60_000 }, async () => {
    const dies =
      'import os\nright = predict_fn\ndef predict_fn(rows, model):\n    if rows[0]["tenure"] == 1:\n        os._exit(9)\n    return right(rows, model)\n';
    await deployHooks('2.0.0', `${churnHooks}\n${dies}`);
    const body = goodBody.replace('"tenure":5', '"tenure":1');
    const answer = await setup.platform.invokeEndpoint({ endpointName, body, contentType: json });
    expect(answer).toMatchObject({ statusCode: 503, body: expect.stringContaining('The model worker died') as string });
    await until(async () => expect((await ask()).statusCode).toBe(200));
  });

  test('hands over to a new version under load without a dropped request', async () => {
    const { invocationUrl } = await deploy('1.0.0', 'churn');
    const load = startLoad(invocationUrl, 16);
    await until(() => expect(load.seen.answers).toBeGreaterThan(50));
    for (const [version, fixture] of [
      ['1.1.0', 'churn-v2'],
      ['1.2.0', 'churn'],
      ['1.3.0', 'churn-v2'],
    ] as const) {
      await deploy(version, fixture);
      const before = load.seen.answers;
      await until(() => expect(load.seen.answers).toBeGreaterThan(before + 50));
    }
    const { failures, versions } = await load.stop();
    expect(failures).toEqual([]);
    expect([...versions]).toEqual(['1.0.0', '1.1.0', '1.2.0', '1.3.0']);
  });

  test.runIf(process.platform === 'linux')('loses no request when a model worker is killed', async () => {
    const { invocationUrl } = await deploy('1.0.0', 'churn');
    const { pid } = await setup.platform.ensureRouter();
    const load = startLoad(invocationUrl, 8);
    await until(() => expect(load.seen.answers).toBeGreaterThan(50));
    const [worker = 0] = workerPids(pid);
    process.kill(worker, 'SIGKILL');
    await until(() => expect(workerPids(pid).filter((other) => other !== worker)).toHaveLength(1));
    const before = load.seen.answers;
    await until(() => expect(load.seen.answers).toBeGreaterThan(before + 50));
    expect((await load.stop()).failures).toEqual([]);
  });

  test('serves the same at the same address after the router was killed', async () => {
    const { invocationUrl } = await deploy('1.1.0', 'churn-v2');
    const before = await setup.platform.ensureRouter();
    const { body } = await ask();
    process.kill(before.pid, 'SIGKILL');
    const after = await setup.platform.ensureRouter();
    expect(after.pid).not.toBe(before.pid);
    expect(await ask()).toMatchObject({ statusCode: 200, body });
    expect((await setup.platform.describeEndpoint({ endpointName })).invocationUrl).toBe(invocationUrl);
  });

  test.runIf(process.platform === 'linux')('leaves no model worker behind when the router is killed', async () => {
    await deploy('1.0.0', 'churn');
    const { pid } = await setup.platform.ensureRouter();
    const workers = workerPids(pid);
    expect(workers).toHaveLength(1);
    process.kill(pid, 'SIGKILL');
    await until(() => expect(workers.map((worker) => identifyProcess(worker))).toEqual([null]));
  });

  test('lets another server adopt the router, which serves without any server', async () => {
    await deploy('1.0.0', 'churn');
    const { pid } = await setup.platform.ensureRouter();
    const { platform } = setUp(setup.stateDir);
    expect((await platform.ensureRouter()).pid).toBe(pid);
    expect(await platform.listEndpoints()).toHaveLength(1);
  });

  test('starts a router that died again, without being asked, while something is deployed', async () => {
    await deploy('1.0.0', 'churn');
    const { pid, url } = await setup.platform.ensureRouter();
    const stop = setup.platform.watchRouter({ intervalMs: 50 });
    process.kill(pid, 'SIGKILL');
    await until(async () => expect((await fetch(`${url}/endpoints/${endpointName}/ping`)).status).toBe(200));
    stop();
    expect((await setup.platform.ensureRouter()).pid).not.toBe(pid);
  });

  test('serves on after the state directory was moved', async () => {
    await deploy('1.0.0', 'churn');
    await setup.platform.stopRouter();
    const moved = `${setup.stateDir}-moved`;
    renameSync(setup.stateDir, moved);
    setup = setUp(moved);
    expect(await ask()).toMatchObject({ statusCode: 200 });
  });

  test('keeps no copy of a package that nobody has served for an hour', async () => {
    await deploy('1.0.0', 'churn');
    await deploy('1.1.0', 'churn-v2');
    const { packages } = routerPaths(setup.stateDir);
    expect(readdirSync(packages)).toHaveLength(2);
    for (const name of readdirSync(packages)) utimesSync(join(packages, name), 0, 0);
    await deploy('1.1.0', 'churn-v2');
    expect(readdirSync(packages)).toHaveLength(1);
    expect((await ask()).statusCode).toBe(200);
  });

  test('starts one router for callers at the same time', async () => {
    const infos = await Promise.all(Array.from({ length: 5 }, () => setup.platform.ensureRouter()));
    expect(new Set(infos.map(({ pid }) => pid)).size).toBe(1);
  });

  test('replaces a router of another build under load without a dropped request', async () => {
    // The same programs plus one comment: another build.
    const copy = join(mkdtempSync(join(tmpdir(), 'dandori-build-')), 'dist');
    const dist = dirname(dirname(program('entry/router')));
    cpSync(dist, copy, { recursive: true });
    for (const file of ['package.json', 'node_modules'])
      symlinkSync(join(dirname(dist), file), join(dirname(copy), file));
    writeFileSync(join(copy, 'serving/extra.js'), '// another build\n');
    const { invocationUrl } = await deploy('1.0.0', 'churn');
    const before = await setup.platform.ensureRouter();
    const load = startLoad(invocationUrl, 8);
    await until(() => expect(load.seen.answers).toBeGreaterThan(50));
    const { platform } = setUp(setup.stateDir, { routerProgram: join(copy, 'entry/router.js') });
    const after = await platform.ensureRouter();
    expect(after.pid).not.toBe(before.pid);
    expect(after.url).toBe(before.url);
    const seenBefore = load.seen.answers;
    await until(() => expect(load.seen.answers).toBeGreaterThan(seenBefore + 50));
    await until(() => expect(identifyProcess(before.pid)).toBeNull());
    const { failures, versions } = await load.stop();
    expect(failures).toEqual([]);
    expect([...versions]).toEqual(['1.0.0']);
    await platform.stopRouter();
    rmSync(dirname(copy), { recursive: true, force: true });
  });

  test('ends a router that lives but does not answer, and starts another', async () => {
    await deploy('1.0.0', 'churn');
    const { pid } = await setup.platform.ensureRouter();
    process.kill(pid, 'SIGSTOP');
    const after = await setup.platform.ensureRouter();
    expect(after.pid).not.toBe(pid);
    expect((await ask()).statusCode).toBe(200);
  });

  test('takes the next port when the wanted one is taken', async () => {
    const squatter = createServer();
    await new Promise<void>((resolve) => squatter.listen(0, '127.0.0.1', () => resolve()));
    const { port } = squatter.address() as AddressInfo;
    const { platform } = setUp(setup.stateDir, { port });
    const { url } = await platform.ensureRouter();
    expect(Number(new URL(url).port)).toBeGreaterThan(port);
    squatter.close();
  });

  test('says why the router does not start', async () => {
    const { folder } = routerPaths(setup.stateDir);
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, 'endpoints.json'), '{');
    await expect(setup.platform.ensureRouter()).rejects.toMatchObject({
      code: 'unavailable',
      message: expect.stringContaining('endpoints.json cannot be read') as string,
    });
    rmSync(join(folder, 'endpoints.json'));
  });

  test('works in a state directory whose path is too long for a socket', async () => {
    const stateDir = join(setup.stateDir, 'long'.repeat(30));
    const { platform, variant } = setUp(stateDir);
    others.push(platform);
    await platform.applyEndpoint({ endpointName, variants: [await variant('1.0.0', 'churn')] });
    const { controlSocket } = routerPaths(stateDir);
    expect(Buffer.byteLength(controlSocket)).toBeLessThan(100);
    expect(statSync(controlSocket).mode & 0o777).toBe(0o600);
  });

  test('serves descriptions, health, OpenAPI and metrics over HTTP', async () => {
    await deploy('1.0.0', 'churn');
    await ask();
    const { url } = await setup.platform.ensureRouter();
    const get = async (path: string) => fetch(`${url}${path}`);
    expect(await health()).toMatchObject({
      status: 'Healthy',
      endpoints: [
        { endpoint_name: endpointName, status: 'Healthy', model_name: 'churn', model_version: '1.0.0', workers: 1 },
      ],
    });
    expect((await get(`/endpoints/${endpointName}/ping`)).status).toBe(200);
    expect(await (await get(`/endpoints/${endpointName}`)).json()).toMatchObject({ endpoint_status: 'InService' });
    expect(await (await get('/endpoints')).json()).toMatchObject({ endpoints: [{ endpoint_name: endpointName }] });
    const openApi: unknown = await (await get(`/endpoints/${endpointName}/openapi.json`)).json();
    expect(openApi).toMatchObject({ servers: [{ url }] });
    expect(await validate(JSON.parse(JSON.stringify(openApi)))).toMatchObject({ valid: true });
    await until(async () => {
      const text = await (await get('/metrics')).text();
      expect(text).toContain(
        `dandori_endpoint_requests_total{endpoint="${endpointName}",variant="AllTraffic",code="200"} 1`,
      );
      expect(text).toContain('dandori_endpoint_request_duration_seconds_bucket');
      expect(text).toContain(`dandori_endpoint_workers{endpoint="${endpointName}",variant="AllTraffic"} 1`);
    });
    expect(await (await get(`/endpoints/${endpointName}/metrics?window_seconds=60`)).json()).toMatchObject({
      invocations: 1,
    });
    expect((await get(`/endpoints/${endpointName}/metrics?window_seconds=0`)).status).toBe(400);
    expect((await get('/endpoints/nothing')).status).toBe(404);
    expect((await get('/nothing')).status).toBe(404);
  });

  test.each<[string, RequestInit, number, string]>([
    ['a compressed body', { headers: { 'content-type': json, 'content-encoding': 'gzip' } }, 415, 'compressed'],
    [
      'another variant',
      { headers: { 'content-type': json, 'x-amzn-sagemaker-target-variant': 'Canary' } },
      400,
      'AllTraffic',
    ],
    [
      'a form',
      { headers: { 'content-type': 'application/x-www-form-urlencoded' } },
      415,
      'Content-Type: application/json',
    ],
    ['a body over the limit', { headers: { 'content-type': json }, body: ' '.repeat(6_291_457) }, 413, '6291456 bytes'],
    ['no body', { headers: { 'content-type': json }, body: '' }, 400, 'an empty body'],
  ])('refuses %s', async (_name, init, status, text) => {
    const { invocationUrl } = await deploy('1.0.0', 'churn');
    const ask = () => fetch(invocationUrl, { method: 'POST', body: goodBody, ...init });
    // A refusal that comes while a large body is still on its way may cut the client off.
    const response = await vi.waitFor(ask, { timeout: 30_000 });
    expect(response.status).toBe(status);
    expect(response.headers.get('x-amzn-errortype')).toBe('ValidationError');
    expect(((await response.json()) as { message: string }).message).toContain(text);
  });
});
