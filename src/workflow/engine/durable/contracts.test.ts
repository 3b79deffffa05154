import { openDatabase } from '../../../db.js';
import { taskQueueSuite } from '../../../ports/task-queue.testsuite.js';
import { contractDefinition, workflowEngineSuite } from '../../../ports/workflow-engine.testsuite.js';
import { createEmbeddedEngine } from './embedded-engine.js';
import { virtualClock } from '../testing/virtual-clock.js';

async function settle(): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve));
}

function makeRig() {
  const db = openDatabase(':memory:');
  const clock = virtualClock(Date.UTC(2026, 10, 21));
  const engine = createEmbeddedEngine({ db, definition: contractDefinition, stateMachineName: 'contract', clock });
  engine.start();
  return {
    db,
    engine,
    queue: engine,
    advance: async (ms: number) => {
      await settle();
      clock.advance(ms);
      await settle();
    },
    close: async () => {
      engine.close();
      db.close();
    },
  };
}

workflowEngineSuite('embedded', async () => makeRig());

taskQueueSuite('embedded', async () => {
  const { db, advance, close, queue } = makeRig();
  const send = async (body: unknown): Promise<void> => {
    // A message without an execution: straight into the table.
    db.run('INSERT INTO wf_message (body) VALUES (?)', JSON.stringify(body));
  };
  return { queue, send, advance, close };
});
