import { z } from 'zod';
import { defineTool, readOnly } from '../../mcp/define-tool.js';
import { labels } from '../../request/labels.js';

export const detectIssue = defineTool({
  name: 'detect_issue',
  title: 'Detect a request',
  description:
    'Whether an issue is a training request: only one that carries the label mlops:train is. Answers the issue as it is now.',
  input: z.object({ issue_number: z.number().int().positive() }),
  output: z.object({
    issue_number: z.number().int(),
    is_request: z.boolean(),
    title: z.string(),
    body: z.string(),
    labels: z.array(z.string()),
    author: z.string(),
    state: z.enum(['open', 'closed']),
    url: z.string(),
  }),
  annotations: readOnly,
  effect: null,
  async handler({ issue_number: number }, { ports }) {
    const { title, body, labels: carried, author, state, url } = await ports.issues.getIssue({ number });
    const isRequest = carried.includes(labels.train);
    return { issue_number: number, is_request: isRequest, title, body, labels: carried, author, state, url };
  },
});
