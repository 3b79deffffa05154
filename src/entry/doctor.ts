import type { Config } from '../config.js';
import type { LocalParts } from '../compose.js';
import { messageOf } from '../errors.js';
import { verifyChain } from '../history/chain.js';
import type { AuditLog } from '../ports/audit-log.js';
import type { DoctorLine } from './api-types.js';
import { channelsText } from './test-channels.js';

const restoreHistory =
  'look at "git log" in the history folder of the state directory and restore the file from the commit before';

async function one(name: string, body: () => Promise<DoctorLine | string>, fix: string): Promise<DoctorLine> {
  try {
    const answer = await body();
    return typeof answer === 'string' ? { check: name, status: 'ok', detail: answer, fix: null } : answer;
  } catch (error) {
    return { check: name, status: 'fail', detail: messageOf(error), fix };
  }
}

function checkAudit(audit: AuditLog): Promise<DoctorLine> {
  const check = async () => {
    const problems = await audit.verify();
    if (problems.length > 0) throw new Error(problems.slice(0, 5).join('; '));
    return 'every entry is as it was written';
  };
  return one('audit log', check, 'somebody wrote to the database: compare it with a copy of the state directory');
}

/** Checks of one state directory: database, history, audit log, models in service. */
export async function runDoctor(config: Config, parts: LocalParts): Promise<DoctorLine[]> {
  const { db, ports, github, audit } = parts;
  return [
    await one(
      'database',
      async () => {
        const answer = String(db.first('PRAGMA quick_check')?.['quick_check'] ?? '');
        if (answer !== 'ok') throw new Error(`dandori.db is damaged: ${answer}`);
        return `${config.stateDir}/dandori.db is sound`;
      },
      'restore the state directory from a copy',
    ),
    await one(
      'history',
      async () => {
        const problems = await verifyChain(ports.history);
        if (problems.length > 0)
          throw new Error(
            `records were changed after they were written: ${problems.map(({ file, problem }) => `${file} ${problem}`).join('; ')}`,
          );
        return 'every record is as it was written';
      },
      restoreHistory,
    ),
    await checkAudit(audit),
    await one(
      'models in service',
      async () => {
        const endpoints = await ports.endpoints.listEndpoints();
        const broken = endpoints.filter((endpoint) => endpoint.status === 'Failed');
        if (broken.length > 0)
          throw new Error(
            broken.map((endpoint) => `${endpoint.endpointName}: ${endpoint.failureReason ?? ''}`).join('; '),
          );
        return endpoints.length === 0
          ? 'none yet'
          : endpoints.map((endpoint) => `${endpoint.endpointName} ${endpoint.status}`).join(', ');
      },
      'npx dandori up starts the model servers again',
    ),
    await one('notifications', async () => channelsText(ports.notifiers), ''),
    ...((await github?.check()) ?? []),
  ];
}
