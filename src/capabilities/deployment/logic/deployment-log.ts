import { z } from 'zod';
import type { ObjectStore } from '../../../ports/object-store.js';
import { deploymentLogKey, rollbackEntry } from '../../shared/deployment-log.js';
import { findJson, writeJson } from '../../shared/json-objects.js';
import { deployment, type Deployment } from './deploy.js';

const logEntry = z.object({
  training_id: z.string(),
  model_name: z.string(),
  version: z.string(),
  deploy_to: z.string(),
  deployment_strategy: z.string(),
  /** Who promoted it; absent where the plan of the run put it there. */
  requested_by: z.string().optional(),
  ...deployment.shape,
});
export type DeploymentLogEntry = z.infer<typeof logEntry>;

const deploymentLog = z.object({ format: z.literal(1), entries: z.array(z.union([rollbackEntry, logEntry])) });
type LogEntry = z.infer<typeof deploymentLog>['entries'][number];

const isDeployment = (entry: LogEntry): entry is DeploymentLogEntry => !('rolled_back_at' in entry);

export type DocumentLanguage = 'en' | 'ja';

const texts = {
  en: {
    title: (entry: DeploymentLogEntry) => `Deployment of ${entry.model_name} ${entry.version}`,
    log: 'Deployment log',
    columns: ['Time', 'Training', 'Endpoint', 'Strategy', 'Version before', 'Health check'],
    none: 'none',
    call: 'Call it',
    rollback: 'Rollback plan',
    plan: (entry: DeploymentLogEntry) =>
      entry.previous_version === null
        ? 'There is no earlier version on this endpoint: there is nothing to go back to. Deploy a corrected version, or take the endpoint down.'
        : `The version before is \`${entry.previous_version}\`. One command puts it back without a dropped request:`,
    automatic:
      'A version that does not load, or does not answer a sample row, never takes traffic: the one before keeps serving.',
  },
  ja: {
    title: (entry: DeploymentLogEntry) => `デプロイメント: ${entry.model_name} ${entry.version}`,
    log: 'デプロイメントログ',
    columns: ['日時', '学習ID', 'エンドポイント', '戦略', '前バージョン', 'ヘルスチェック'],
    none: 'なし',
    call: '呼び出し例',
    rollback: 'ロールバック計画',
    plan: (entry: DeploymentLogEntry) =>
      entry.previous_version === null
        ? 'このエンドポイントには前のバージョンがないため、戻す先はありません。修正したバージョンをデプロイするか、エンドポイントを停止してください。'
        : `前のバージョンは \`${entry.previous_version}\` です。次のコマンドで、リクエストを落とさずに戻せます。`,
    automatic:
      'ロードできない、またはサンプル行に応答しないバージョンにはトラフィックを流しません。前のバージョンが動き続けます。',
  },
} as const;

/** Keys of the release's deployment documents. */
function deploymentKeys(packagePrefix: string): { log: string; document: string } {
  return { log: deploymentLogKey(packagePrefix), document: `${packagePrefix}/deployment.md` };
}

/** Adds the deployment to the release's log (once a run and endpoint) and writes the document anew. */
export async function recordDeployment(
  objects: ObjectStore,
  packagePrefix: string,
  entry: DeploymentLogEntry,
  language: DocumentLanguage,
): Promise<{ log: string; document: string }> {
  const keys = deploymentKeys(packagePrefix);
  const before = (await findJson(objects, keys.log, deploymentLog))?.entries ?? [];
  const isSame = (other: LogEntry): boolean =>
    isDeployment(other) &&
    other.training_id === entry.training_id &&
    other.endpoint_name === entry.endpoint_name &&
    other.deployed_at === entry.deployed_at;
  const entries = [...before.filter((other) => !isSame(other)), entry];
  await writeJson(objects, keys.log, { format: 1, entries });
  await objects.put({ key: keys.document, body: deploymentDocument(entries.filter(isDeployment), entry, language) });
  return keys;
}

/** A run's own deployment goes by the run; what was promoted shares it, and goes by the endpoint. */
function rollbackName({ requested_by, training_id, endpoint_name }: DeploymentLogEntry): string {
  return requested_by === undefined ? training_id : endpoint_name;
}

/** The document of a release: what was deployed where, how to call it, how to go back. */
function deploymentDocument(
  entries: readonly DeploymentLogEntry[],
  latest: DeploymentLogEntry,
  language: DocumentLanguage,
): string {
  const text = texts[language];
  const rows = entries.map((entry) =>
    [
      entry.deployed_at,
      entry.training_id,
      `${entry.endpoint_name} (${entry.deploy_to})`,
      entry.deployment_strategy,
      entry.previous_version ?? text.none,
      `${entry.health_check.status_code}, ${entry.health_check.latency_ms} ms`,
    ].join(' | '),
  );
  const lines = [
    `# ${text.title(latest)}`,
    '',
    `## ${text.log}`,
    '',
    `| ${text.columns.join(' | ')} |`,
    `|${' --- |'.repeat(text.columns.length)}`,
    ...rows.map((row) => `| ${row} |`),
    '',
    `## ${text.call}`,
    '',
    '```sh',
    curlLine(latest),
    '```',
    '',
    `## ${text.rollback}`,
    '',
    text.plan(latest),
    ...(latest.previous_version === null ? [] : ['', '```sh', `npx dandori rollback ${rollbackName(latest)}`, '```']),
    '',
    text.automatic,
  ];
  return `${lines.join('\n')}\n`;
}

/** A line for a shell that asks the endpoint with the health check's row; safe against quotes in the values. */
export function curlLine(entry: Pick<Deployment, 'invocation_url' | 'health_check'>): string {
  const body = entry.health_check.request.replaceAll("'", String.raw`'\''`);
  return `curl -s ${entry.invocation_url} -H 'Content-Type: application/json' -d '${body}'`;
}
