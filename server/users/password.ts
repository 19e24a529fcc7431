import { hash, verify } from '@node-rs/argon2';

/** Argon2id at 19 MiB, two passes: the lowest setting that OWASP's password storage guide recommends; some 25 ms of a core. */
const cost = { memoryCost: 19_456, timeCost: 2, parallelism: 1 };

export function hashPassword(password: string): Promise<string> {
  return hash(password, cost);
}

let nobodysHash: Promise<string> | null = null;

/** Takes the same time whether or not there is such a user (`passwordHash` null), so that logins cannot be found out. */
export async function checkPassword(passwordHash: string | null, password: string): Promise<boolean> {
  nobodysHash ??= hashPassword('nobody has this password');
  const right = await verify(passwordHash ?? (await nobodysHash), password);
  return right && passwordHash !== null;
}
