import { z } from 'zod';
import { DandoriError } from '../../errors.js';
import { defineTool, readOnly } from '../../mcp/define-tool.js';

const limitBytes = 1_000_000;

/** Folders of the object store that hold what runs wrote for people; data sets and models are not read in one piece. */
const readable =
  /^(?:optimizations|evaluations|trainings|datasets|models|monitoring|rollbacks|logs|plans)\/[A-Za-z0-9._/-]+\.(?:json|md|log)$/;

export const readDocument = defineTool({
  name: 'read_document',
  title: 'Read a document of a run',
  description:
    'The text of a report that a run wrote (JSON, Markdown or log; up to 1 MB), by its object key. Changes nothing.',
  input: z.object({ key: z.string().min(1).max(900) }),
  output: z.object({ key: z.string(), bytes: z.number().int(), sha256: z.string(), text: z.string() }),
  annotations: readOnly,
  effect: null,
  handler: async ({ key }, { ports }) => {
    if (!readable.test(key) || key.split('/').includes('..')) {
      throw new DandoriError('not_allowed', 'This object is not a document of a run.', {
        found: key,
        allowed:
          '.json, .md and .log below optimizations/, evaluations/, trainings/, datasets/, models/, monitoring/, rollbacks/, logs/',
      });
    }
    const info = await ports.objects.head({ key });
    if (info === null) throw new DandoriError('not_found', `There is no document ${key}.`);
    if (info.bytes > limitBytes) {
      throw new DandoriError('limit_exceeded', `The document ${key} is too large to be read in one piece.`, {
        found: `${info.bytes} bytes`,
        allowed: `${limitBytes} bytes`,
      });
    }
    const text = new TextDecoder().decode(await ports.objects.get({ key }));
    return { key, bytes: info.bytes, sha256: info.sha256, text };
  },
});
