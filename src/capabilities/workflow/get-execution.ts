import { z } from 'zod';
import { trainingId } from '../../contracts/run-ref.js';
import { statesOf } from '../../history/states-of.js';
import { defineTool, readOnly } from '../../mcp/define-tool.js';

const stateView = z.object({
  state: z.string(),
  status: z.enum(['running', 'succeeded', 'failed']),
  attempts: z.number().int(),
  started_at: z.string(),
  ended_at: z.string().nullable(),
  duration_ms: z.number().nullable(),
  error: z.string().nullable(),
  cause: z.string().nullable(),
});

export const getExecution = defineTool({
  name: 'get_execution',
  title: 'Get a run',
  description: 'Status of a run and each visit of its states: attempts, duration, error. Changes nothing.',
  input: z.object({ training_id: trainingId }),
  output: z.object({
    training_id: trainingId,
    status: z.enum(['RUNNING', 'SUCCEEDED', 'FAILED', 'TIMED_OUT', 'ABORTED']),
    current_state: z.string().nullable(),
    started_at: z.string(),
    stopped_at: z.string().nullable(),
    error: z.string().nullable(),
    cause: z.string().nullable(),
    states: z.array(stateView),
  }),
  annotations: readOnly,
  effect: null,
  handler: async ({ training_id: name }, { ports }) => {
    const execution = await ports.engine.describeExecution({ name });
    return {
      training_id: name,
      status: execution.status,
      current_state: execution.currentState,
      started_at: execution.startedAt,
      stopped_at: execution.stoppedAt,
      error: execution.error ?? null,
      cause: execution.cause ?? null,
      states: statesOf(await ports.engine.getExecutionHistory({ name })),
    };
  },
});
