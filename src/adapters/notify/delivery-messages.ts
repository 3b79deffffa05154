const en = {
  unreachable: (service: string, why: string) => `${service} cannot be reached: ${why}`,
  noAnswer: (service: string, why: string) => `${service} gave no answer: ${why}`,
  noAnswerWithin: (seconds: number) => `no answer within ${seconds} s`,
  answered: (service: string, told: string) => `${service} answered ${told}`,
  unreadable: (service: string) => `${service} gave an answer that cannot be read`,
  mailServer: (why: string) => `the mail server: ${why}`,
  connectionClosed: 'the connection was closed',
  addressesRefused: (count: number, of: number) => `the mail server refused ${count} of ${of} addresses`,
};

const ja: typeof en = {
  unreachable: (service, why) => `${service} に接続できません: ${why}`,
  noAnswer: (service, why) => `${service} から応答がありません: ${why}`,
  noAnswerWithin: (seconds) => `${seconds}秒以内に応答なし`,
  answered: (service, told) => `${service} の応答: ${told}`,
  unreadable: (service) => `${service} の応答を解釈できません`,
  mailServer: (why) => `メールサーバー: ${why}`,
  connectionClosed: '接続が切れました',
  addressesRefused: (count, of) => `メールサーバーが${of}件中${count}件の宛先を受け付けませんでした`,
};

/** Language -> why a message did not arrive, as the issue tells it. What other programs said stands in it as they said it. */
export const deliveryMessages = { en, ja };
