import { join } from 'node:path';
import { openDatabase } from '../../src/db.js';
import type { GitHubWorld } from '../journeys/github-world.js';
import { eventually, type StoryWorld } from '../journeys/world.js';

/** How many rows the tables hold that an event from outside may write to, by table. */
export function journalOf(stateDir: string): Record<string, number> {
  const db = openDatabase(join(stateDir, 'dandori.db'));
  try {
    const tables = ['github_inbox', 'github_deliveries', 'github_outbox', 'run_index', 'wf_execution', 'wf_events'];
    return Object.fromEntries(tables.map((table) => [table, db.all(`SELECT 1 FROM ${table}`).length]));
  } finally {
    db.close();
  }
}

/** Waits until GitHub has all that Dandori had to say, and its webhook has told all that happened. */
export async function quiet({ fake, folders }: GitHubWorld): Promise<void> {
  const db = openDatabase(join(folders.stateDir, 'dandori.db'));
  try {
    const unsent = () => db.all("SELECT 1 FROM github_outbox WHERE state <> 'written'").length;
    await eventually('an empty outbox', async () => (unsent() === 0 ? true : null));
  } finally {
    db.close();
  }
  await fake.webhooks.settled();
}

/** How many events the history of a run holds. */
export async function eventsOf({ server }: StoryWorld, trainingId: string): Promise<number> {
  return (await server.app.ports.engine.getExecutionHistory({ name: trainingId })).length;
}
