-- Care of recordings: verified, encrypted at rest, kept as long as their purpose asks, deleted with a record.

ALTER TABLE campaigns ADD COLUMN record boolean NOT NULL DEFAULT true;

-- How long a recording is kept, by what the talk was for. least_days: the law allows no less.
CREATE TABLE retention (
  purpose    text PRIMARY KEY CHECK (purpose IN ('hotline', 'service', 'debt', 'advertising', 'survey', 'manual')),
  keep_days  integer NOT NULL CHECK (keep_days BETWEEN least_days AND 3660),
  least_days integer NOT NULL DEFAULT 1 CHECK (least_days >= 1),
  changed_at timestamptz,
  changed_by integer REFERENCES users
);
-- Debt: sources on 230-FZ name 1.5 or 3 years; the longer one is safe under both. The others are the house's own choice: a year
-- covers complaints and the limitation of advertising cases (KoAP art. 4.5), half a year is enough for a survey.
INSERT INTO retention (purpose, keep_days, least_days) VALUES
  ('hotline', 365, 1), ('service', 365, 1), ('debt', 1096, 1096), ('advertising', 365, 1), ('survey', 183, 1), ('manual', 365, 1);

ALTER TABLE recordings
  -- Spans that the agent silenced: [{from, to, agentId}], epoch ms; to null: until the end.
  ADD COLUMN pauses  jsonb NOT NULL DEFAULT '[]',
  -- Null until the care job has looked.
  ADD COLUMN purpose text REFERENCES retention,
  ADD COLUMN state   text NOT NULL DEFAULT 'pending' CHECK (state IN ('pending', 'ok', 'missing', 'oneSided', 'short', 'unreadable')),
  -- What was measured: RecordingFinding in server/recordings/schema.ts.
  ADD COLUMN finding jsonb,
  ADD COLUMN checked_at timestamptz,
  -- Its row was made from the files alone: the server never saw the talk.
  ADD COLUMN adopted boolean NOT NULL DEFAULT false,
  -- Bytes of each voice as kept, the shorter one padded with silence; null: that voice is not there.
  ADD COLUMN customer_bytes bigint,
  ADD COLUMN agent_bytes    bigint,
  ADD COLUMN customer_sha256 bytea,
  ADD COLUMN agent_sha256    bytea,
  -- 600 peaks of the customer's voice, 600 of the agent's.
  ADD COLUMN waveform  bytea,
  -- Since when it lies encrypted; its data key is wrapped by the house's key of this id. Without wrapped_key nobody can read it.
  ADD COLUMN sealed_at timestamptz,
  ADD COLUMN key_id    text,
  ADD COLUMN wrapped_key bytea,
  -- The plain files were removed after the encrypted ones had been read back.
  ADD COLUMN plain_gone boolean NOT NULL DEFAULT false,
  -- A dispute: not deleted while it stands.
  ADD COLUMN held_at     timestamptz,
  ADD COLUMN held_by     integer REFERENCES users,
  ADD COLUMN hold_reason text,
  ADD COLUMN deleted_at    timestamptz,
  ADD COLUMN deleted_by    integer REFERENCES users, -- null: the retention sweep
  ADD COLUMN delete_reason text,
  ADD COLUMN files_gone    boolean NOT NULL DEFAULT false;

-- What the care job still has to do; few rows.
CREATE INDEX recordings_care ON recordings (node, started_at)
  WHERE (deleted_at IS NULL AND NOT plain_gone) OR (deleted_at IS NOT NULL AND NOT files_gone);
CREATE INDEX recordings_retention ON recordings (purpose, started_at) WHERE deleted_at IS NULL;
CREATE INDEX recordings_trouble ON recordings (started_at DESC) WHERE state NOT IN ('ok', 'pending') AND deleted_at IS NULL;
CREATE INDEX recordings_key ON recordings (key_id) WHERE wrapped_key IS NOT NULL;

-- Something is wrong and somebody should know. Open until it is resolved by itself (resolved_at) or a person says that he has seen it.
CREATE TABLE alarms (
  id        bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  at        timestamptz NOT NULL DEFAULT clock_timestamp(),
  kind      text NOT NULL,
  -- What it is about: a call's id, a loop's name …; one alarm of a kind about a subject at a time.
  subject   text NOT NULL DEFAULT '',
  call_id   text,
  detail    jsonb NOT NULL DEFAULT '{}',
  resolved_at     timestamptz,
  acknowledged_at timestamptz,
  acknowledged_by integer REFERENCES users
);
CREATE UNIQUE INDEX alarms_open ON alarms (kind, subject) WHERE resolved_at IS NULL;
CREATE INDEX alarms_at ON alarms (at DESC);
CREATE INDEX alarms_call ON alarms (call_id) WHERE call_id IS NOT NULL;
