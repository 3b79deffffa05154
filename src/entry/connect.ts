import { readConfig, type Config } from '../config.js';
import { createApiClient, isListening, overSocket, type ApiClient } from './api-client.js';
import { socketPath } from './socket-path.js';

export interface Connection {
  api: ApiClient;
  /** True when another process runs the server. */
  remote: boolean;
  close: () => Promise<void>;
}

export interface ConnectOptions {
  dir?: string | undefined;
  /** When no server runs: start one that also works (`true`), or one that only answers (`false`). */
  active?: boolean;
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
    return { api: createApiClient(overSocket(socket)), remote: true, close: async () => undefined };
  // Most commands meet a running server and never need what a server loads.
  const { startServer } = await import('./server.js');
  const server = await startServer({
    config: { ...config, port: 0, logLevel: 'error' },
    active: options.active ?? false,
    http: false,
  });
  return { api: server.api, remote: false, close: () => server.close() };
}
