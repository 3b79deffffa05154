import { z } from 'zod';
import type { ApprovalPolicy } from '../contracts/plan.js';
import type { RunRef } from '../contracts/run-ref.js';
import type { AllTools } from '../capabilities/index.js';
import { DandoriError } from '../errors.js';
import type { ToolClient } from '../mcp/tool-client.js';
import type { AgentResult } from '../workflow/agent-result.js';

/** What of this installation goes into a plan. */
export interface Installation {
  /** SHA-256 of the files that will run; a request's own script is digested beside it. */
  code_digest: string;
  /** SHA-256 of the trainer's environment: requirements and Python version. */
  environment_digest: string;
  policy: ApprovalPolicy;
}

/** What an agent works with: the run, the tools, the installation; nothing else of the outside. */
export interface AgentContext {
  run: RunRef;
  tools: ToolClient<AllTools>;
  installation: Installation;
  now: () => Date;
}

/** One responsibility behind one or more states of the workflow. */
export interface Agent {
  /** As the state machine's messages name it. */
  name: string;
  work: (input: unknown, context: AgentContext) => Promise<AgentResult>;
}

/** Wraps an agent's function with the check of what goes in and comes out. */
export function defineAgent<I extends z.ZodType, O extends z.ZodType>(definition: {
  name: string;
  input: I;
  output: O;
  run: (
    input: z.output<I>,
    context: AgentContext,
  ) => Promise<{ kind: 'done'; output: z.input<O> } | Exclude<AgentResult, { kind: 'done' }>>;
}): Agent & { input: I; output: O } {
  const { name, input, output, run } = definition;
  return {
    name,
    input,
    output,
    async work(given, context) {
      const parsed = input.safeParse(given);
      if (!parsed.success) throw broken(name, 'was given', context.run, parsed.error);
      const result = await run(parsed.data, context);
      if (result.kind !== 'done') return result;
      const checked = output.safeParse(result.output);
      if (!checked.success) throw broken(name, 'answered', context.run, checked.error);
      return { kind: 'done', output: asRecord(checked.data) };
    },
  };
}

function asRecord(value: unknown): Record<string, unknown> {
  return z.record(z.string(), z.unknown()).parse(value);
}

function broken(name: string, verb: string, run: RunRef, error: z.ZodError): DandoriError {
  return new DandoriError(
    'internal',
    `The agent ${name} ${verb} something unexpected in ${run.state} of ${run.training_id}.`,
    {
      found: z.prettifyError(error),
    },
  );
}

/** A tool's answer while its job runs is no result yet: the agent is called again when the job has ended. */
export function waitFor(job: { job_name: string }): AgentResult & { kind: 'wait_for_job' } {
  return { kind: 'wait_for_job', jobName: job.job_name };
}

export function done<T>(output: T): { kind: 'done'; output: T } {
  return { kind: 'done', output };
}
