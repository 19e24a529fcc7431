import type { EventEmitter } from 'node:events';
import { describe, expect, it } from 'vitest';
import { transaction } from '../../server/db/pool.ts';
import { openTestDatabase } from '../setup/postgres.ts';

const { db } = await openTestDatabase();

describe('the database', () => {
  it('knows Cyrillic letters, for search', async () => {
    const { rows } = await db.query(
      `SELECT lower('ИВАНОВ') AS lower, similarity('иванов', 'иванова') > 0.5 AS similar`,
    );
    expect(rows[0]).toEqual({ lower: 'иванов', similar: true });
  });

  it('writes down who changed a customer, and only real changes', async () => {
    const id = await transaction(db, { userId: 7, source: 'http' }, async (tx) => {
      const { rows } = await tx.query(
        `INSERT INTO customers (kind, name) VALUES ('person', 'Пётр') RETURNING id`,
      );
      await tx.query(`UPDATE customers SET name = 'Пётр' WHERE id = $1`, [rows[0].id]);
      return String(rows[0].id);
    });
    const { rows } = await db.query(
      `SELECT user_id, source, operation FROM audit WHERE table_name = 'customers' AND row_id = $1`,
      [id],
    );
    expect(rows).toEqual([{ user_id: 7, source: 'http', operation: 'INSERT' }]);
  });

  it('forgets everything when the work in a transaction throws', async () => {
    const work = transaction(db, { userId: null, source: 'test' }, async (tx) => {
      await tx.query(`INSERT INTO customers (kind, name, account) VALUES ('person', 'Анна', 'rollback')`);
      throw new Error('stop');
    });
    await expect(work).rejects.toThrow('stop');
    const { rows } = await db.query(`SELECT count(*) AS n FROM customers WHERE account = 'rollback'`);
    expect(rows[0].n).toBe(0);
  });

  it('outlives a connection that breaks between two statements of a transaction: the transaction fails, the process goes on', async () => {
    const work = transaction(db, { userId: null, source: 'test' }, async (tx) => {
      const { rows } = await tx.query<{ pid: number }>('SELECT pg_backend_pid() AS pid');
      const broken = new Promise((resolve) => (tx as unknown as EventEmitter).once('end', resolve));
      await db.query('SELECT pg_terminate_backend($1)', [rows[0]?.pid]);
      await broken;
      await tx.query('SELECT 1');
    });
    await expect(work).rejects.toThrow();
    expect((await db.query('SELECT 1 AS one')).rows).toEqual([{ one: 1 }]);
  });
});
