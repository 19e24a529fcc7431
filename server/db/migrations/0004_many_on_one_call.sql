-- More than one agent on a call: transfers, consultations, conferences, supervisors.
ALTER TABLE call_legs DROP CONSTRAINT call_legs_role_check;
ALTER TABLE call_legs ADD CONSTRAINT call_legs_role_check CHECK (role IN ('customer', 'agent', 'outside', 'supervisor'));
ALTER TABLE call_legs ADD COLUMN phone text; -- outside legs: whom we rang

CREATE TABLE call_transfers (
  call_id    text NOT NULL REFERENCES calls ON DELETE CASCADE,
  seq        integer NOT NULL,
  at         timestamptz NOT NULL,
  kind       text NOT NULL CHECK (kind IN ('blind', 'attended')),
  conference boolean NOT NULL DEFAULT false,
  from_agent_id integer NOT NULL REFERENCES users,
  to_kind    text NOT NULL CHECK (to_kind IN ('agent', 'queue', 'outside')),
  to_agent_id integer REFERENCES users,
  to_queue_id integer REFERENCES queues,
  to_phone   text,
  ended_at   timestamptz,
  how_ended  text CHECK (how_ended IN ('completed', 'cancelled', 'refused', 'returned', 'customerLeft')),
  PRIMARY KEY (call_id, seq)
);

-- What each agent of a call said about it; calls.disposition_id and calls.note are those of the call's last agent, or the only
-- ones. An agent who handed the call over speaks before its row in `calls` is written: no reference.
CREATE TABLE call_results (
  call_id  text NOT NULL,
  agent_id integer NOT NULL REFERENCES users,
  at       timestamptz NOT NULL DEFAULT now(),
  disposition_id integer NOT NULL REFERENCES dispositions,
  note     text,
  PRIMARY KEY (call_id, agent_id)
);

-- Acts of people that must be answered for: listening in, taking over, changing an agent's state, playing or downloading a
-- recording. Append-only.
CREATE TABLE user_acts (
  id       bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  at       timestamptz NOT NULL DEFAULT clock_timestamp(),
  user_id  integer NOT NULL REFERENCES users,
  act      text NOT NULL,
  call_id  text,
  agent_id integer,
  detail   jsonb NOT NULL DEFAULT '{}'
);
CREATE INDEX user_acts_at ON user_acts (at DESC);
CREATE INDEX user_acts_call ON user_acts (call_id) WHERE call_id IS NOT NULL;
CREATE RULE user_acts_append_only AS ON UPDATE TO user_acts DO INSTEAD NOTHING;
CREATE RULE user_acts_kept AS ON DELETE TO user_acts DO INSTEAD NOTHING;
