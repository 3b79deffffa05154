import { configFor, connect } from '../connect.js';
import type { CommonOptions } from '../output.js';
import { SharedConnection } from '../shared-connection.js';
import { socketPath } from '../socket-path.js';
import { aborted, stopSignal } from '../until-stopped.js';
import { type AddCommand, newCommand } from './command.js';

async function serve(options: CommonOptions): Promise<void> {
  const signal = stopSignal();
  const ended = new Promise<void>((resolve) => process.stdin.once('end', () => resolve()));
  const socket = socketPath(configFor(options).stateDir);
  const connection = new SharedConnection(() => connect({ dir: options.dir, begins: true }));
  const { serveTools } = await import('../mcp-stdio.js');
  const { callTool } = await import('../tool-caller.js');
  // Whoever holds the state directory, another process or for the moment this one, answers on its socket.
  const server = serveTools((call) => connection.use(() => callTool(socket, call)));
  await Promise.race([ended, aborted(signal)]);
  await server.close();
  await connection.idle();
}

export const addMcp: AddCommand = (program) => {
  program.addCommand(
    newCommand('mcp', 'Offer every tool over MCP on standard input and output', ['mcp']).action(serve),
  );
};
