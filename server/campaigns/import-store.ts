import type { Db, Queryable } from '../db/pool.ts';
import { transaction } from '../db/pool.ts';
import type { ImportReject, LeadImport } from './schema.ts';

/** SQL about imports as people see them; the import itself is import.ts. */

const columns = `id, campaign_id AS "campaignId", file_name AS "fileName", state, bytes_read AS "bytesRead", bytes_total AS "bytesTotal",
  rows, imported, duplicates, rejected, encoding, separator, error`;

export async function createImport(
  db: Queryable,
  given: { campaignId: number; fileName: string; bytesTotal: number; userId: number },
): Promise<LeadImport> {
  const { rows } = await db.query<LeadImport>(
    `INSERT INTO lead_imports (campaign_id, file_name, bytes_total, created_by) VALUES ($1, $2, $3, $4) RETURNING ${columns}`,
    [given.campaignId, given.fileName, given.bytesTotal, given.userId],
  );
  return rows[0]!;
}

export async function readImport(db: Queryable, id: number): Promise<LeadImport | null> {
  const { rows } = await db.query<LeadImport>(`SELECT ${columns} FROM lead_imports WHERE id = $1`, [id]);
  return rows[0] ?? null;
}

/** Newest first. */
export async function readImports(db: Queryable, campaignId: number): Promise<LeadImport[]> {
  const { rows } = await db.query<LeadImport>(
    `SELECT ${columns} FROM lead_imports WHERE campaign_id = $1 ORDER BY id DESC LIMIT 100`,
    [campaignId],
  );
  return rows;
}

/** False: it was over already. */
export async function cancelImport(db: Queryable, id: number): Promise<boolean> {
  const { rowCount } = await db.query(
    `UPDATE lead_imports SET state = 'cancelled' WHERE id = $1 AND state = 'running'`,
    [id],
  );
  return rowCount === 1;
}

/** Takes a finished import's leads out again; refuses, changing nothing, once one of them is in work or was called. */
export async function undoImport(
  db: Db,
  id: number,
  userId: number,
): Promise<'undone' | 'leadsCalled' | 'notFinished'> {
  class Called extends Error {}
  try {
    return await transaction(db, { userId, source: 'http' }, async (tx) => {
      const { rowCount } = await tx.query(
        `UPDATE lead_imports SET state = 'cancelled', imported = 0 WHERE id = $1 AND state = 'finished'`,
        [id],
      );
      if (rowCount === 0) return 'notFinished';
      // A lead that the dialer claims at this moment is waited for and then seen as claimed.
      await tx.query(
        `DELETE FROM leads WHERE import_id = $1 AND state <> 'claimed' AND attempts = 0 AND outcome_counts = '{}'`,
        [id],
      );
      const { rowCount: left } = await tx.query(`SELECT 1 FROM leads WHERE import_id = $1 LIMIT 1`, [id]);
      if (left) throw new Called();
      return 'undone';
    });
  } catch (error) {
    if (error instanceof Called) return 'leadsCalled';
    throw error;
  }
}

/** By line; a line is rejected once. */
export async function readRejects(
  db: Queryable,
  importId: number,
  { after, limit }: { after: number; limit: number },
): Promise<ImportReject[]> {
  const { rows } = await db.query<ImportReject>(
    `SELECT line, reason, raw FROM lead_import_rejects WHERE import_id = $1 AND line > $2 ORDER BY line LIMIT $3`,
    [importId, after, limit],
  );
  return rows;
}
