import { makeAddress, makeCompanyName, makeInn, makePersonName } from './people.ts';
import type { Random } from './random.ts';

/** The demo company's customers. Pure. */

export interface Customer {
  /** Given by the database. */
  id: number;
  readonly kind: 'person' | 'company';
  readonly name: string;
  readonly inn: string | null;
  readonly account: string;
  readonly segment: string;
  readonly address: string;
  readonly timeZone: string;
  readonly sinceDaysAgo: number;
  /** The first one answers, speaks and stays (test exchange, behaviour 110). */
  readonly phones: readonly string[];
  readonly monthlyKopecks: number;
  /** Unpaid months, 0 for three in four. */
  readonly behindMonths: number;
}

const count = 200;

export function makeCustomers(random: Random): Customer[] {
  let companies = 0;
  const customers = Array.from({ length: count }, (_, n): Customer => {
    const company = n % 10 >= 7;
    const vip = random.chance(0.08);
    return {
      id: 0,
      kind: company ? 'company' : 'person',
      name: company ? makeCompanyName(companies++) : makePersonName(random),
      inn: company || random.chance(0.1) ? makeInn(random, company) : null,
      account: String(20_010_000 + n * 7),
      segment: vip ? 'VIP' : company ? 'Бизнес' : 'Домашний',
      ...makeAddress(random, company),
      sinceDaysAgo: random.int(200, 3000),
      phones: makePhones(random, n),
      monthlyKopecks: company ? random.int(15, 180) * 10_000 : random.pick([55_000, 65_000, 79_000, 99_000]),
      behindMonths: random.chance(0.25) ? random.int(1, 3) : 0,
    };
  });
  // A family and an office share a telephone: the desk must ask who it is.
  for (const [n, other] of [
    [11, 12],
    [40, 47],
    [90, 91],
  ] as const) {
    customers[other] = {
      ...customers[other]!,
      phones: [...customers[other]!.phones, customers[n]!.phones[0]!],
    };
  }
  return customers;
}

/** Unique by n: rings 2 to 5 s, stays 30 to 79 s; further numbers say hello, or do what chance has given them. */
function makePhones(random: Random, n: number): string[] {
  const ring = 2 + (n % 4);
  const stay = 30 + Math.floor(n / 4);
  const phones = [`+79991100${ring}${stay}`];
  if (random.chance(0.45)) phones.push(`+79991080${ring}${stay}`);
  if (random.chance(0.2)) phones.push(`+7999${5_000_000 + n * 977}`);
  return phones;
}
