import type { FailureText } from './failures.js';

interface Serving {
  version: string;
  trainingId: string;
}

/** Why a rollback or a promotion that somebody ordered on the issue is not carried out. */
export const orderFailures = {
  notServing: ({
    trainingId,
    endpointName,
    current,
    elsewhere,
  }: {
    trainingId: string;
    endpointName: string;
    current: Serving | null;
    elsewhere: { version: string; place: string } | null;
  }): FailureText => {
    const ways = [
      ...(elsewhere === null
        ? []
        : [
            {
              en: `version ${elsewhere.version} serves ${elsewhere.place}: to go back there, "/rollback ${elsewhere.place}" on its issue`,
              ja: `バージョン ${elsewhere.version} は ${elsewhere.place} で提供中です。そこで戻すには、そのIssueに /rollback ${elsewhere.place} とコメントしてください。`,
            },
          ]),
      current === null
        ? { en: 'see "npx dandori list"', ja: '状況は npx dandori list で確認できます。' }
        : {
            en: `to go back from that one: "npx dandori rollback ${current.trainingId}"`,
            ja: `そのバージョンから戻すには npx dandori rollback ${current.trainingId} を実行してください。`,
          },
    ];
    return {
      en: {
        what: `The model of ${trainingId} is not in service on ${endpointName}: there is nothing to roll back.`,
        found:
          current === null
            ? 'no registered version serves there'
            : `version ${current.version} of ${current.trainingId}`,
        next: `${ways.map(({ en }) => en).join('; ')}.`,
      },
      ja: `${trainingId} のモデルは ${endpointName} で稼働していないため、ロールバックできません（${current === null ? '登録済みのバージョンは稼働していません' : `稼働中: ${current.trainingId} のバージョン ${current.version}`}）。${ways.map(({ ja }) => ja).join('')}`,
    };
  },
  noVersionBefore: ({
    modelName,
    version,
    endpointName,
    isFirst,
  }: {
    modelName: string;
    version: string;
    endpointName: string;
    isFirst: boolean;
  }): FailureText => ({
    en: {
      what: `There is no version to go back to from ${modelName} ${version} on ${endpointName}.`,
      found: isFirst
        ? 'it is the first version'
        : 'no earlier approved version that has served there and was not rolled back',
      next: `version ${version} goes on serving; make a new version by another request.`,
    },
    ja: `${endpointName} の ${modelName} ${version} には戻せるバージョンがありません（${isFirst ? '最初のバージョンです' : '承認済みで稼働実績があり、ロールバックされていない以前のバージョンがありません'}）。バージョン ${version} が引き続き稼働します。新しいバージョンは別のリクエストで作成してください。`,
  }),
  rollbackWithoutPage: ({
    done,
    why,
    endpointName,
    from,
    to,
  }: {
    done: string;
    why: string;
    endpointName: string;
    from: string | null;
    to: string | null;
  }): FailureText => ({
    en: {
      what: `${done} But this could not be written into the history.`,
      found: why,
      next: 'order the rollback again: only the page of the history is missing.',
    },
    ja: `${endpointName} をバージョン ${from} から ${to} に戻しましたが、履歴に記録できませんでした。もう一度ロールバックを指示してください（足りないのは履歴のページだけです）。詳細（原文）: ${why}`,
  }),
  notStaged: ({ trainingId, staged }: { trainingId: string; staged: Serving | null }): FailureText => ({
    en: {
      what: `The model of ${trainingId} does not serve staging.`,
      found: staged === null ? 'nothing serves there' : `version ${staged.version} of ${staged.trainingId}`,
      allowed: 'the version that serves staging',
      next: '"npx dandori list" shows which run that is.',
    },
    ja: `${trainingId} のモデルは staging で稼働していないため、昇格できません（${staged === null ? '稼働中のモデルはありません' : `稼働中: ${staged.trainingId} のバージョン ${staged.version}`}）。昇格できるのは staging で稼働中のバージョンです。npx dandori list で確認できます。`,
  }),
  notPromotable: ({ modelName, version, status }: Record<'modelName' | 'version' | 'status', string>): FailureText => ({
    en: {
      what: `${modelName} ${version} cannot go to production.`,
      found: status,
      allowed: 'an Approved version',
      next: 'make a new version by another request.',
    },
    ja: `${modelName} ${version} は本番環境に昇格できません（状態: ${status}）。昇格できるのは承認済み（Approved）のバージョンだけです。別のリクエストで新しいバージョンを作成してください。`,
  }),
} as const;
