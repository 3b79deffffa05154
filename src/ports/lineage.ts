export type LineageKind = 'source' | 'dataset' | 'split' | 'training' | 'model' | 'endpoint' | 'issue';

export interface LineageNode {
  kind: LineageKind;
  /** e.g. `churn@1.0.0` for a dataset or a model. */
  id: string;
}

export interface LineageEdge {
  from: LineageNode;
  to: LineageNode;
  /** e.g. `derived`, `trained_on`, `deployed_as`. */
  relation: string;
}

/** What was made from what; edges point from the cause to the result. */
export interface Lineage {
  /** Adding an edge twice is harmless. */
  addEdge(edge: LineageEdge): Promise<void>;
  /** Every edge reachable from the node: `upstream` = what it was made from, `downstream` = what was made from it. */
  trace(params: { node: LineageNode; direction: 'upstream' | 'downstream' }): Promise<LineageEdge[]>;
}
