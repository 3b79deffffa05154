import { execFile } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type RunningServer, startServer } from '../../src/entry/server.js';
import { freshFolder, quietLog, testConfig } from '../../src/entry/testing/state-dir.js';
import { projectRoot } from '../../src/root.js';

// A command is a process of its own that lives shorter than it takes to load a database or a library of schemas. It loads what
// reads the command line; whatever does the work loads the rest by `import()`.
const light = ['commander', 'leven'];

const entry = join(projectRoot, 'src', 'entry');
const commandFiles = readdirSync(join(entry, 'commands'))
  .filter((name) => name.endsWith('.ts') && !name.endsWith('.test.ts'))
  .map((name) => join('commands', name));

/** Packages that a file loads at once, itself or through what it imports; not for types, not by `import()`. */
function packagesOf(file: string, seen = new Set<string>()): string[] {
  if (seen.has(file)) return [];
  seen.add(file);
  const statements = readFileSync(file, 'utf8').matchAll(/^(?:import|export) (?!type )(?:[^;]*? from )?'([^']+)';/gm);
  return [...statements].flatMap(([, name = '']) => {
    if (name.startsWith('.')) return packagesOf(resolve(dirname(file), name.replace(/\.js$/, '.ts')), seen);
    return name.startsWith('node:') ? [] : [name];
  });
}

describe('the start of a command', () => {
  it.each(['cli.ts', ...commandFiles])('imports only light packages in %s', (file) => {
    expect(packagesOf(join(entry, file)).filter((name) => !light.includes(name))).toEqual([]);
  });

  it('is seen by this rule: the server imports what is heavy', () => {
    expect(packagesOf(join(entry, 'server.ts'))).toEqual(expect.arrayContaining(['zod', 'fastify', 'libsql']));
  });
});

describe('a command beside a running server', () => {
  const fresh = freshFolder();
  const dir = join(fresh.path, 'state');
  const at = (name: string): string => join(fresh.path, name);
  let server: RunningServer;

  /** Packages that a whole command has loaded when it ends. */
  async function loadedBy(args: readonly string[]): Promise<string[]> {
    rmSync(at('loaded'), { force: true });
    const command = ['--import', at('preload.mjs'), join(projectRoot, 'bin', 'dandori.js'), ...args, '--dir', dir];
    await promisify(execFile)(process.execPath, command, { cwd: fresh.path, timeout: 30_000 });
    const urls = readFileSync(at('loaded'), 'utf8').trim().split('\n');
    expect(urls.some((url) => url.endsWith('/dist/entry/cli.js'))).toBe(true);
    return [...new Set(urls.map((url) => /.*\/node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(url)?.[1] ?? ''))].filter(
      Boolean,
    );
  }

  beforeAll(async () => {
    writeFileSync(at('request.yaml'), 'target: x\n');
    writeFileSync(
      at('preload.mjs'),
      `import { register } from 'node:module';\nregister('./hooks.mjs', import.meta.url);\n`,
    );
    writeFileSync(
      at('hooks.mjs'),
      `import { appendFileSync } from 'node:fs';
      export async function load(url, context, next) {
        appendFileSync(${JSON.stringify(at('loaded'))}, url + '\\n');
        return next(url, context);
      }\n`,
    );
    server = await startServer({ config: testConfig(dir), active: false, http: false, log: quietLog });
  }, 30_000);
  afterAll(async () => {
    await server.close();
    fresh.remove();
  });

  it.each([
    [['submit', at('request.yaml')]],
    [['list']],
    [['list', '--open', '--json']],
    [['show', '1']],
    [['comment', '1', 'hello']],
    [['data', 'list']],
  ])('%j has loaded only light packages at its end', { timeout: 40_000 }, async (args) => {
    expect((await loadedBy(args)).filter((name) => !light.includes(name))).toEqual([]);
    expect(existsSync(join(dir, 'server.json'))).toBe(true);
  });
});
