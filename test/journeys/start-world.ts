import type { ComposeOptions } from '../../src/compose.js';
import type { Config } from '../../src/config.js';
import { GitHubWorld } from './github-world.js';
import './story-time.js';
import { LocalWorld, type StoryWorld } from './world.js';

export type { StoryWorld } from './world.js';

/** Set by the project `github` of vitest.config.ts, which runs the same stories with the same assertions on a fake GitHub. */
export const isOnGitHub = process.env['JOURNEYS_ON'] === 'github';

/** A world on the tracker on which this process tells its stories. */
export function startWorld(
  name: string,
  change: Partial<Config> = {},
  compose: Pick<ComposeOptions, 'patience'> = {},
): Promise<StoryWorld> {
  return isOnGitHub
    ? GitHubWorld.start(name, { limits: false, ...change }, compose)
    : LocalWorld.start(name, change, compose);
}
