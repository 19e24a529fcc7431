-- The memory of the contact centre. Amounts are kopecks, durations milliseconds, times timestamptz.

CREATE EXTENSION IF NOT EXISTS citext;
CREATE EXTENSION IF NOT EXISTS pg_trgm;

-- ---------------------------------------------------------------- users

CREATE TABLE users (
  id            integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  login         citext NOT NULL UNIQUE,
  name          text NOT NULL,
  role          text NOT NULL CHECK (role IN ('agent', 'supervisor', 'administrator')),
  password_hash text NOT NULL,
  disabled_at   timestamptz,
  created_at    timestamptz NOT NULL DEFAULT now()
);

-- The shape that connect-pg-simple expects.
CREATE TABLE user_sessions (
  sid    text PRIMARY KEY,
  sess   jsonb NOT NULL,
  expire timestamptz NOT NULL
);
CREATE INDEX user_sessions_expire ON user_sessions (expire);

-- SIP credentials issued at sign-in; the exchange holds the secret, we hold who has which and until when.
CREATE TABLE phone_credentials (
  sip_user   text PRIMARY KEY,
  user_id    integer NOT NULL REFERENCES users ON DELETE CASCADE,
  issued_at  timestamptz NOT NULL,
  expires_at timestamptz NOT NULL
);
CREATE INDEX phone_credentials_user ON phone_credentials (user_id);

-- ---------------------------------------------------------------- customers

CREATE TABLE customers (
  id             bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  kind           text NOT NULL CHECK (kind IN ('person', 'company')),
  name           text NOT NULL,
  inn            text,
  account        text UNIQUE,
  segment        text,
  address        text,
  time_zone      text NOT NULL DEFAULT 'Europe/Moscow',
  responsible_id integer REFERENCES users,
  since          date,
  created_at     timestamptz NOT NULL DEFAULT now()
);
-- ё is searched as е.
CREATE INDEX customers_name_trgm ON customers USING gin (translate(lower(name), 'ё', 'е') gin_trgm_ops);
CREATE INDEX customers_inn ON customers (inn) WHERE inn IS NOT NULL;

CREATE TABLE customer_phones (
  id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  customer_id bigint NOT NULL REFERENCES customers ON DELETE CASCADE,
  phone       text NOT NULL CHECK (phone ~ '^\+[1-9][0-9]{6,14}$'),
  extension   text,
  kind        text NOT NULL DEFAULT 'unknown' CHECK (kind IN ('mobile', 'landline', 'tollFree', 'unknown')),
  raw         text,
  verified_at timestamptz,
  UNIQUE (customer_id, phone)
);
CREATE INDEX customer_phones_phone ON customer_phones (phone);
CREATE INDEX customer_phones_trgm ON customer_phones USING gin (phone gin_trgm_ops);

CREATE TABLE invoices (
  id             bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  customer_id    bigint NOT NULL REFERENCES customers ON DELETE CASCADE,
  number         text NOT NULL,
  issued_on      date NOT NULL,
  due_on         date NOT NULL,
  amount_kopecks bigint NOT NULL CHECK (amount_kopecks > 0),
  paid_kopecks   bigint NOT NULL DEFAULT 0 CHECK (paid_kopecks BETWEEN 0 AND amount_kopecks),
  UNIQUE (customer_id, number)
);
CREATE INDEX invoices_open ON invoices (customer_id, due_on) WHERE paid_kopecks < amount_kopecks;

CREATE TABLE payments (
  id             bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  customer_id    bigint NOT NULL REFERENCES customers ON DELETE CASCADE,
  invoice_id     bigint REFERENCES invoices,
  paid_on        date NOT NULL,
  amount_kopecks bigint NOT NULL CHECK (amount_kopecks > 0)
);
CREATE INDEX payments_customer ON payments (customer_id, paid_on DESC);

-- Complaints, promises and tasks that somebody must still close.
CREATE TABLE open_matters (
  id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  customer_id bigint NOT NULL REFERENCES customers ON DELETE CASCADE,
  kind        text NOT NULL CHECK (kind IN ('complaint', 'promise', 'task')),
  text        text NOT NULL,
  due_on      date,
  opened_at   timestamptz NOT NULL DEFAULT now(),
  closed_at   timestamptz
);
CREATE INDEX open_matters_open ON open_matters (customer_id) WHERE closed_at IS NULL;

-- What happened with a customer, append-only; a projection of calls, payments … plus people's own notes.
CREATE TABLE timeline (
  id             bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  customer_id    bigint NOT NULL REFERENCES customers ON DELETE CASCADE,
  at             timestamptz NOT NULL,
  kind           text NOT NULL,
  user_id        integer REFERENCES users,
  text           text,
  amount_kopecks bigint,
  call_id        text
);
CREATE INDEX timeline_customer ON timeline (customer_id, at DESC, id DESC);
CREATE UNIQUE INDEX timeline_call_once ON timeline (call_id) WHERE kind = 'call';

