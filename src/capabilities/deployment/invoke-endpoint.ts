import { z } from 'zod';
import { slug } from '../../contracts/run-ref.js';
import { defineTool, readOnly } from '../../mcp/define-tool.js';

const jsonType = 'application/json';

export const invokeEndpoint = defineTool({
  name: 'invoke_endpoint',
  title: 'Ask an endpoint for predictions',
  description:
    'Sends rows to an endpoint as a client would and answers its status code and body. JSON (an object, a list of objects, or ' +
    '{"instances": [...]}) or CSV. A wrong field is answered with status 400 and its name, not as an error of this tool.',
  input: z.object({
    endpoint_name: slug,
    body: z.string().max(6_291_456).describe('The rows, as text'),
    content_type: z.enum([jsonType, 'text/csv']).default(jsonType),
    accept: z.enum([jsonType, 'text/csv']).default(jsonType),
  }),
  output: z.object({ status_code: z.number().int(), body: z.string(), variant_name: z.string().nullable() }),
  annotations: readOnly,
  effect: null,
  handler: async ({ endpoint_name: endpointName, body, content_type: contentType, accept }, { ports }) => {
    await ports.endpoints.describeEndpoint({ endpointName });
    const answer = await ports.endpoints.invokeEndpoint({ endpointName, body, contentType, accept });
    return { status_code: answer.statusCode, body: answer.body, variant_name: answer.variantName };
  },
});
