import pg from 'pg';

// bigint columns hold ids, kopecks and counts, all far below 2^53; dates stay plain YYYY-MM-DD.
pg.types.setTypeParser(20, Number);
pg.types.setTypeParser(1082, (text) => text);

export type Db = pg.Pool;
/** A pool or a client inside a transaction: whatever can run a query. */
export type Queryable = Pick<pg.ClientBase, 'query'>;

/** Opens the pool. A lost database is reported, never thrown: the pool makes new connections by itself. */
export function openPool(url: string, options: { max?: number; onError: (error: Error) => void }): Db {
  const pool = new pg.Pool({ connectionString: url, max: options.max ?? 10, connectionTimeoutMillis: 5000 });
  pool.on('error', options.onError);
  // The pool listens to idle connections only. One that breaks while it is lent out (between two statements of a transaction) would
  // end the process; who has it hears of it by his next statement.
  pool.on('connect', (client) => client.on('error', () => {}));
  return pool;
}

export interface Actor {
  /** Who acts; null: the system itself. Lands in every audit row of the transaction. */
  readonly userId: number | null;
  /** Through which door: http, import 17, call, seed … */
  readonly source: string;
}

/** Runs `work` in one transaction on behalf of `actor`; rolls back and rethrows when it throws. */
export async function transaction<T>(
  db: Db,
  actor: Actor,
  work: (tx: pg.PoolClient) => Promise<T>,
): Promise<T> {
  const client = await db.connect();
  let broken: Error | undefined;
  try {
    await client.query('BEGIN');
    await client.query(
      `SELECT set_config('dozvon.user_id', $1, true), set_config('dozvon.source', $2, true)`,
      [actor.userId === null ? '' : String(actor.userId), actor.source],
    );
    const result = await work(client);
    await client.query('COMMIT');
    return result;
  } catch (error) {
    await client.query('ROLLBACK').catch((e: Error) => {
      broken = e;
    });
    throw error;
  } finally {
    client.release(broken);
  }
}