-- ---------------------------------------------------------------- audit: written by the database itself

CREATE TABLE audit (
  id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  at         timestamptz NOT NULL DEFAULT clock_timestamp(),
  user_id    integer,            -- from the transaction's dozvon.user_id; null: the system itself
  source     text,               -- from the transaction's dozvon.source: http, import 17, seed …
  table_name text NOT NULL,
  row_id     text NOT NULL,
  operation  text NOT NULL,
  before     jsonb,
  after      jsonb
);
CREATE INDEX audit_row ON audit (table_name, row_id, at);

CREATE FUNCTION write_audit() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  was jsonb := CASE WHEN TG_OP = 'INSERT' THEN NULL ELSE to_jsonb(OLD) END;
  now_is jsonb := CASE WHEN TG_OP = 'DELETE' THEN NULL ELSE to_jsonb(NEW) END;
BEGIN
  IF was IS DISTINCT FROM now_is THEN
    INSERT INTO audit (user_id, source, table_name, row_id, operation, before, after)
    VALUES (nullif(current_setting('dozvon.user_id', true), '')::integer,
            nullif(current_setting('dozvon.source', true), ''),
            TG_TABLE_NAME, coalesce(now_is, was) ->> 'id', TG_OP, was, now_is);
  END IF;
  RETURN NULL;
END $$;

CREATE TRIGGER audit_customers AFTER INSERT OR UPDATE OR DELETE ON customers FOR EACH ROW EXECUTE FUNCTION write_audit();
CREATE TRIGGER audit_customer_phones AFTER INSERT OR UPDATE OR DELETE ON customer_phones FOR EACH ROW EXECUTE FUNCTION write_audit();
CREATE TRIGGER audit_invoices AFTER INSERT OR UPDATE OR DELETE ON invoices FOR EACH ROW EXECUTE FUNCTION write_audit();
CREATE TRIGGER audit_payments AFTER INSERT OR UPDATE OR DELETE ON payments FOR EACH ROW EXECUTE FUNCTION write_audit();
CREATE TRIGGER audit_open_matters AFTER INSERT OR UPDATE OR DELETE ON open_matters FOR EACH ROW EXECUTE FUNCTION write_audit();

-- ---------------------------------------------------------------- hotline

CREATE TABLE queues (
  id            integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  name          text NOT NULL UNIQUE,
  hotline_number text NOT NULL UNIQUE,       -- as the trunk sends it
  answer_within_ms integer NOT NULL DEFAULT 20000,
  ring_ms       integer NOT NULL DEFAULT 20000,
  wrap_up_ms    integer NOT NULL DEFAULT 60000,
  record        boolean NOT NULL DEFAULT true
);

CREATE TABLE queue_agents (
  queue_id integer NOT NULL REFERENCES queues ON DELETE CASCADE,
  user_id  integer NOT NULL REFERENCES users ON DELETE CASCADE,
  PRIMARY KEY (queue_id, user_id)
);

-- ---------------------------------------------------------------- campaigns

CREATE TABLE campaigns (
  id               integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  name             text NOT NULL,
  mode             text NOT NULL CHECK (mode IN ('preview', 'progressive', 'announcement')),
  purpose          text NOT NULL CHECK (purpose IN ('service', 'debt', 'advertising', 'survey')),
  state            text NOT NULL DEFAULT 'draft' CHECK (state IN ('draft', 'running', 'paused', 'finished')),
  script_text      text NOT NULL DEFAULT '',
  announcement     text,
  caller_id        text,
  ring_timeout_ms  integer NOT NULL DEFAULT 25000 CHECK (ring_timeout_ms >= 15000),
  line_limit       integer NOT NULL DEFAULT 30,
  wrap_up_ms       integer NOT NULL DEFAULT 60000,
  retry_rules      jsonb NOT NULL DEFAULT '{}',
  not_dialling     text,
  created_by       integer REFERENCES users,
  created_at       timestamptz NOT NULL DEFAULT now(),
  -- Advertising calls may not be dialled without a person's act (38-FZ art. 18): preview only.
  CHECK (purpose <> 'advertising' OR mode = 'preview')
);

CREATE TABLE campaign_agents (
  campaign_id integer NOT NULL REFERENCES campaigns ON DELETE CASCADE,
  user_id     integer NOT NULL REFERENCES users ON DELETE CASCADE,
  PRIMARY KEY (campaign_id, user_id)
);

