import { type OtherChannel, otherChannel } from '../contracts/notification.js';

/** One message to a channel beside the issue, as far as people are told of it. */
export interface ToldNotification {
  channel: OtherChannel;
  notification_type: string;
  status: string;
  reason: string | null;
}

const en = {
  section: 'Notifications',
  channels: { slack: 'Slack', email: 'Email', pagerduty: 'PagerDuty' },
  types: {
    optimization_proposal: 'proposal',
    retrain_required: 'question',
    training_success: 'training succeeded',
    training_failed: 'no new model',
    deployment_success: 'in service',
    deployment_failed: 'deployment failed',
    drift_detected: 'drift',
    metric_degradation: 'metric got worse',
  },
  listSeparator: ', ',
  delivered: (channel: string, types: string) => `${channel}: delivered (${types}).`,
  partly: (channel: string, types: string, reason: string) => `${channel}: delivered (${types}), but ${reason}`,
  notDelivered: (channel: string, types: string, reason: string) => `${channel}: not delivered (${types}): ${reason}`,
  perhaps: (channel: string, types: string, reason: string) =>
    `${channel}: perhaps not delivered (${types}); not sent again, so that nobody gets it twice: ${reason}`,
  stopped: 'Dandori was stopped while it was being sent',
  alertStaysOpen: 'an alert stays open',
  notSetUp: (channel: string) =>
    `${channel} is named in notify.channels and is not set up here: nothing is sent there.`,
};

const ja: typeof en = {
  section: '通知',
  channels: { slack: 'Slack', email: 'メール', pagerduty: 'PagerDuty' },
  types: {
    optimization_proposal: '最適化提案',
    retrain_required: '再学習の確認',
    training_success: '学習成功',
    training_failed: '学習失敗',
    deployment_success: 'デプロイ成功',
    deployment_failed: 'デプロイ失敗',
    drift_detected: 'ドリフト検知',
    metric_degradation: '精度劣化',
  },
  listSeparator: '、',
  delivered: (channel, types) => `${channel}: 送信済み（${types}）`,
  partly: (channel, types, reason) => `${channel}: 送信済み（${types}）ただし: ${reason}`,
  notDelivered: (channel, types, reason) => `${channel}: 送信できませんでした（${types}）: ${reason}`,
  perhaps: (channel, types, reason) =>
    `${channel}: 届いていない可能性があります（${types}）。二重送信を避けるため再送しません: ${reason}`,
  stopped: '送信中に Dandori が停止しました',
  alertStaysOpen: 'アラートを閉じられず、開いたままです',
  notSetUp: (channel) =>
    `${channel} は notify.channels に指定されていますが、この環境では設定されていないため送信しません。`,
};

/** Language -> the words about what was sent beside the issue. */
export const notificationMessages = { en, ja };

/** Plain lines, at most one a channel and outcome; those about what was delivered whole only with `all`. */
export function notificationLines(
  told: readonly ToldNotification[],
  language: 'en' | 'ja',
  options: { all?: boolean } = {},
): string[] {
  const words = notificationMessages[language];
  const typeWords: Readonly<Record<string, string>> = words.types;
  const line = (channel: OtherChannel, status: string, hasReason: boolean): string[] => {
    const mine = told.filter(
      (one) => one.channel === channel && one.status === status && (one.reason !== null) === hasReason,
    );
    const [last] = mine.slice(-1);
    if (last === undefined) return [];
    const name = words.channels[channel];
    const types = [...new Set(mine.map((one) => typeWords[one.notification_type] ?? one.notification_type))];
    const list = types.join(words.listSeparator);
    const reason = last.reason ?? '';
    if (status === 'not_set_up') return [words.notSetUp(name)];
    if (status === 'failed') return [words.notDelivered(name, list, reason)];
    if (status === 'unknown') return [words.perhaps(name, list, reason)];
    return hasReason ? [words.partly(name, list, reason)] : options.all === true ? [words.delivered(name, list)] : [];
  };
  return otherChannel.options.flatMap((channel) => [
    ...line(channel, 'success', false),
    ...line(channel, 'success', true),
    ...line(channel, 'failed', true),
    ...line(channel, 'unknown', true),
    ...line(channel, 'not_set_up', true),
  ]);
}
