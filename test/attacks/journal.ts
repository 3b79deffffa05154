import { join } from 'node:path';
import { openDatabase } from '../../src/db.js';
import type { StoryWorld } from '../journeys/start-world.js';

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

/** How many events the history of a run holds. */
export async function eventsOf({ server }: StoryWorld, trainingId: string): Promise<number> {
  return (await server.app.ports.engine.getExecutionHistory({ name: trainingId })).length;
}
