/** What is wrong with a command, in both languages. Foreign text arrives escaped. */
export interface CommandMessages {
  unreadable: (command: string) => string;
  /** What to do then. */
  again: (command: string) => string;
  /** A block in a comment that is no valid request. */
  unreadableBlock: string;
  blockAgain: string;
  badHash: (found: string) => string;
  badPlace: (found: string) => string;
  unknown: (found: string, nearest: string) => string;
}

const en: CommandMessages = {
  unreadable: (command) => `\`${command}\` cannot be carried out`,
  again: (command) => `Comment \`${command}\` again with this mended; until then nothing changes.`,
  unreadableBlock: 'This block is no request that can be planned',
  blockAgain:
    'Comment the whole block again with this mended, or `/override` with only the fields that change; until then nothing changes.',
  badHash: (found) =>
    `This is not counted as an approval: behind \`/approve\` stands ${found}. Allowed: nothing, or at least 7 characters of the plan's hash. Post a new comment with \`/approve\` alone on its line.`,
  badPlace: (found) =>
    `Nothing was rolled back: behind \`/rollback\` stands ${found}. Allowed: nothing, \`staging\` or \`production\`.`,
  unknown: (found, nearest) => `${found} is not a command, nothing was done. Did you mean \`/${nearest}\`?`,
};

const ja: CommandMessages = {
  unreadable: (command) => `\`${command}\` を実行できません`,
  again: (command) => `修正した \`${command}\` を新しいコメントとして投稿してください。それまでは何も変わりません。`,
  unreadableBlock: 'このブロックはリクエストとして扱えません',
  blockAgain:
    '修正したブロック全体を新しいコメントとして投稿するか、変更する項目だけを添えて `/override` とコメントしてください。それまでは何も変わりません。',
  badHash: (found) =>
    `承認として扱われませんでした。\`/approve\` の後ろに ${found} があります。指定できるのは、何も付けないか、プランのハッシュの7文字以上です。\`/approve\` だけの行を含む新しいコメントを投稿してください。`,
  badPlace: (found) =>
    `ロールバックしていません。\`/rollback\` の後ろに ${found} があります。指定できるのは、何も付けないか、\`staging\` または \`production\` です。`,
  unknown: (found, nearest) =>
    `${found} というコマンドはありません。何も実行していません。\`/${nearest}\` のことですか?`,
};

export const commandMessages = { en, ja } as const;
