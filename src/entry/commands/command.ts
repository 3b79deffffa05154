import { resolve } from 'node:path';
import { Command, InvalidArgumentError, Option } from 'commander';
import type { IssueView } from '../api-types.js';
import type { ApiClient } from '../api-client.js';
import { configFor, connect, type Connection, type ConnectOptions } from '../connect.js';
import { DandoriError } from '../../errors.js';
import type { CommonOptions, Output } from '../output.js';

/** What a command file gives to the list: it adds itself to the program. `setExit` says the exit code of a command that did its work but found a failure. */
export type AddCommand = (program: Command, context: { output: Output; setExit: (code: number) => void }) => void;

/** A sub-command with the options that every command has, and examples at the end of its help. */
export function newCommand(name: string, description: string, examples: readonly string[]): Command {
  const lines = examples.map((example) => `  $ npx dandori ${example}`);
  return new Command(name)
    .description(description)
    .addOption(new Option('--dir <folder>', 'state directory (default: DANDORI_DIR, else .dandori)'))
    .addOption(new Option('--json', 'print one JSON document; errors too'))
    .addHelpText('after', `\n${lines.length === 1 ? 'Example' : 'Examples'}:\n${lines.join('\n')}`);
}

const firstStep = 'to begin: npx dandori submit examples/churn/request.md --wait';

/** The same error with where nothing is and how to begin: the folder may be the wrong one, or nothing was ever done. */
function withBeginning(error: unknown, options: CommonOptions): unknown {
  if (!(error instanceof DandoriError) || error.code !== 'not_found') return error;
  const { found = `no state in ${resolve(configFor(options).stateDir)} yet`, next } = error.details;
  const steps = next === undefined ? firstStep : `${next.replace(/\.$/, '')}; ${firstStep}`;
  return new DandoriError(error.code, error.what, { ...error.details, found, next: steps });
}

/** Runs `body` against the running server, or against one of our own that ends with it. */
export async function withApi<T>(
  options: CommonOptions,
  body: (connection: Connection) => Promise<T>,
  how: Pick<ConnectOptions, 'active' | 'begins'> = {},
): Promise<T> {
  const connection = await connect({ dir: options.dir, ...how });
  try {
    return await body(connection);
  } catch (error) {
    throw connection.empty ? withBeginning(error, options) : error;
  } finally {
    await connection.close();
  }
}

/** The number that an option counts with. */
export function countFrom(text: string): number {
  const count = Number(text);
  if (/^[0-9]{1,6}$/.test(text) && count > 0) return count;
  throw new InvalidArgumentError('Allowed: a whole number from 1 to 999999.');
}

/** The number in `7` or `#7`; null for anything else. */
export function issueNumberOf(id: string): number | null {
  return /^#?[0-9]{1,9}$/.test(id) ? Number(id.replace('#', '')) : null;
}

/** The training id itself, or the newest run of an issue. */
export async function trainingIdOf(api: ApiClient, id: string): Promise<string> {
  const issue = issueNumberOf(id);
  if (issue === null) return id;
  const { runs } = await api.get<IssueView>(`/api/issues/${issue}`);
  const [newest] = runs;
  if (newest !== undefined) return newest.training_id;
  throw new DandoriError('not_found', `Issue #${issue} has no run.`, { next: `see why: npx dandori show ${issue}` });
}
