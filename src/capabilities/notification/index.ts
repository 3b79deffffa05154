import { applyNotificationTemplate } from './apply-notification-template.js';
import { listNotifications } from './list-notifications.js';
import { resolvePagerdutyAlerts } from './resolve-pagerduty-alerts.js';
import { sendGithubNotification } from './send-github-notification.js';
import { sendEmailNotification, sendPagerdutyNotification, sendSlackNotification } from './send-to-channel.js';

export const notificationTools = [
  applyNotificationTemplate,
  sendGithubNotification,
  sendSlackNotification,
  sendEmailNotification,
  sendPagerdutyNotification,
  resolvePagerdutyAlerts,
  listNotifications,
] as const;
