import { Argument } from 'commander';
import type { ChannelState } from '../../capabilities/notification/logic/channel-states.js';
import { notifierChannels } from '../../ports/notifier.js';
import type { ChannelTest } from '../api-types.js';
import { type CommonOptions, show } from '../output.js';
import { type AddCommand, newCommand, withApi } from './command.js';

const setUp = 'docs/notifications.md says how a channel is set up.';

function channelText({ channel, set_up: isSetUp, detail }: ChannelState): string {
  return `${isSetUp ? '✔' : '-'} ${channel}: ${isSetUp ? detail : `not set up; ${detail}`}`;
}

function testText({ channel, target, status, id, reason }: ChannelTest): string {
  if (status === 'sent') {
    const named = id === null ? 'sent' : `sent as ${id}`;
    return `✔ ${channel}: ${named} (${target})${reason === null ? '' : `; ${reason}`}`;
  }
  const what = status === 'lost' ? 'perhaps delivered' : 'not delivered';
  return `✘ ${channel}: ${what}: ${reason ?? ''} (${target})`;
}

export const addNotify: AddCommand = (program, { output, setExit }) => {
  program.addCommand(
    newCommand('notify', 'Say which channels are set up beside the issue, and try them out', [
      'notify',
      'notify --test',
      'notify --test slack',
    ])
      .addArgument(new Argument('[channel]', 'with --test: this one alone').choices([...notifierChannels]))
      .option('--test', 'send a test message; the alert that PagerDuty gets is closed at once')
      .action(async (channel: string | undefined, options: CommonOptions & { test?: boolean }) => {
        if (options.test !== true) {
          const all = await withApi(options, ({ api }) => api.get<ChannelState[]>('/api/channels'));
          const lines = all.filter((line) => channel === undefined || line.channel === channel);
          show(output, options, lines, () => [...lines.map(channelText), setUp].join('\n'));
          return;
        }
        const body = { channel: channel ?? null };
        const tested = await withApi(options, ({ api }) => api.post<ChannelTest[]>('/api/channels/test', body));
        show(output, options, tested, () =>
          tested.length === 0 ? `No channel is set up. ${setUp}` : tested.map(testText).join('\n'),
        );
        if (tested.length === 0 || tested.some(({ status }) => status !== 'sent')) setExit(1);
      }),
  );
};
