import { z } from 'zod';
import { slug } from '../../contracts/run-ref.js';
import { defineTool, readOnly } from '../../mcp/define-tool.js';
import { endpointShape, toEndpointShape } from './logic/endpoint-shape.js';

export const describeEndpoint = defineTool({
  name: 'describe_endpoint',
  title: 'Describe an endpoint',
  description: 'Answers the status of one endpoint, which version serves it, and the address to send requests to.',
  input: z.object({ endpoint_name: slug }),
  output: endpointShape,
  annotations: readOnly,
  effect: null,
  handler: async ({ endpoint_name: endpointName }, { ports }) =>
    toEndpointShape(await ports.endpoints.describeEndpoint({ endpointName })),
});
