import { z } from 'zod';
import { runRef } from '../contracts/run-ref.js';
import { DandoriError } from '../errors.js';
import type { ToolContext, ToolDefinition } from './define-tool.js';
import { argumentNames, inputSchema } from './tool-schemas.js';

/** Where an execution stands, as `effect.states` names it: a state of the machine, or `Succeeded` after a good end. */
async function standing(context: ToolContext, trainingId: string): Promise<string> {
  const execution = await context.ports.engine.describeExecution({ name: trainingId });
  if (execution.status === 'SUCCEEDED') return 'Succeeded';
  if (execution.status !== 'RUNNING') return execution.status;
  return execution.currentState ?? 'RUNNING';
}

/** A tool with an outside effect works only for an approved run that is in a state meant for it: no client goes round the approval. */
async function requireState(tool: ToolDefinition, input: Record<string, unknown>, context: ToolContext): Promise<void> {
  if (tool.effect === null) return;
  const run = runRef.safeParse(input['run']);
  if (!run.success) {
    throw new DandoriError('not_allowed', `The tool ${tool.name} changes things outside and works only for a run.`, {
      found: 'no "run" with training_id, state, visit and attempt',
      allowed: `a run in ${tool.effect.states.join(', ')}`,
      next: 'open a request ("npx dandori submit FILE") and let it be approved.',
    });
  }
  const at = await standing(context, run.data.training_id);
  if (!tool.effect.states.includes(at) || run.data.state !== at) {
    throw new DandoriError('wrong_state', `The tool ${tool.name} cannot act for ${run.data.training_id} now.`, {
      found: `the run is in ${at}, the call is for ${run.data.state}`,
      allowed: tool.effect.states.join(', '),
      next: `see "npx dandori show ${run.data.training_id}".`,
    });
  }
}

function cancelled(tool: ToolDefinition, cause?: unknown): DandoriError {
  return new DandoriError('cancelled', `The call of ${tool.name} was cancelled.`, {
    next: 'call it again: a job that it had started goes on and is found.',
    ...(cause === undefined ? {} : { cause }),
  });
}

/** What a handler throws because its signal was aborted, in our words; everything else as it is. */
async function handle(tool: ToolDefinition, input: Record<string, unknown>, context: ToolContext): Promise<unknown> {
  if (context.signal.aborted) throw cancelled(tool);
  try {
    return await tool.handler(input, context);
  } catch (error) {
    if (context.signal.aborted && !(error instanceof DandoriError)) throw cancelled(tool, error);
    throw error;
  }
}

async function invoke(tool: ToolDefinition, args: unknown, context: ToolContext): Promise<Record<string, unknown>> {
  const input = inputSchema(tool).safeParse(args ?? {});
  if (!input.success) {
    throw new DandoriError('invalid_input', `The arguments of ${tool.name} are not valid.`, {
      found: z.prettifyError(input.error),
      allowed: argumentNames(tool),
      next: 'read the input schema of the tool ("tools/list") and call again.',
    });
  }
  await requireState(tool, input.data, context);
  const output = tool.output.safeParse(await handle(tool, context.redact.value(input.data), context));
  if (!output.success) {
    throw new DandoriError('internal', `The tool ${tool.name} answered something that its schema does not allow.`, {
      found: z.prettifyError(output.error),
    });
  }
  return output.data;
}

/** Checks the arguments, the state of the run and the answer around one tool's handler; throws DandoriError. No secret goes in or out. */
export async function invokeTool(
  tool: ToolDefinition,
  args: unknown,
  context: ToolContext,
): Promise<Record<string, unknown>> {
  try {
    return context.redact.value(await invoke(tool, args, context));
  } catch (error) {
    throw context.redact.error(error);
  }
}
