import { z } from 'zod';

/**
 * Every setting of server and dialer, parsed once from the environment. Secrets have no usable default: `npm start` makes
 * them for the demo, docker-compose and a real installation set them.
 */
const flag = z
  .enum(['0', '1'])
  .default('0')
  .transform((v) => v === '1');
/** 32 bytes, base64 or hex. */
const key = z
  .string()
  .transform((text) => Buffer.from(text, /^[0-9a-f]{64}$/i.test(text) ? 'hex' : 'base64'))
  .refine((bytes) => bytes.length === 32, 'must be 32 bytes, base64 (openssl rand -base64 32)');
const port = z.coerce.number().int().min(1).max(65_535);

const settings = z.object({
  /** PostgreSQL, e.g. postgres://user:password@127.0.0.1:5432/dozvon */
  DATABASE_URL: z.string().min(1),
  /** Redis or Valkey, e.g. redis://127.0.0.1:6379/0 */
  REDIS_URL: z.string().min(1),

  /** Address and port of the HTTPS server with pages, API and live socket. */
  HTTP_HOST: z.string().default('127.0.0.1'),
  HTTP_PORT: port.default(8443),
  /** PEM files; empty: plain HTTP (behind a TLS-ending reverse proxy). */
  TLS_CERT_FILE: z.string().default(''),
  TLS_KEY_FILE: z.string().default(''),
  /** Signs session cookies. */
  SESSION_SECRET: z.string().min(32),
  /** How long a sign-in lasts without use, hours. */
  SESSION_HOURS: z.coerce.number().min(1).max(168).default(12),

  /** This exchange's name in every id; one switchboard per node. */
  ASTERISK_NODE: z
    .string()
    .regex(/^[a-z0-9]{1,12}$/)
    .default('n1'),
  /** ARI base, loopback or a private network only, e.g. http://127.0.0.1:8088/ari */
  ASTERISK_ARI_URL: z.url(),
  ASTERISK_ARI_USER: z.string().min(1),
  ASTERISK_ARI_PASSWORD: z.string().min(1),
  ASTERISK_AMI_HOST: z.string().default('127.0.0.1'),
  ASTERISK_AMI_PORT: port.default(5038),
  ASTERISK_AMI_USER: z.string().min(1),
  ASTERISK_AMI_PASSWORD: z.string().min(1),
  /** Where browsers reach the exchange's SIP-over-WSS, e.g. wss://localhost:8089/ws. The word HOST stands for the page's own host name. */
  ASTERISK_WSS_URL: z.string().default('wss://HOST:8089/ws'),
  /** pjsip endpoint through which customers are dialled. */
  ASTERISK_TRUNK: z
    .string()
    .regex(/^[A-Za-z0-9_-]{1,40}$/)
    .default('trunk'),
  /** Folders that the exchange writes and we read. */
  ASTERISK_RECORDINGS_DIR: z.string().min(1),
  ASTERISK_LEDGER_DIR: z.string().min(1),
  /** The exchange's ledger is put aside every day and when it is so large, MiB; what is put aside is removed after so many days, once it is read. */
  LEDGER_ROTATE_MB: z.coerce.number().min(1).max(1024).default(64),
  LEDGER_KEEP_DAYS: z.coerce.number().min(1).max(3650).default(30),
  /** Most calls that live on the exchange at once, and most that we place in a second; beyond it campaigns wait, callers of the hotline do not. */
  EXCHANGE_CALLS: z.coerce.number().int().min(1).max(100_000).default(1000),
  EXCHANGE_CALLS_PER_SECOND: z.coerce.number().int().min(1).max(1000).default(300),

  /** Recordings at rest are encrypted under this key; lose it and they are lost (docs/operations.md). */
  RECORDINGS_KEY: key,
  /** Earlier keys, with commas: recordings still under one of them are read, and wrapped anew under the present one. */
  RECORDINGS_OLD_KEYS: z
    .string()
    .default('')
    .transform((list) => list.split(',').filter((one) => one.trim() !== ''))
    .pipe(z.array(key)),
  /** Where encrypted recordings are kept. Empty: folder `archive` inside ASTERISK_RECORDINGS_DIR. */
  RECORDINGS_ARCHIVE_DIR: z.string().default(''),

  /** Default country of numbers without one, and zone of "today" on the wallboard. */
  COMPANY_COUNTRY: z.enum(['RU', 'US', 'GB']).default('RU'),
  COMPANY_TIME_ZONE: z.string().default('Europe/Moscow'),
  /** The house's own window for calls to customers, local time of the person, HH:MM-HH:MM. The law's windows apply beside it. */
  HOUSE_HOURS: z
    .string()
    .regex(/^\d\d:\d\d-\d\d:\d\d$/)
    .default('09:00-21:00'),

  /** Most call attempts to one number, and to one person, in his local day, whatever for. */
  HOUSE_ATTEMPTS_PER_DAY: z.coerce.number().int().min(1).max(100).default(5),
  /** Most calls that the dialer launches in a second; carriers name their own limit. */
  DIALER_CALLS_PER_SECOND: z.coerce.number().int().min(1).max(1000).default(100),

  /** Calls that agents dial by themselves: how long the customer's phone rings, the time for the result, recorded or not. */
  MANUAL_RING_MS: z.coerce.number().int().min(15_000).max(120_000).default(30_000),
  MANUAL_WRAP_UP_MS: z.coerce.number().int().min(0).max(600_000).default(30_000),
  MANUAL_RECORD: z
    .enum(['0', '1'])
    .default('1')
    .transform((v) => v === '1'),
  /** Which of the supervisors on his call an agent sees: all of them, only those who speak to both sides, none. */
  SUPERVISION_SHOWN: z.enum(['always', 'barge', 'never']).default('barge'),

  /** Demo: sign-ins on the first page, "call the hotline as …" through the test exchange. */
  DEMO: flag,
  TEST_EXCHANGE_AMI_HOST: z.string().default('127.0.0.1'),
  TEST_EXCHANGE_AMI_PORT: port.optional(),
  TEST_EXCHANGE_AMI_USER: z.string().default(''),
  TEST_EXCHANGE_AMI_PASSWORD: z.string().default(''),

  LOG_LEVEL: z.enum(['fatal', 'error', 'warn', 'info', 'debug', 'silent']).default('info'),
});

export type Config = Readonly<z.infer<typeof settings>>;

/** Reads the settings; throws one Error that names every missing or wrong one in a line each. */
export function readConfig(env: Record<string, string | undefined>): Config {
  const parsed = settings.safeParse(env);
  if (parsed.success) return parsed.data;
  const lines = parsed.error.issues.map((i) => `  ${i.path.join('.')}: ${i.message}`);
  throw new Error(`These settings are missing or wrong:\n${lines.join('\n')}`);
}
