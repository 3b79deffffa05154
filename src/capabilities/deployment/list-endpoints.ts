import { z } from 'zod';
import { defineTool, readOnly } from '../../mcp/define-tool.js';
import { endpointShape, toEndpointShape } from './logic/endpoint-shape.js';

export const listEndpoints = defineTool({
  name: 'list_endpoints',
  title: 'List endpoints',
  description: 'Answers every endpoint with its status, the version that serves it and its address, by name.',
  input: z.object({}),
  output: z.object({ endpoints: z.array(endpointShape) }),
  annotations: readOnly,
  effect: null,
  handler: async (_input, { ports }) => ({ endpoints: (await ports.endpoints.listEndpoints()).map(toEndpointShape) }),
});
