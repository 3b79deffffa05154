import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import { messageOf } from '../errors.js';
import { outcomeOf } from '../issue/audit.js';
import type { ToolDefinition } from '../mcp/define-tool.js';
import type { AuditEntry, AuditLog } from '../ports/audit-log.js';

/** Runs a tool for somebody outside, and keeps what came of it when the tool changes something. */
export type WatchCall = <T>(tool: ToolDefinition, args: unknown, call: () => Promise<T>) => Promise<T>;

export interface AuditedCallsParts {
  audit: AuditLog;
  now: () => Date;
  /** The plan that a run is about; rejects for a run that does not exist. */
  planOf: (trainingId: string) => Promise<string | null>;
}

const named = z.object({ run: z.object({ training_id: z.string().max(80) }) });

/**
 * Keeps the calls of `by` in the audit log: which tool, for which run and plan, and why it was refused. What a tool does lies
 * outside of the database, so that it and its entry cannot be one commit: a call is told before it begins, too.
 */
export function auditedCalls({ audit, now, planOf }: AuditedCallsParts, by: string): WatchCall {
  return async (tool, args, call) => {
    if (tool.annotations.readOnlyHint) return call();
    const id = randomUUID();
    const trainingId = named.safeParse(args).data?.run.training_id ?? null;
    const planHash = trainingId === null ? null : await planOf(trainingId).catch(() => null);
    const told = (outcome: AuditEntry['outcome'], why: string | null) =>
      audit.record({
        key: `tool/${id}/${outcome}`,
        at: now().toISOString(),
        by,
        action: 'call_tool',
        outcome,
        issueNumber: null,
        trainingId,
        planHash,
        detail: why === null ? tool.name : `${tool.name}: ${why}`,
      });
    await told('begun', null);
    try {
      const answer = await call();
      await told('done', null);
      return answer;
    } catch (error) {
      await told(outcomeOf(error), messageOf(error));
      throw error;
    }
  };
}
