import { connect } from '../connect.js';
import type { CommonOptions } from '../output.js';
import { aborted, stopSignal } from '../until-stopped.js';
import { type AddCommand, newCommand } from './command.js';

async function serve(options: CommonOptions): Promise<void> {
  const signal = stopSignal();
  const ended = new Promise<void>((resolve) => process.stdin.once('end', () => resolve()));
  const connection = await connect({ dir: options.dir });
  try {
    const { serveTools } = await import('../mcp-stdio.js');
    serveTools(connection.api);
    await Promise.race([ended, aborted(signal)]);
  } finally {
    await connection.close();
  }
}

export const addMcp: AddCommand = (program) => {
  program.addCommand(
    newCommand('mcp', 'Offer every tool over MCP on standard input and output', ['mcp']).action(serve),
  );
};
