import type { Database, SqlRow } from '../../db.js';
import type { Lineage, LineageEdge, LineageKind } from '../../ports/lineage.js';

const steps = [
  `CREATE TABLE lineage_edge (
     seq INTEGER PRIMARY KEY AUTOINCREMENT,
     from_kind TEXT NOT NULL, from_id TEXT NOT NULL, to_kind TEXT NOT NULL, to_id TEXT NOT NULL, relation TEXT NOT NULL,
     UNIQUE (from_kind, from_id, to_kind, to_id, relation)
   );
   CREATE INDEX lineage_to ON lineage_edge (to_kind, to_id)`,
];

/** Edges reached by walking in one direction; UNION drops what was seen, so that a circle ends. */
const traceSql = (near: 'from' | 'to', far: 'from' | 'to'): string => `
  WITH RECURSIVE reached (kind, id) AS (
    SELECT ?, ?
    UNION
    SELECT edge.${far}_kind, edge.${far}_id FROM lineage_edge edge
    JOIN reached ON edge.${near}_kind = reached.kind AND edge.${near}_id = reached.id
  )
  SELECT edge.* FROM lineage_edge edge
  JOIN reached ON edge.${near}_kind = reached.kind AND edge.${near}_id = reached.id
  ORDER BY edge.seq`;

const toEdge = (row: SqlRow): LineageEdge => ({
  // Only addEdge writes the table, so the kinds are ours.
  from: { kind: String(row['from_kind']) as LineageKind, id: String(row['from_id']) },
  to: { kind: String(row['to_kind']) as LineageKind, id: String(row['to_id']) },
  relation: String(row['relation']),
});

/** Lineage in SQLite; edges come back in the order in which they were added. */
export function createLocalLineage(params: { db: Database }): Lineage {
  const { db } = params;
  db.migrate('lineage', steps);
  return {
    async addEdge({ from, to, relation }) {
      db.run(
        'INSERT OR IGNORE INTO lineage_edge (from_kind, from_id, to_kind, to_id, relation) VALUES (?, ?, ?, ?, ?)',
        from.kind,
        from.id,
        to.kind,
        to.id,
        relation,
      );
    },
    async trace({ node, direction }) {
      const sql = direction === 'upstream' ? traceSql('to', 'from') : traceSql('from', 'to');
      return db.all(sql, node.kind, node.id).map(toEdge);
    },
  };
}
