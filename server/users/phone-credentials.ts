import { randomBytes } from 'node:crypto';
import type { PhoneRegistry } from '../calls/exchange.ts';
import type { Db } from '../db/pool.ts';
import type { PhoneCredentials } from './schema.ts';
import { deleteCredentials, listExpired, saveCredentials } from './store.ts';

/** The exchange's name of an agent's softphone. The same at every sign-in: the exchange's own fallback queue knows him by it. */
const sipUserOf = (userId: number): string => `agent-${userId}`;

export interface PhoneDesk {
  /** New password for this user's softphone; an older one stops working at its next registration. */
  issue(userId: number, hostName: string, now: Date): Promise<PhoneCredentials>;
  withdraw(userId: number): Promise<void>;
  /** Withdraws what is past its time and not in use; call it once a minute. Returns how many. */
  withdrawExpired(now: Date): Promise<number>;
}

/** Issues and withdraws SIP credentials. Acts of one user go one after another: the last password told is the valid one. */
export function makePhoneDesk(options: {
  db: Db;
  phones: PhoneRegistry;
  /** ASTERISK_WSS_URL: the word HOST stands for the page's own host name. */
  websocketUrl: string;
  validHours: number;
}): PhoneDesk {
  const { db, phones, websocketUrl, validHours } = options;
  const lastAct = new Map<string, Promise<unknown>>();

  function inTurn<T>(sipUser: string, act: () => Promise<T>): Promise<T> {
    const mine = (lastAct.get(sipUser) ?? Promise.resolve()).then(act, act);
    lastAct.set(sipUser, mine);
    const forget = () => {
      if (lastAct.get(sipUser) === mine) lastAct.delete(sipUser);
    };
    mine.then(forget, forget);
    return mine;
  }

  // The row outlives a failed act at the exchange, so that the sweep tries again; never the other way round.
  const withdrawUser = (sipUser: string) =>
    inTurn(sipUser, async () => {
      await phones.withdraw(sipUser);
      await deleteCredentials(db, sipUser);
    });

  return {
    issue: (userId, hostName, now) => {
      const sipUser = sipUserOf(userId);
      return inTurn(sipUser, async () => {
        const password = randomBytes(24).toString('base64url');
        const expiresAt = new Date(now.getTime() + validHours * 3_600_000);
        await saveCredentials(db, { sipUser, userId, issuedAt: now, expiresAt });
        await phones.issue({ sipUser, password });
        const url = websocketUrl.replace('HOST', hostName);
        return {
          sipUri: `sip:${sipUser}@${new URL(url).hostname}`,
          sipUser,
          password,
          websocketUrl: url,
          expiresAt: expiresAt.toISOString(),
          iceServers: [],
        };
      });
    },
    withdraw: (userId) => withdrawUser(sipUserOf(userId)),
    withdrawExpired: async (now) => {
      const expired = await listExpired(db, now);
      for (const sipUser of expired) await withdrawUser(sipUser);
      return expired.length;
    },
  };
}
