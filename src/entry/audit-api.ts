import { z } from 'zod';
import type { FastifyInstance } from 'fastify';
import type { AuditLog, AuditRecord } from '../ports/audit-log.js';
import { DandoriError } from '../errors.js';
import type { AuditLine } from './api-types.js';

const query = z.object({
  training_id: z.string().max(80).optional(),
  issue: z.coerce.number().int().min(1).optional(),
  by: z.string().max(80).optional(),
  since: z.iso.datetime({ offset: true }).optional(),
  limit: z.coerce.number().int().min(1).max(100_000).optional(),
});

function lineOf(record: AuditRecord): AuditLine {
  const { sequence, at, by, action, outcome, detail, digest } = record;
  const about = { issue_number: record.issueNumber, training_id: record.trainingId, plan_hash: record.planHash };
  return { sequence, at, by, action, outcome, ...about, detail, digest };
}

/** `GET /api/audit`: the entries that fit, oldest first. */
export function addAudit(server: FastifyInstance, audit: AuditLog): void {
  server.get('/api/audit', async (request): Promise<AuditLine[]> => {
    const parsed = query.safeParse(request.query);
    if (!parsed.success) {
      throw new DandoriError('invalid_input', 'The audit log cannot be asked this.', {
        found: z.prettifyError(parsed.error),
      });
    }
    const { training_id: trainingId, issue: issueNumber, by, since, limit } = parsed.data;
    const records = await audit.list({
      ...(trainingId === undefined ? {} : { trainingId }),
      ...(issueNumber === undefined ? {} : { issueNumber }),
      ...(by === undefined ? {} : { by }),
      ...(since === undefined ? {} : { since: new Date(since).toISOString() }),
      ...(limit === undefined ? {} : { limit }),
    });
    return records.map(lineOf);
  });
}
