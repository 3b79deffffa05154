import { Command } from 'commander';
import type { SetUpPlan } from '../../adapters/github/set-up.js';
import { readGitHubConfig } from '../../config.js';
import { DandoriError } from '../../errors.js';
import { type CommonOptions, show } from '../output.js';
import { type AddCommand, newCommand } from './command.js';

interface InitOptions extends CommonOptions {
  dryRun?: boolean;
}

/** What was done, or would be. */
interface InitAnswer {
  repository: string;
  dry_run: boolean;
  labels: string[];
  files: SetUpPlan['files'];
  branch: string;
  /** Where somebody has to merge the files; null when they are on the branch. */
  pull_request: string | null;
}

function linesOf({ repository, dry_run: dry, labels, files, branch, pull_request: pull }: InitAnswer): string {
  const [make, commit] = dry ? ['would make', 'would commit'] : ['made', 'committed'];
  const lines = [
    ...labels.map((label) => `${make} the label ${label}`),
    ...files.map(({ path, change }) => `${commit} ${path} (${change}) to ${pull === null ? branch : 'a pull request'}`),
  ];
  const next = dry
    ? 'Nothing was changed: this is what would be done without --dry-run.'
    : pull === null
      ? 'People ask for a model under "New issue"; start Dandori: npx dandori up'
      : `Merge ${pull}; then people ask for a model under "New issue".`;
  if (lines.length === 0) return `${repository} has everything already. Start Dandori: npx dandori up`;
  return [`${repository}:`, ...lines.map((line) => `  ${line}`), next].join('\n');
}

async function initGitHub(repository: string | undefined, dry: boolean): Promise<InitAnswer> {
  const config = readGitHubConfig(undefined, repository);
  if (config === null) {
    throw new DandoriError('invalid_input', 'No repository is named.', {
      allowed: 'OWNER/NAME as the argument, or in DANDORI_GITHUB_REPO',
      next: 'npx dandori init github OWNER/NAME',
    });
  }
  const { openSetUp } = await import('../../compose.js');
  const { issueFormPath, renderIssueForm } = await import('../../request/issue-form-template.js');
  const { labelDocs } = await import('../../request/labels.js');
  const { setUp, close } = openSetUp(config);
  try {
    const files = [{ path: issueFormPath, body: renderIssueForm() }];
    const plan = await setUp.plan(labelDocs, files);
    const done = dry ? null : await setUp.apply(plan, files);
    return {
      repository: config.repository,
      dry_run: dry,
      labels: plan.labels.map(({ name }) => name),
      files: plan.files,
      branch: plan.branch,
      pull_request: done?.pullRequest ?? null,
    };
  } finally {
    await close();
  }
}

export const addInit: AddCommand = (program, { output }) => {
  // Without options of its own: commander would give --dir behind a sub-command to the group.
  const init = new Command('init').description('Prepare a place where people ask for models: github');
  init.addCommand(
    newCommand('github', 'Make the labels and the issue form in a repository on GitHub', [
      'init github OWNER/NAME',
      'init github OWNER/NAME --dry-run',
    ])
      .argument('[repository]', 'OWNER/NAME (default: DANDORI_GITHUB_REPO)')
      .option('--dry-run', 'only say what would be done')
      .action(async (repository: string | undefined, options: InitOptions) => {
        const answer = await initGitHub(repository, options.dryRun === true);
        show(output, options, answer, () => linesOf(answer));
      }),
  );
  program.addCommand(init);
};
