import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Lineage, LineageEdge, LineageKind } from './lineage.js';

const edge = (from: string, relation: string, to: string): LineageEdge => {
  const node = (text: string): LineageEdge['from'] => {
    const [kind, id] = text.split(':');
    return { kind: kind as LineageKind, id: id ?? '' };
  };
  return { from: node(from), to: node(to), relation };
};

/** What every lineage store promises. */
export function lineageSuite(
  name: string,
  open: () => Promise<{ lineage: Lineage; close: () => Promise<void> }>,
): void {
  describe(`${name} as a lineage store`, () => {
    let lineage: Lineage;
    let close: () => Promise<void>;
    beforeEach(async () => {
      ({ lineage, close } = await open());
    });
    afterEach(() => close());

    const chain = [
      edge('source:churn.csv', 'derived', 'dataset:churn@1.0.0'),
      edge('dataset:churn@1.0.0', 'split', 'split:train-a'),
      edge('split:train-a', 'trained_on', 'training:train-a'),
      edge('training:train-a', 'produced', 'model:churn@1.0.0'),
      edge('model:churn@1.0.0', 'deployed_as', 'endpoint:churn-staging'),
    ];
    const add = async (edges: LineageEdge[]): Promise<void> => {
      for (const one of edges) await lineage.addEdge(one);
    };

    test('follows the whole way both ways', async () => {
      await add(chain);
      await add([edge('dataset:other@1.0.0', 'split', 'split:elsewhere')]);
      const upstream = await lineage.trace({ node: { kind: 'endpoint', id: 'churn-staging' }, direction: 'upstream' });
      expect(upstream).toEqual(chain);
      const downstream = await lineage.trace({ node: { kind: 'source', id: 'churn.csv' }, direction: 'downstream' });
      expect(downstream).toEqual(chain);
    });

    test('answers only the part on the asked side', async () => {
      await add(chain);
      const node = { kind: 'training', id: 'train-a' } as const;
      expect(await lineage.trace({ node, direction: 'upstream' })).toEqual(chain.slice(0, 3));
      expect(await lineage.trace({ node, direction: 'downstream' })).toEqual(chain.slice(3));
    });

    test('keeps an edge once, and two relations between the same nodes apart', async () => {
      await add([...chain, ...chain, edge('training:train-a', 'compared_with', 'model:churn@1.0.0')]);
      const found = await lineage.trace({ node: { kind: 'training', id: 'train-a' }, direction: 'downstream' });
      expect(found.map((one) => one.relation).sort()).toEqual(['compared_with', 'deployed_as', 'produced']);
    });

    test('tells nodes of different kinds with one id apart and ends on a circle', async () => {
      await add([
        edge('model:x', 'a', 'dataset:x'),
        edge('dataset:x', 'b', 'model:x'),
        edge('issue:x', 'c', 'endpoint:x'),
      ]);
      expect((await lineage.trace({ node: { kind: 'model', id: 'x' }, direction: 'downstream' })).length).toBe(2);
      expect(await lineage.trace({ node: { kind: 'source', id: 'x' }, direction: 'downstream' })).toEqual([]);
    });
  });
}
