import { z } from 'zod';
import { defineTool, readOnly } from '../../mcp/define-tool.js';
import type { LineageEdge, LineageNode } from '../../ports/lineage.js';

const node = z.object({
  kind: z.enum(['source', 'dataset', 'split', 'training', 'model', 'endpoint', 'issue']),
  id: z.string().describe('e.g. `churn@1.0.0` for a dataset or a model, the training_id, the name of the endpoint'),
});
const edge = z.object({ from: node, to: node, relation: z.string() });

function nodesOf(edges: readonly LineageEdge[], start: LineageNode): LineageNode[] {
  const seen = new Map<string, LineageNode>();
  for (const { kind, id } of edges.flatMap(({ from, to }) => [from, to])) seen.set(`${kind} ${id}`, { kind, id });
  seen.delete(`${start.kind} ${start.id}`);
  return [...seen.values()];
}

export const trackModelLineage = defineTool({
  name: 'track_model_lineage',
  title: 'Trace lineage',
  description:
    'What something was made from (upstream: source, dataset, training) and what was made from it (downstream: models, endpoints). ' +
    'Edges point from the cause to the result.',
  input: z.object({ node, direction: z.enum(['upstream', 'downstream', 'both']).default('both') }),
  output: z.object({ node, upstream: z.array(node), downstream: z.array(node), edges: z.array(edge) }),
  annotations: readOnly,
  effect: null,
  handler: async ({ node: start, direction }, { ports }) => {
    const upstream =
      direction === 'downstream' ? [] : await ports.lineage.trace({ node: start, direction: 'upstream' });
    const downstream =
      direction === 'upstream' ? [] : await ports.lineage.trace({ node: start, direction: 'downstream' });
    return {
      node: start,
      upstream: nodesOf(upstream, start),
      downstream: nodesOf(downstream, start),
      edges: [...upstream, ...downstream],
    };
  },
});
