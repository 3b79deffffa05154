import type { ApiClient } from '../api-client.js';
import type { IssueView, ServingAnswer } from '../api-types.js';
import { deployTargets, endpointName } from '../../contracts/deploy-to.js';
import { codeOf, DandoriError } from '../../errors.js';
import type { CommonOptions } from '../output.js';
import { standing } from '../standing.js';
import { issueOf, post, say } from './comment.js';
import { type AddCommand, issueNumberOf, newCommand, withApi } from './command.js';

/** What serves under this name of an endpoint or a model; null: nothing does. */
async function servingAt(api: ApiClient, name: string): Promise<ServingAnswer | null> {
  try {
    return await api.get<ServingAnswer>(`/api/serving/${encodeURIComponent(name)}`);
  } catch (error) {
    if (codeOf(error) === 'not_found') return null;
    throw error;
  }
}

/** The version in service that is meant, by any of its names; an issue that has none is refused. */
async function servingOf(api: ApiClient, id: string): Promise<ServingAnswer> {
  const isName = issueNumberOf(id) === null && !/^train-\d{8}-\d{6}-\d+$/.test(id);
  if (isName) return api.get<ServingAnswer>(`/api/serving/${encodeURIComponent(id)}`);
  const number = await issueOf(api, id);
  const { runs } = await api.get<IssueView>(`/api/issues/${number}`);
  for (const run of runs.filter((one) => one.status === 'in_service' && one.replaced_by === null)) {
    for (const deploy_to of deployTargets) {
      const found = await servingAt(api, endpointName({ model_name: run.model_name, deploy_to }));
      if (found?.training_id === run.training_id) return found;
    }
  }
  const [newest] = runs;
  throw new DandoriError('wrong_state', `Issue #${number} has no version in service.`, {
    ...(newest === undefined ? {} : { found: `${newest.training_id}: ${standing(newest)}` }),
    next: '"npx dandori list" shows which run has one.',
  });
}

const idText = 'model, endpoint, issue number or training id of the version in service';

export const addRollback: AddCommand = (program, { output, setExit }) => {
  program.addCommand(
    newCommand('rollback', 'Put the previous version of a model back into service', [
      'rollback churn',
      'rollback churn-production',
      'rollback 2',
    ])
      .argument('<id>', idText)
      .action(async (id: string, options: CommonOptions) => {
        // Asked first without starting anything: a wrong id leaves no model server behind.
        const before = await withApi(options, ({ api }) => servingOf(api, id));
        const place = deployTargets.find((one) => endpointName({ ...before, deploy_to: one }) === before.endpoint_name);
        const order = place === undefined ? '/rollback' : `/rollback ${place}`;
        await withApi(
          options,
          async ({ api }) => {
            say(output, options, await post(api, await issueOf(api, before.training_id), order));
            const after = await servingAt(api, before.endpoint_name);
            if (after?.training_id === before.training_id) setExit(1);
          },
          { active: true },
        );
      }),
  );
};

export const addPromote: AddCommand = (program, { output, setExit }) => {
  program.addCommand(
    newCommand('promote', 'Put the version that serves staging into production too', ['promote churn', 'promote 2'])
      .argument('<id>', idText)
      .action(async (id: string, options: CommonOptions) => {
        const staged = await withApi(
          options,
          // A model that serves production as well is meant where it may be promoted from.
          async ({ api }) =>
            (await servingAt(api, endpointName({ model_name: id, deploy_to: 'staging' }))) ?? servingOf(api, id),
        );
        await withApi(
          options,
          async ({ api }) => {
            say(output, options, await post(api, await issueOf(api, staged.training_id), '/promote'));
            const after = await servingAt(api, endpointName({ ...staged, deploy_to: 'production' }));
            if (after?.version !== staged.version) setExit(1);
          },
          { active: true },
        );
      }),
  );
};
