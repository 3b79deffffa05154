import { configFor } from '../connect.js';
import type { CommonOptions } from '../output.js';
import type { App } from '../app.js';
import { startServer } from '../server.js';
import { untilStopped } from '../until-stopped.js';
import { type AddCommand, newCommand } from './command.js';

interface UpOptions extends CommonOptions {
  untilIdle?: boolean;
  port?: number;
}

const idlePollMs = 300;

async function untilIdle(app: App): Promise<void> {
  while (!(await app.isIdle())) await new Promise((resolve) => setTimeout(resolve, idlePollMs));
}

export const addUp: AddCommand = (program, { output }) => {
  program.addCommand(
    newCommand('up', 'Run Dandori on this machine, in the foreground')
      .option('--until-idle', 'end when nothing is left to run (what waits for a person may wait on)')
      .option('--port <number>', 'port of MCP and health on 127.0.0.1 (default: DANDORI_PORT, else 7071)', Number)
      .action(async (options: UpOptions) => {
        const config = configFor(options, options.port === undefined ? {} : { port: options.port });
        const server = await startServer({ config, active: true, http: true });
        const health = server.health();
        output.note(
          `Dandori ${health.version} is up on ${config.stateDir}: models at ${health.serving_url}, MCP at ${health.mcp_url ?? ''}`,
        );
        if (options.json === true) output.out(JSON.stringify(health));
        const stop = untilStopped();
        const idle = options.untilIdle === true ? untilIdle(server.app) : new Promise<void>(() => undefined);
        await Promise.race([stop, idle]);
        output.note('Stopping: running jobs and the model servers go on.');
        await server.close();
      }),
  );
};
