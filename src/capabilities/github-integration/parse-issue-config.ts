import { z } from 'zod';
import { language, trainingRequest } from '../../contracts/request.js';
import { defineTool, readOnly } from '../../mcp/define-tool.js';
import { parseBody } from '../../request/parse-body.js';
import { problem } from '../../request/problem.js';

export const parsedConfig = z.object({
  /** Null: the text is no valid request; `problems` says why, all at once. */
  training_config: trainingRequest.nullable(),
  problems: z.array(problem),
  /** What was passed over, e.g. `title`. */
  notes: z.array(z.string()),
  /** Paths that the person wrote; the rest of the configuration are defaults. */
  fields: z.array(z.string()),
  language,
});

export const parseIssueConfig = defineTool({
  name: 'parse_issue_config',
  title: 'Parse a request',
  description:
    'Reads the text of an issue (YAML or JSON block, bare text, or issue form) as a training request and checks every field: the ' +
    'configuration with its defaults, or all problems at once. Starts nothing.',
  input: z.object({
    body: z.string(),
    language: language.optional().describe('Of the messages when the text names none'),
  }),
  output: parsedConfig,
  annotations: readOnly,
  effect: null,
  async handler({ body, language: wanted }) {
    const parsed = parseBody(body, wanted === undefined ? {} : { language: wanted });
    if (!parsed.ok) return { training_config: null, fields: [], ...parsed };
    const { request, fields, notes } = parsed;
    return { training_config: request, problems: [], notes, fields, language: parsed.language };
  },
});
