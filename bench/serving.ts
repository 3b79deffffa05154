import { createHash } from 'node:crypto';
import { fork } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { Agent, request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createLocalEndpointPlatform } from '../src/adapters/local/endpoint-platform.js';
import { createLocalObjectStore } from '../src/adapters/local/object-store.js';
import { projectRoot } from '../src/root.js';
import { type Figure, quantile, reportFigures, sizeFrom } from './lib/figures.js';

/** Requests of one row through router and model worker: requests/s and latencies at 1 and 64 connections. */
const seconds = sizeFrom('BENCH_SECONDS', 8);
const fixture = join(projectRoot, 'src/serving/fixtures/churn');
const body = JSON.stringify({ tenure: 5, plan: 'pro', charge: 20.5 });

interface Load {
  url: string;
  connections: number;
}

interface Result {
  requests: number;
  failures: number;
  seconds: number;
  latenciesMs: number[];
}

/** One closed loop a connection. */
async function load({ url, connections }: Load): Promise<Result> {
  const agent = new Agent({ keepAlive: true, maxSockets: connections });
  const headers = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) };
  const latenciesMs: number[] = [];
  let failures = 0;
  const call = (): Promise<void> =>
    new Promise((resolve) => {
      const start = performance.now();
      const outgoing = request(url, { method: 'POST', agent, headers }, (response) => {
        response.resume();
        response.on('end', () => {
          if (response.statusCode !== 200) failures += 1;
          latenciesMs.push(performance.now() - start);
          resolve();
        });
      });
      outgoing.on('error', () => {
        failures += 1;
        resolve();
      });
      outgoing.end(body);
    });
  const start = performance.now();
  const end = start + seconds * 1000;
  await Promise.all(
    Array.from({ length: connections }, async () => {
      while (performance.now() < end) await call();
    }),
  );
  agent.destroy();
  return { requests: latenciesMs.length, failures, seconds: (performance.now() - start) / 1000, latenciesMs };
}

function inChild(job: Load): Promise<Result> {
  return new Promise((resolve, reject) => {
    const child = fork(fileURLToPath(import.meta.url), ['--load']);
    child.once('message', (result) => {
      resolve(result as Result);
      child.disconnect();
    });
    child.once('error', reject);
    child.send(job);
  });
}

function figuresOf(connections: number, result: Result): Figure[] {
  const sorted = result.latenciesMs.toSorted((a, b) => a - b);
  const at = `c=${connections}`;
  const goal = connections === 64 ? { goal: { least: 1000 } } : {};
  const note = `${result.failures} failures`;
  return [
    { name: `requests, ${at}`, value: result.requests / result.seconds, unit: '1/s', ...goal, note },
    { name: `latency p50, ${at}`, value: quantile(sorted, 0.5), unit: 'ms' },
    { name: `latency p95, ${at}`, value: quantile(sorted, 0.95), unit: 'ms', goal: { most: 100 } },
    { name: `latency p99, ${at}`, value: quantile(sorted, 0.99), unit: 'ms' },
  ];
}

async function main(): Promise<void> {
  const stateDir = mkdtempSync(join(tmpdir(), 'dandori-bench-'));
  const objects = createLocalObjectStore({ dir: join(stateDir, 'objects') });
  const digests: Record<string, string> = {};
  for (const name of ['model.onnx', 'signature.json']) {
    await objects.putFile({ key: `models/churn/1.0.0/${name}`, path: join(fixture, name) });
    digests[name] = createHash('sha256')
      .update(readFileSync(join(fixture, name)))
      .digest('hex');
  }
  const platform = createLocalEndpointPlatform({ stateDir, objects, port: 0 });
  try {
    const variant = { variantName: 'AllTraffic', modelName: 'churn', version: '1.0.0', weight: 1, digests };
    const variants = [{ ...variant, packagePrefix: 'models/churn/1.0.0' }];
    const { invocationUrl } = await platform.applyEndpoint({ endpointName: 'churn-bench', variants });
    const figures: Figure[] = [];
    for (const connections of [1, 64]) {
      const result = await inChild({ url: invocationUrl, connections });
      figures.push(...figuresOf(connections, result));
    }
    reportFigures(figures);
  } finally {
    await platform.stopRouter();
    rmSync(stateDir, { recursive: true, force: true });
  }
}

if (process.argv.includes('--load')) {
  process.once('message', (job) => void load(job as Load).then((result) => process.send?.(result)));
} else {
  await main();
}
