import { applyNotificationTemplate } from './apply-notification-template.js';
import { sendEmailNotification, sendSlackNotification } from './planned-channels.js';
import { sendGithubNotification } from './send-github-notification.js';

export const notificationTools = [
  applyNotificationTemplate,
  sendGithubNotification,
  sendSlackNotification,
  sendEmailNotification,
] as const;
