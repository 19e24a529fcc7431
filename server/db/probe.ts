import type { Db } from './pool.ts';

const patienceMs = 2000;

export interface DatabaseProbe {
  /** Does it answer within two seconds? A frozen database does not, and hangs up nobody who asks. */
  ask(): Promise<boolean>;
  /** The last answer. */
  readonly up: boolean;
}

/** One question at a time, however many ask: a frozen database must not eat the pool. */
export function makeDatabaseProbe(db: Pick<Db, 'query'>): DatabaseProbe {
  let asking: Promise<boolean> | null = null;
  const probe = {
    up: true,
    async ask() {
      asking ??= db
        .query('SELECT 1')
        .then(
          () => true,
          () => false,
        )
        .finally(() => {
          asking = null;
        });
      let timer: NodeJS.Timeout | undefined;
      const late = new Promise<boolean>((resolve) => {
        timer = setTimeout(() => resolve(false), patienceMs);
      });
      probe.up = await Promise.race([asking, late]);
      clearTimeout(timer);
      return probe.up;
    },
  };
  return probe;
}
