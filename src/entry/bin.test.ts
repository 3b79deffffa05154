import { execFile, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { Client } from '@modelcontextprotocol/client';
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { fromEnvelope } from '../mcp/error-envelope.js';
import { projectRoot } from '../root.js';
import { startServer } from './server.js';
import { freshStateDir, quietLog, testConfig } from './testing/state-dir.js';
import { stopRouter } from './testing/stop-router.js';

const bin = join(projectRoot, 'bin', 'dandori.js');
const env = {
  PATH: process.env['PATH'] ?? '',
  HOME: process.env['HOME'] ?? '',
  DANDORI_PORT: '0',
  DANDORI_SERVING_PORT: '0',
};
const closing: (() => unknown)[] = [];

afterEach(async () => {
  for (const close of closing.splice(0).toReversed()) await close();
});

interface Ended {
  code: number;
  stdout: string;
  stderr: string;
}

async function dandori(...args: string[]): Promise<Ended> {
  try {
    const { stdout, stderr } = await promisify(execFile)(process.execPath, [bin, ...args], { env, timeout: 30_000 });
    return { code: 0, stdout, stderr };
  } catch (error) {
    const { code, stdout, stderr } = error as Ended;
    return { code, stdout, stderr };
  }
}

describe('bin/dandori.js', () => {
  it.each([
    ['does its work', ['list', '--json'], 0, '[]\n', ''],
    [
      'fails',
      ['show', 'train-nobody'],
      1,
      '',
      expect.stringMatching(/^Error: There is no run train-nobody\.\n[^]*"npx dandori list" shows the runs[^]*\n$/),
    ],
    ['is used wrongly', ['list', '--bogus'], 2, '', "error: unknown option '--bogus'\n(add --help for help)\n"],
  ])('ends with its exit code when it %s', async (_what, args, code, stdout, stderr) => {
    expect(await dandori(...args, '--dir', freshStateDir(closing))).toEqual({ code, stdout, stderr });
  });
});

describe('dandori mcp', () => {
  it('offers the tools on standard input and output, with a server and without, and keeps no server out', async () => {
    const dir = freshStateDir(closing);
    const client = new Client({ name: 'desktop', version: '1' });
    const transport = new StdioClientTransport({
      command: process.execPath,
      args: [bin, 'mcp', '--dir', dir],
      env,
      stderr: 'pipe',
    });
    await client.connect(transport);
    closing.push(() => client.close());
    expect((await client.listTools()).tools.length).toBeGreaterThan(50);
    const planned = await client.callTool({ name: 'train_reinforcement', arguments: {} });
    expect(fromEnvelope(planned.structuredContent)).toMatchObject({ code: 'not_yet' });
    const refused = await client.callTool({ name: 'get_execution', arguments: { training_id: 'train-nobody-1' } });
    expect(fromEnvelope(refused.structuredContent)).toMatchObject({ code: 'not_found' });
    const datasets = () => client.callTool({ name: 'list_datasets', arguments: {} });
    for (let turn = 0; turn < 2; turn += 1) {
      const server = await startServer({ config: testConfig(dir), active: false, http: false, log: quietLog });
      closing.push(() => server.close());
      const asked = vi.spyOn(server.app, 'callTool');
      expect((await datasets()).structuredContent).toEqual({ datasets: [], versions: null });
      expect(asked).toHaveBeenCalledTimes(1);
      await server.close();
      expect((await datasets()).structuredContent).toEqual({ datasets: [], versions: null });
      await expect.poll(() => existsSync(join(dir, 'server.json')), { timeout: 30_000 }).toBe(false);
    }
    await client.close();
  });
});

describe('dandori up', () => {
  it('serves, refuses a second one, and stops cleanly at Ctrl-C', async () => {
    const dir = freshStateDir(closing);
    const up = spawn(process.execPath, [bin, 'up', '--dir', dir], { env, stdio: ['ignore', 'ignore', 'pipe'] });
    closing.push(() => up.kill('SIGKILL'));
    let said = '';
    up.stderr.on('data', (chunk: Buffer) => (said += chunk.toString()));
    await expect.poll(() => said, { timeout: 30_000 }).toMatch(/is up on/);
    expect(said).toMatch(/models {2}http:\/\/127\.0\.0\.1:[1-9]\d*/);
    const second = await dandori('up', '--dir', dir);
    expect(second).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/in use by another Dandori[^]*process \d+/),
    });
    expect((await dandori('doctor', '--dir', dir)).stdout).toContain(`server: running (pid ${up.pid})`);
    const ended = new Promise<number | null>((resolve) => up.once('exit', resolve));
    up.kill('SIGINT');
    expect(await ended).toBe(0);
    expect(existsSync(join(dir, 'server.json'))).toBe(false);
    await stopRouter(dir);
  });
});
