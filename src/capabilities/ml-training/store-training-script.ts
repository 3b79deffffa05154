import { readFile, stat } from 'node:fs/promises';
import { basename } from 'node:path';
import { z } from 'zod';
import { runRef } from '../../contracts/run-ref.js';
import { failure } from '../../messages/failures.js';
import { runFailures } from '../../messages/run-failures.js';
import { defineTool, writes } from '../../mcp/define-tool.js';
import { resolveDataFile } from '../data-preparation/logic/data-path.js';

const MAX_BYTES = 1_000_000;

/** Keeps a user's own training program as it is now, so that what is planned is what will run. */
export const storeTrainingScript = defineTool({
  name: 'store_training_script',
  title: 'Keep a training script',
  description:
    'Copies a training program (one Python file inside a data root) into the object store under the run, and answers its key and SHA-256, ' +
    'which become part of the plan.',
  input: z.strictObject({ run: runRef, path: z.string().min(1).max(4096) }),
  output: z.object({ key: z.string(), sha256: z.string(), bytes: z.number() }),
  annotations: writes,
  effect: { states: ['OptimizeWorkflow'] },
  async handler({ run, path }, { ports, dataRoots }) {
    const file = await resolveDataFile(path, dataRoots);
    // The name that the request gives, not that of a file behind a link: the plan and the job know it by this one.
    const name = basename(path);
    const { size } = await stat(file);
    if (!/^[A-Za-z0-9_-][A-Za-z0-9._-]{0,99}\.py$/.test(name) || size > MAX_BYTES) {
      throw failure(
        'invalid_input',
        runFailures.script({ name: name.slice(0, 100), bytes: size, maxBytes: MAX_BYTES }),
      );
    }
    const key = `optimizations/${run.training_id}/code/${name}`;
    return ports.objects.put({ key, body: await readFile(file) });
  },
});
