import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Config, readConfig } from '../../config.js';

/** A fresh folder with a name short enough for a socket. */
export function freshFolder(): { path: string; remove: () => void } {
  const path = mkdtempSync(join(tmpdir(), 'dandori-'));
  return { path, remove: () => rmSync(path, { recursive: true, force: true, maxRetries: 5 }) };
}

/** Path of a state directory that is not made yet, in a fresh folder that `closing` takes away. */
export function freshStateDir(closing: (() => unknown)[]): string {
  const folder = freshFolder();
  closing.push(folder.remove);
  return join(folder.path, 'state');
}

/** A configuration on free ports that reads nothing of this process's environment. */
export function testConfig(stateDir: string, change: Partial<Config> = {}): Config {
  return readConfig({ stateDir, port: 0, servingPort: 0, user: 'owner', ...change }, {});
}

/** Says nothing. */
export const quietLog = { info: () => undefined, warn: () => undefined, error: () => undefined };
