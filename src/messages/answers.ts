import { wordFor } from './comments.js';
import { ja } from './ja.js';

/** One-line answers to what people write on an issue, in both languages. Names and reasons arrive as Markdown. */
export interface Answers {
  /** `what`: the command, or null for a request. */
  noRight: (user: string, what: string | null, needed: string) => string;
  changedTooLate: () => string;
  unchanged: () => string;
  replanned: () => string;
  nothingToApprove: () => string;
  nothingToRetry: () => string;
  nothingToOverride: () => string;
  /** `whose`: everybody's runs, or those of one person. */
  tooManyOpen: (whose: 'all' | 'own', limit: number) => string;
  nothingToCancel: () => string;
  tooLateToCancel: () => string;
  nothingToRollBack: () => string;
  nothingToPromote: () => string;
  servesProduction: () => string;
  /** `before`: the version that gave way, or null. */
  promoted: (endpoint: string, version: string, before: string | null) => string;
  promotedBefore: (endpoint: string, version: string) => string;
  approved: (user: string, hash: string) => string;
  notApproved: (why: string) => string;
  overridden: (user: string) => string;
  retrying: (user: string, hash: string) => string;
  /** `now`: the hyperparameters that the model was trained with. */
  retryUnchanged: (now: string) => string;
  cancelling: (user: string) => string;
  /** `still`: where the version that gave way serves besides. */
  rolledBack: (endpoint: string, from: string, to: string, still: string[]) => string;
  failed: (what: string) => string;
  eventFailed: (what: string) => string;
  status: (trainingId: string, status: string, state: string | null) => string;
  noRun: () => string;
  onlyFirst: (rest: string[]) => string;
}

