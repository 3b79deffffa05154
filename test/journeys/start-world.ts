import type { RunningServer } from '../../src/entry/server.js';
import { GitHubWorld } from './github-world.js';
import { LocalWorld, type World } from './world.js';

export type StoryWorld = World & { readonly server: RunningServer; stop(): Promise<void> };

/** Set by the project `github` of vitest.config.ts, which runs the same stories with the same assertions on a fake GitHub. */
export const isOnGitHub = process.env['JOURNEYS_ON'] === 'github';

/** A world on the tracker on which this process tells its stories. */
export function startWorld(name: string): Promise<StoryWorld> {
  return isOnGitHub ? GitHubWorld.start(name, { limits: false }) : LocalWorld.start(name);
}
