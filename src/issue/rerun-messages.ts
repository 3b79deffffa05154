/** What an issue is told when a person runs a run again, in both languages. Names arrive as Markdown. */
interface RerunMessages {
  rerun: (user: string, trainingId: string, state: string) => string;
  /** Added where the approval given before does not count again. */
  approveAgain: string;
}

const en: RerunMessages = {
  rerun: (user, trainingId, state) => `${user} runs ${trainingId} again, from ${state}.`,
  approveAgain: ' The approval of before does not count again: the plan waits for a new one.',
};

const ja: RerunMessages = {
  rerun: (user, trainingId, state) => `${user} が ${trainingId} を ${state} から再実行します。`,
  approveAgain: '以前の承認は引き継がれません。プランは改めて承認を待ちます。',
};

export const rerunMessages = { en, ja } as const;