const answersEn: Answers = {
  noRight: (user, what, needed) =>
    `${user} may not ${what ?? 'start a training'} here: that needs the permission \`${needed}\`. Nothing was done.`,
  changedTooLate: () =>
    'The plan was approved before this, so this changes nothing. Use `/cancel` and open a new request to train with it.',
  unchanged: () => 'The plan that waits is made for this request already.',
  replanned: () => 'The request was changed: a new proposal follows, the old one can no longer be approved.',
  nothingToApprove: () => 'Nothing waits for an approval here.',
  nothingToRetry: () =>
    'Nothing waits for a retry here: `/retry` answers the question that is asked when a model misses its threshold.',
  nothingToOverride: () => 'Nothing waits for an approval here, so there is nothing to override.',
  tooManyOpen: (whose, limit) =>
    `Nothing was started: at most ${limit} open ${limit === 1 ? 'run' : 'runs'} ${whose === 'own' ? 'of one person ' : ''}are allowed, and there are as many. When one has ended, take the label \`mlops:train\` off and set it again.`,
  nothingToCancel: () => 'No run of this issue is under way, so there is nothing to cancel.',
  tooLateToCancel: () =>
    'It is too late to cancel: the model is being released. `/rollback` puts the previous version back when it is done.',
  nothingToRollBack: () => 'No model of this issue is in service, so there is nothing to roll back.',
  nothingToPromote: () => 'No model of this issue is in service, so there is nothing to promote.',
  servesProduction: () => 'The model of this issue serves production already.',
  promoted: (endpoint, version, before) =>
    `Promoted. ${endpoint} serves version ${version}${before === null ? '' : `; version ${before} gave way`}. \`/rollback production\` takes it back where there is a version before.`,
  promotedBefore: (endpoint, version) => `${endpoint} serves version ${version} already; nothing was changed.`,
  approved: (user, hash) => `Approved by ${user}: the plan \`${hash.slice(0, 12)}\` runs.`,
  notApproved: (why) => `This is not counted as an approval: ${why}`,
  overridden: (user) => `Overridden by ${user}: a new plan is made and runs with this approval.`,
  retrying: (user, hash) => `${user} adjusted the hyperparameters: the plan \`${hash.slice(0, 12)}\` trains again.`,
  retryUnchanged: (now) =>
    `That changes nothing: it would train the same model again. Hyperparameters now: ${now}. Give at least one another value in a new \`/retry\`; no retry was used.`,
  cancelling: (user) => `Cancelled by ${user}.`,
  rolledBack: (endpoint, from, to, still) =>
    `Rolled back. ${endpoint} went back from version ${from} to ${to}; version ${from} is ${still.length === 0 ? 'archived and rejected' : `rejected, and serves ${still.join(' and ')} still`}.`,
  failed: (what) => `That did not work: ${what}`,
  eventFailed: (what) => `This could not be worked on: ${what}`,
  status: (trainingId, status, state) =>
    `\`${trainingId}\` is **${status}**${state === null ? '' : `, in \`${state}\``}.`,
  noRun: () => 'This issue has no run.',
  onlyFirst: (rest) =>
    `Only the first command of a comment counts; not done: ${rest.map((one) => `\`${one}\``).join(', ')}.`,
};

const answersJa: Answers = {
  noRight: (user, what, needed) =>
    `${user} には${what === null ? '学習を開始する' : ` \`${what}\` を実行する`}権限がありません。必要な権限: \`${needed}\`。何も実行していません。`,
  changedTooLate: () =>
    'プランはすでに承認済みのため、この変更は反映されません。反映するには `/cancel` のあと新しいリクエストを作成してください。',
  unchanged: () => '承認待ちのプランは、すでにこのリクエストの内容です。',
  replanned: () => 'リクエストが変更されました。新しい提案を投稿します。以前の提案は承認できません。',
  nothingToApprove: () => '承認待ちの提案はありません。',
  nothingToRetry: () => '再学習の入力待ちではありません。`/retry` は閾値を下回ったときの質問への回答です。',
  nothingToOverride: () => '承認待ちの提案がないため、上書きする対象がありません。',
  tooManyOpen: (whose, limit) =>
    `開始しませんでした。待機中または実行中の${whose === 'own' ? 'あなたの' : ''}ワークフローが上限の${limit}件に達しています。いずれかが終了したら、ラベル \`mlops:train\` を外して付け直してください。`,
  nothingToCancel: () => '実行中のワークフローがないため、キャンセルする対象がありません。',
  tooLateToCancel: () =>
    'モデルのリリース中のためキャンセルできません。完了後に `/rollback` で前のバージョンに戻せます。',
  nothingToRollBack: () => 'このIssueのモデルは稼働していないため、ロールバックできません。',
  nothingToPromote: () => 'このIssueには提供中のモデルがないため、昇格できません。',
  servesProduction: () => 'このIssueのモデルはすでに本番環境で提供中です。',
  promoted: (endpoint, version, before) =>
    `昇格しました。${endpoint} でバージョン ${version} の提供を開始しました${before === null ? '' : `(前のバージョン ${before} と交代)`}。前のバージョンがあれば \`/rollback production\` で戻せます。`,
  promotedBefore: (endpoint, version) =>
    `${endpoint} はすでにバージョン ${version} を提供しています。何も変更していません。`,
  approved: (user, hash) => `${user} が承認しました。プラン \`${hash.slice(0, 12)}\` を実行します。`,
  notApproved: (why) => `承認として扱われませんでした: ${why}`,
  overridden: (user) => `${user} が設定を上書きしました。新しいプランをこの承認で実行します。`,
  retrying: (user, hash) =>
    `${user} がハイパーパラメータを調整しました。プラン \`${hash.slice(0, 12)}\` で再学習します。`,
  retryUnchanged: (now) =>
    `変更がないため、同じモデルの再学習になります。現在のハイパーパラメータ: ${now}。別の値を添えて、あらためて \`/retry\` とコメントしてください。再試行の回数は消費していません。`,
  cancelling: (user) => `${user} がキャンセルしました。`,
  rolledBack: (endpoint, from, to, still) =>
    `ロールバックしました。${endpoint} をバージョン ${from} から ${to} に戻しました(${from} は却下し、${still.length === 0 ? 'アーカイブ済み' : `${still.join('・')} では引き続き提供中`})。`,
  failed: (what) => `実行できませんでした: ${what}`,
  eventFailed: (what) => `処理できませんでした: ${what}`,
  status: (trainingId, status, state) =>
    `\`${trainingId}\` の状態: **${wordFor(ja.statuses, status)}**${state === null ? '' : `(\`${state}\`)`}`,
  noRun: () => 'このIssueにはまだ実行がありません。',
  onlyFirst: (rest) =>
    `1つのコメントで有効なコマンドは最初の1つだけです。実行していないもの: ${rest.map((one) => `\`${one}\``).join(', ')}`,
};

export const answers = { en: answersEn, ja: answersJa } as const;
