import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import { messageOf } from '../errors.js';
import { outcomeOf } from '../issue/audit.js';
import type { ToolDefinition } from '../mcp/define-tool.js';
import type { AuditEntry, AuditLog } from '../ports/audit-log.js';

/** Runs a tool for somebody outside, and keeps what came of it when the tool changes something. */
export type WatchCall = <T>(tool: ToolDefinition, args: unknown, call: () => Promise<T>) => Promise<T>;

const named = z.object({ run: z.object({ training_id: z.string().max(80) }) });

/** Keeps the calls of `by` in the audit log: which tool, for which run, and why it was refused. */
export function auditedCalls(audit: AuditLog, by: string, now: () => Date): WatchCall {
  return async (tool, args, call) => {
    if (tool.annotations.readOnlyHint) return call();
    const told = (outcome: AuditEntry['outcome'], why: string | null) =>
      audit.record({
        key: `tool/${randomUUID()}`,
        at: now().toISOString(),
        by,
        action: 'call_tool',
        outcome,
        issueNumber: null,
        trainingId: named.safeParse(args).data?.run.training_id ?? null,
        planHash: null,
        detail: why === null ? tool.name : `${tool.name}: ${why}`,
      });
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
