import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readConfig, type Config } from '../config.js';
import { createApiClient, isListening, overSocket, type ApiClient } from './api-client.js';
import { socketPath } from './socket-path.js';

export interface Connection {
  api: ApiClient;
  /** True when another process runs the server. */
  remote: boolean;
  /** True when there is no state yet: what is asked is answered from an empty one, which ends with the connection. */
  empty: boolean;
  close: () => Promise<void>;
}

export interface ConnectOptions {
  dir?: string | undefined;
  /** When no server runs: start one that also works (`true`), or one that only answers (`false`). */
  active?: boolean;
  /** True: makes the state directory when there is none. Commands that only ask leave nothing behind. */
  begins?: boolean;
}

/** A folder for the answers of an installation in which nothing was ever done. */
function emptyStateDir(): { path: string; remove: () => void } {
  const path = mkdtempSync(join(tmpdir(), 'dandori-'));
  return { path, remove: () => rmSync(path, { recursive: true, force: true, maxRetries: 5 }) };
}

/** The configuration with what the command line said. */
export function configFor(options: { dir?: string | undefined }, overrides: Partial<Config> = {}): Config {
  return readConfig({ ...(options.dir === undefined ? {} : { stateDir: options.dir }), ...overrides });
}

/** Talks to the running server of the state directory; when none runs it takes the lock and answers itself. */
export async function connect(options: ConnectOptions): Promise<Connection> {
  const config = configFor(options);
  const socket = socketPath(config.stateDir);
  if (await isListening(socket))
    return {
      api: createApiClient(overSocket(socket, config.user)),
      remote: true,
      empty: false,
      close: async () => undefined,
    };
  // Most commands meet a running server and never need what a server loads.
  const { startServer } = await import('./server.js');
  const empty = options.begins !== true && !existsSync(join(config.stateDir, 'dandori.db')) ? emptyStateDir() : null;
  const stateDir = empty?.path ?? config.stateDir;
  try {
    const server = await startServer({
      config: { ...config, stateDir, port: 0, logLevel: 'error' },
      active: empty === null && options.active === true,
      http: false,
    });
    const close = () => server.close().finally(() => empty?.remove());
    return { api: server.api, remote: false, empty: empty !== null, close };
  } catch (error) {
    empty?.remove();
    throw error;
  }
}
