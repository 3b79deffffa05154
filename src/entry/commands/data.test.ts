import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { main } from '../cli.js';
import type { Output } from '../output.js';

const folders: string[] = [];
afterEach(() => folders.splice(0).forEach((folder) => rmSync(folder, { recursive: true, force: true })));

async function run(...args: string[]): Promise<{ code: number; out: string }> {
  const lines: string[] = [];
  const output: Output = { out: (text) => void lines.push(text), note: () => undefined, width: Infinity };
  return { code: await main(['node', 'dandori', ...args], output), out: lines.join('\n') };
}

describe('dandori data', () => {
  // The parent command once had --dir and --json too, and took them away from its sub-commands.
  test('hands --json and --dir to its sub-commands', async () => {
    const dir = mkdtempSync(join(tmpdir(), 'dandori-data-'));
    folders.push(dir);
    const { code, out } = await run('data', 'list', '--json', '--dir', dir);
    expect(code).toBe(0);
    expect(JSON.parse(out)).toEqual({ datasets: [], versions: null });
  });

  test('ends with 2 when a sub-command is used wrongly', async () => {
    expect((await run('data', 'add')).code).toBe(2);
  });
});