CREATE TABLE lead_imports (
  id          integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  campaign_id integer NOT NULL REFERENCES campaigns ON DELETE CASCADE,
  file_name   text NOT NULL,
  state       text NOT NULL DEFAULT 'running' CHECK (state IN ('running', 'finished', 'failed', 'cancelled')),
  bytes_read  bigint NOT NULL DEFAULT 0,
  bytes_total bigint NOT NULL DEFAULT 0,
  rows        integer NOT NULL DEFAULT 0,
  imported    integer NOT NULL DEFAULT 0,
  duplicates  integer NOT NULL DEFAULT 0,
  rejected    jsonb NOT NULL DEFAULT '{}',
  encoding    text,
  separator   text,
  error       text,
  created_by  integer REFERENCES users,
  created_at  timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE lead_import_rejects (
  import_id integer NOT NULL REFERENCES lead_imports ON DELETE CASCADE,
  line      integer NOT NULL,
  reason    text NOT NULL,
  raw       text NOT NULL
);
CREATE INDEX lead_import_rejects_import ON lead_import_rejects (import_id, line);

CREATE TABLE leads (
  id           bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  campaign_id  integer NOT NULL REFERENCES campaigns ON DELETE CASCADE,
  import_id    integer REFERENCES lead_imports ON DELETE CASCADE,
  customer_id  bigint REFERENCES customers,
  name         text NOT NULL,
  phone        text NOT NULL CHECK (phone ~ '^\+[1-9][0-9]{6,14}$'),
  time_zone    text NOT NULL DEFAULT 'Europe/Moscow',
  data         jsonb NOT NULL DEFAULT '{}',
  state        text NOT NULL DEFAULT 'waiting' CHECK (state IN ('waiting', 'claimed', 'done')),
  due_at       timestamptz NOT NULL DEFAULT now(),
  attempts     integer NOT NULL DEFAULT 0,
  outcome_counts jsonb NOT NULL DEFAULT '{}',  -- ended attempts by outcome, for the retry rules
  last_outcome text,
  last_refusal text,                           -- the contact rule that held it back last
  succeeded    boolean NOT NULL DEFAULT false,
  claimed_by   uuid,                           -- attempt
  claimed_at   timestamptz,
  claimed_for  integer REFERENCES users,       -- preview: the agent who has it on screen
  owner_id     integer REFERENCES users,       -- callback: whose it is
  UNIQUE (campaign_id, phone)
);
CREATE INDEX leads_due ON leads (campaign_id, due_at, id) WHERE state = 'waiting';
-- Few rows: what is in work, by campaign (is anything left?) and by agent (what has he on screen?).
CREATE INDEX leads_claimed ON leads (campaign_id) WHERE state = 'claimed';
CREATE INDEX leads_claimed_for ON leads (claimed_for) WHERE state = 'claimed' AND claimed_for IS NOT NULL;

CREATE TABLE attempts (
  id          uuid PRIMARY KEY,
  lead_id     bigint NOT NULL REFERENCES leads ON DELETE CASCADE,
  campaign_id integer NOT NULL REFERENCES campaigns ON DELETE CASCADE,
  phone       text NOT NULL,
  agent_id    integer REFERENCES users,
  node        text NOT NULL DEFAULT 'n1',
  state       text NOT NULL DEFAULT 'planned' CHECK (state IN ('planned', 'ended')),
  permitted   jsonb NOT NULL,                  -- what the contact rules said, with their figures
  planned_at  timestamptz NOT NULL,
  ended_at    timestamptz,
  outcome     text,
  sip_code    integer,
  cause       integer
);
CREATE INDEX attempts_open ON attempts (planned_at) WHERE state = 'planned';
CREATE INDEX attempts_lead ON attempts (lead_id);
CREATE INDEX attempts_campaign ON attempts (campaign_id, outcome);

-- ---------------------------------------------------------------- contact rules

CREATE TABLE do_not_call (
  phone      text PRIMARY KEY,
  reason     text,
  since      timestamptz NOT NULL DEFAULT now(),
  created_by integer REFERENCES users
);

-- Every permitted contact of any channel; the counters of the limits are read from here.
CREATE TABLE contacts (
  id          uuid PRIMARY KEY,                -- equals the attempt's id where there is one
  at          timestamptz NOT NULL,
  channel     text NOT NULL CHECK (channel IN ('call', 'robotCall', 'sms', 'email', 'letter')),
  purpose     text NOT NULL,
  phone       text NOT NULL,
  customer_id bigint,
  reached     boolean,                         -- null: not known yet
  released    boolean NOT NULL DEFAULT false   -- reserved, but the contact never took place
);
CREATE INDEX contacts_phone ON contacts (phone, at DESC);
CREATE INDEX contacts_customer ON contacts (customer_id, at DESC) WHERE customer_id IS NOT NULL;

-- ---------------------------------------------------------------- calls: history

CREATE TABLE dispositions (
  id        integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  key       text NOT NULL UNIQUE,
  name_ru   text NOT NULL,
  name_en   text NOT NULL,
  hotkey    integer CHECK (hotkey BETWEEN 1 AND 9),
  final     boolean NOT NULL DEFAULT false,
  contact   boolean NOT NULL DEFAULT true,
  success   boolean NOT NULL DEFAULT false,
  retry     boolean NOT NULL DEFAULT false,
  do_not_call boolean NOT NULL DEFAULT false,
  needs_callback_at boolean NOT NULL DEFAULT false,
  sort      integer NOT NULL DEFAULT 0
);

CREATE TABLE calls (
  id             text PRIMARY KEY,
  node           text NOT NULL,
  direction      text NOT NULL CHECK (direction IN ('hotline', 'campaign', 'manual')),
  customer_id    bigint REFERENCES customers,
  phone          text,
  phone_raw      text,
  called_number  text,
  queue_id       integer REFERENCES queues,
  campaign_id    integer REFERENCES campaigns,
  lead_id        bigint,
  attempt_id     uuid,
  agent_id       integer REFERENCES users,
  offered_at     timestamptz NOT NULL,
  queued_at      timestamptz,
  answered_at    timestamptz,                  -- hotline: the agent; outbound: the customer
  connected_at   timestamptz,                  -- both in one bridge
  ended_at       timestamptz NOT NULL,
  wait_ms        integer,
  talk_ms        integer,
  outcome        text NOT NULL,
  sip_code       integer,
  cause          integer,
  hung_up_by     text CHECK (hung_up_by IN ('customer', 'agent', 'system')),
  fallback       boolean NOT NULL DEFAULT false,
  disposition_id integer REFERENCES dispositions,
  note           text
);
CREATE INDEX calls_offered ON calls (offered_at DESC);
CREATE INDEX calls_customer ON calls (customer_id, offered_at DESC);
CREATE INDEX calls_campaign ON calls (campaign_id, offered_at DESC);
CREATE INDEX calls_agent ON calls (agent_id, offered_at DESC);

CREATE TABLE call_legs (
  id          text PRIMARY KEY,
  call_id     text NOT NULL REFERENCES calls ON DELETE CASCADE,
  role        text NOT NULL CHECK (role IN ('customer', 'agent')),
  agent_id    integer,
  started_at  timestamptz NOT NULL,
  answered_at timestamptz,
  ended_at    timestamptz,
  cause       integer NOT NULL DEFAULT 0,
  sip_code    integer NOT NULL DEFAULT 0
);
CREATE INDEX call_legs_call ON call_legs (call_id);

-- What happened, event by event; append-only. Outlives a crash before the row in `calls` is written.
CREATE TABLE call_events (
  call_id text NOT NULL,
  seq     integer NOT NULL,
  at      timestamptz NOT NULL,
  type    text NOT NULL,
  data    jsonb NOT NULL,
  PRIMARY KEY (call_id, seq)
);

-- The switchboard's living calls, so that a new switchboard can adopt them.
CREATE TABLE live_calls (
  call_id    text PRIMARY KEY,
  node       text NOT NULL,
  state      jsonb NOT NULL,
  updated_at timestamptz NOT NULL
);

CREATE TABLE routing_decisions (
  id       bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  call_id  text NOT NULL,
  agent_id integer NOT NULL,
  at       timestamptz NOT NULL,
  inputs   jsonb NOT NULL,
  why      text NOT NULL
);
CREATE INDEX routing_decisions_call ON routing_decisions (call_id);

CREATE TABLE recordings (
  call_id    text PRIMARY KEY,
  node       text NOT NULL,
  started_at timestamptz NOT NULL,
  ended_at   timestamptz,
  -- One raw µ-law file per voice, 8000 bytes a second, names relative to the recordings folder.
  customer_file text NOT NULL,
  agent_file    text NOT NULL
);

-- ---------------------------------------------------------------- ledger: the exchange's own account (CEL), read from its disk

CREATE TABLE ledger_offsets (
  node   text NOT NULL,
  file   text NOT NULL,
  inode  bigint NOT NULL,
  bytes  bigint NOT NULL,
  PRIMARY KEY (node, file)
);

CREATE TABLE ledger (
  node       text NOT NULL,
  file_inode bigint NOT NULL,
  byte_offset bigint NOT NULL,               -- where the line starts: the same line twice is the same row
  at         timestamptz NOT NULL,
  type       text NOT NULL,
  channel_id text NOT NULL,
  linked_id  text NOT NULL,
  call_id    text,                            -- accountcode
  channel    text NOT NULL,
  context    text NOT NULL,
  exten      text NOT NULL,
  caller     text NOT NULL,
  app        text NOT NULL,
  extra      jsonb,
  PRIMARY KEY (node, file_inode, byte_offset)
);
CREATE INDEX ledger_channel ON ledger (channel_id);
CREATE INDEX ledger_call ON ledger (call_id) WHERE call_id IS NOT NULL;
