/** Why an approval does not count, in both languages. Names and what was given arrive as Markdown. */
export interface ApprovalMessages {
  nothingValid: string;
  issueEdited: string;
  noRight: (user: string, needed: string) => string;
  bot: (user: string) => string;
  secondPerson: (user: string) => string;
  edited: string;
  older: string;
  otherHash: (given: string, current: string) => string;
  otherComment: string;
}

const en: ApprovalMessages = {
  nothingValid: 'the issue was changed and is not a valid request at the moment; mend it first.',
  issueEdited:
    'the issue was edited after this plan was made; a new proposal follows, once the issue has the label `mlops:train`.',
  noRight: (user, needed) => `${user} does not have the permission \`${needed}\` here.`,
  bot: (user) => `${user} is a bot, and a plan is approved by a person.`,
  secondPerson: (user) => `${user} made this request, and a request for production is approved by somebody else.`,
  edited: 'the comment was edited after it was posted; post a new one.',
  older: 'the comment is older than the proposal; read the proposal and approve it in a new comment.',
  otherHash: (given, current) => `it names the plan ${given}, and the plan that waits is \`${current}\`.`,
  otherComment: '👍 counts only on the comment that shows the current plan.',
};

const ja: ApprovalMessages = {
  nothingValid: 'Issueが編集され、現在は有効なリクエストではありません。先に修正してください。',
  issueEdited:
    'このプランの作成後にIssueが編集されました。新しい提案をお待ちください（ラベル `mlops:train` が必要です）。',
  noRight: (user, needed) => `${user} には権限 \`${needed}\` がありません。`,
  bot: (user) => `${user} はボットです。プランの承認は人が行います。`,
  secondPerson: (user) => `${user} はこのリクエストの作成者です。production向けのリクエストは別の人が承認します。`,
  edited: 'コメントは投稿後に編集されています。新しいコメントを投稿してください。',
  older: 'コメントは提案より前のものです。提案を確認し、新しいコメントで承認してください。',
  otherHash: (given, current) => `プラン ${given} が指定されていますが、承認待ちのプランは \`${current}\` です。`,
  otherComment: '👍が有効なのは、現在のプランを示すコメントだけです。',
};

export const approvalMessages = { en, ja } as const;
