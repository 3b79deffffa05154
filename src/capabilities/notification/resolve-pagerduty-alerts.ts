import { z } from 'zod';
import { effectKey, runRef } from '../../contracts/run-ref.js';
import { defineTool, writes } from '../../mcp/define-tool.js';
import { inTurn } from '../shared/in-turn.js';
import { allStates } from '../shared/states.js';
import { deliver } from './logic/deliver.js';
import { openAlerts, resolvedSuffix } from './logic/sent-notifications.js';

export const resolvePagerdutyAlerts = defineTool({
  name: 'resolve_pagerduty_alerts',
  title: 'Resolve PagerDuty alerts',
  description:
    'Resolves the alerts that a run has open in PagerDuty: its questions are answered, or it ended well. Those that its present state opened stay. Answers how many were resolved, and how many could not be.',
  input: z.object({ run: runRef }),
  output: z.object({ resolved: z.number().int(), left_open: z.number().int() }),
  annotations: { ...writes, openWorldHint: true },
  effect: { states: allStates },
  handler: async ({ run }, { ports, signal }) => {
    const { effects: journal, notifiers } = ports;
    const { pagerduty } = notifiers;
    const open = await openAlerts(journal, run.training_id, effectKey(run, ''));
    if (pagerduty === null) return { resolved: 0, left_open: open.length };
    const closed = await Promise.all(
      open.map((key) =>
        inTurn(journal, `resolve ${key}`, () =>
          deliver(
            `${key}${resolvedSuffix}`,
            // Closing twice does no harm, so a lost answer is simply asked for again.
            { send: () => pagerduty.resolve({ key }), find: async () => ({ status: 'send_again' }) },
            { journal, signal, patience: notifiers.patience },
          ),
        ),
      ),
    );
    const resolved = closed.filter(({ status }) => status === 'success').length;
    return { resolved, left_open: open.length - resolved };
  },
});
