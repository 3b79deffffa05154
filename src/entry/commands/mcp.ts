import { serveStdio } from '@modelcontextprotocol/server/stdio';
import { allTools } from '../../capabilities/index.js';
import { dandoriVersion } from '../../installation.js';
import { createToolServer } from '../../mcp/tool-server.js';
import { connect } from '../connect.js';
import type { CommonOptions } from '../output.js';
import { untilStopped } from '../until-stopped.js';
import { type AddCommand, newCommand } from './command.js';

export const addMcp: AddCommand = (program) => {
  program.addCommand(
    newCommand('mcp', 'Offer every tool over MCP on standard input and output').action(
      async (options: CommonOptions) => {
        const connection = await connect({ dir: options.dir });
        const call = (tool: { name: string }, args: unknown) =>
          connection.api.post<Record<string, unknown>>(`/api/tools/${tool.name}`, args ?? {});
        const ended = new Promise<void>((resolve) => process.stdin.once('end', () => resolve()));
        serveStdio(() => createToolServer({ name: 'dandori', version: dandoriVersion, tools: allTools, call }));
        await Promise.race([ended, untilStopped()]);
        await connection.close();
      },
    ),
  );
};
