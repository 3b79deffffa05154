import { App } from '../app.js';
import { quietLog, testConfig } from './state-dir.js';

/** Ends the router of a state directory that no server holds: routers outlive their servers. */
export async function stopRouter(stateDir: string): Promise<void> {
  const app = new App(testConfig(stateDir), quietLog);
  try {
    await app.ports.endpoints.stopRouter();
  } finally {
    await app.close();
  }
}
