import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { readOwn } from '../../src/adapters/github/own-text.js';
import { projectRoot } from '../../src/root.js';
import { GitHubWorld } from '../journeys/github-world.js';
import { filledForm } from '../journeys/rows.js';
import { eventually } from '../journeys/world.js';

// One run from the filled form to the result on the fake GitHub, kept as the JSON file that the first argument names: the
// issue at three moments and the files that its comments show. `npm run pictures` draws it.

interface Post {
  author: string;
  isApp: boolean;
  edited: boolean;
  body: string;
  reactions: { content: string; count: number }[];
}

interface Moment {
  number: number;
  title: string;
  labels: string[];
  posts: Post[];
}

const answers = {
  task_type: 'classification',
  algorithm: 'logistic_regression, random_forest',
  dataset_id: 'churn',
  data_source: 'type: file\npath: churn.csv',
  target: 'churn',
  positive_class: 'Yes',
  evaluation_threshold: 'metric: f1_score\nmin: 0.55',
  sensitive_attributes: 'female',
  cv_folds: '10',
};

/** The issue as it is now. */
function momentOf({ fake }: GitHubWorld, number: number): Moment {
  const shown = (text: string) => text.replaceAll(fake.url, 'https://github.com');
  const { title, body, user, labels } = fake.repository.issue(number);
  const comments = fake.commentsOf(number).map((one) => ({
    author: one.user === fake.self ? 'dandori' : one.user,
    isApp: one.user === fake.self,
    edited: one.lastEditedAt !== null,
    body: shown(readOwn(one.body)?.body ?? one.body),
    reactions: one.reactions.map(({ content }) => ({ content, count: 1 })),
  }));
  const opening = { author: user, isApp: false, edited: false, body, reactions: [] };
  return { number, title, labels: [...labels], posts: [opening, ...comments] };
}

/** Pictures that were committed with the record, by path. */
function picturesOf({ fake }: GitHubWorld): Record<string, string> {
  const { git } = fake.repository;
  const tree = git.trees.get(git.commits.get(git.branches.get('main') ?? '')?.tree ?? '') ?? new Map<string, string>();
  const pictures = [...tree].filter(([path]) => path.endsWith('.png'));
  return Object.fromEntries(
    pictures.map(([path, sha]) => [path, `data:image/png;base64,${git.blobs.get(sha)?.toString('base64') ?? ''}`]),
  );
}

async function story(world: GitHubWorld): Promise<Record<string, unknown>> {
  world.write('churn.csv', readFileSync(join(projectRoot, 'examples', 'churn', 'churn.csv'), 'utf8'));
  await world.people.allow('mia', 'write');
  const issue = await world.people.open({
    title: '[MLOps] Who is going to leave?',
    body: filledForm(answers),
    by: 'mia',
  });
  const { data } = await world.waiting(issue);
  const proposed = momentOf(world, issue);
  const { comment_id: proposal } = data['optimization'] as { comment_id: string };
  await world.people.react(proposal, '+1', 'mia');
  // The label is written after the comment: a picture of both needs a training that lasts.
  await eventually('the status of a training', async () => {
    const isTold = world.fake.commentsOf(issue).some(({ body }) => /State: Train \(/.test(body));
    return isTold && (await world.labels(issue)).includes('mlops:running') ? true : null;
  });
  const training = momentOf(world, issue);
  await world.inService(issue);
  await eventually('the last words', async () =>
    (await world.labels(issue)).includes('mlops:deployed') && world.fake.commentsOf(issue).length > 2 ? true : null,
  );
  return { proposed, training, done: momentOf(world, issue), pictures: picturesOf(world) };
}

const world = await GitHubWorld.start('pictures');
try {
  writeFileSync(process.argv[2] ?? 'story.json', JSON.stringify(await story(world), null, 2));
} finally {
  await world.stop();
}
