import { execFile } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { createServer, request, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { allTools } from '../../src/capabilities/index.js';
import { fakeContext, fakePorts } from '../../src/capabilities/testing/fake-ports.js';
import { listenForMcp, type McpListener, toolServers } from '../../src/entry/mcp-http.js';
import { fixtureTools } from './fixture-tools.js';

/** The suite's program, where its packages are installed: `npm test` does so for a Node that can run it. */
const program = join(import.meta.dirname, 'node_modules', '@modelcontextprotocol', 'conformance', 'dist', 'index.js');
const installed = existsSync(program);
const token = 'secret-of-this-test';
let results = '';
let listener: McpListener;
let front: Server;
let url = '';

beforeAll(async () => {
  results = mkdtempSync(join(tmpdir(), 'dandori-mcp-conformance-'));
  const servers = toolServers([...allTools, ...fixtureTools], fakeContext(fakePorts()));
  listener = await listenForMcp({ servers, port: 0, token });
  const { port } = new URL(listener.url);
  // The suite can send no token: this adds it and passes everything else on as it is, Host and Origin too.
  front = createServer((from, to) => {
    const headers = { ...from.headers, authorization: `Bearer ${token}` };
    const on = request({ host: '127.0.0.1', port, path: from.url, method: from.method, headers }, (answer) => {
      to.writeHead(answer.statusCode ?? 500, answer.headers);
      answer.on('error', () => to.destroy()).pipe(to);
    });
    on.on('error', () => to.destroy());
    to.on('close', () => on.destroy());
    from.pipe(on);
  });
  await new Promise<void>((resolve) => front.listen(0, '127.0.0.1', () => resolve()));
  const address = front.address();
  url = `http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}/mcp`;
});
afterAll(async () => {
  front.closeAllConnections();
  await new Promise((resolve) => front.close(resolve));
  await listener.close();
  rmSync(results, { recursive: true, force: true });
});

const checks = z.array(
  z.object({ id: z.string(), status: z.string(), description: z.string(), errorMessage: z.string().optional() }),
);

/** Runs one scenario at the wire of one revision and answers its checks. */
async function checksOf(scenario: string, revision: string): Promise<z.infer<typeof checks>> {
  const folder = mkdtempSync(join(results, 'run-'));
  const args = [program, 'server', '--url', url, '--scenario', scenario, '--spec-version', revision, '-o', folder];
  // It ends with 1 when a check failed: the checks say which.
  await promisify(execFile)(process.execPath, args, { timeout: 60_000, cwd: folder }).catch(() => undefined);
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((file) =>
    file.endsWith('checks.json'),
  );
  const path = join(folder, files[0] ?? 'checks.json');
  expect(existsSync(path), `${scenario} wrote no checks.json`).toBe(true);
  return checks.parse(JSON.parse(readFileSync(path, 'utf8')));
}

/** The scenarios about what Dandori offers: tools. It has no prompts, resources, completion, elicitation or sampling. */
const scenarios = {
  '2025-11-25': [
    'server-initialize',
    'server-session-lifecycle',
    'ping',
    'tools-list',
    'tools-call-simple-text',
    'tools-call-error',
    'tools-call-with-progress',
    'server-sse-multiple-streams',
    'dns-rebinding-protection',
  ],
  '2026-07-28': [
    'server-stateless',
    'http-header-validation',
    'tools-list',
    'tools-call-simple-text',
    'tools-call-error',
    'tools-call-with-progress',
    'server-sse-multiple-streams',
    'dns-rebinding-protection',
    'caching',
    'sep-2164-resource-not-found',
    'input-required-result-unsupported-methods',
  ],
};

/** Checks inside those scenarios that ask for something that Dandori does not offer. */
const notOffered: Record<string, readonly string[]> = {
  'server-stateless': ['sep-2575-server-rejects-undeclared-capability', 'sep-2575-missing-capability-http-400'],
  caching: [
    'sep-2549-prompts-list-caching-hints',
    'sep-2549-resources-list-caching-hints',
    'sep-2549-resources-templates-list-caching-hints',
  ],
};

describe.skipIf(!installed)(
  `conformance to MCP${installed ? '' : ' (skipped: "npm ci" in test/mcp-conformance installs the suite)'}`,
  () => {
    for (const [revision, names] of Object.entries(scenarios)) {
      it.each(names)(`${revision}: %s`, async (scenario) => {
        const all = await checksOf(scenario, revision);
        expect(all.length).toBeGreaterThan(0);
        const failed = all.filter(({ status }) => status === 'FAILURE');
        const known = notOffered[scenario] ?? [];
        expect(failed.filter(({ id }) => !known.includes(id))).toEqual([]);
        // What passes by now leaves the list.
        expect(known.filter((id) => !failed.some((one) => one.id === id))).toEqual([]);
      });
    }
  },
);
