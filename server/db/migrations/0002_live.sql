-- What agents did, change by change; append-only. The newest row of an agent is where a new switchboard takes him up.
CREATE TABLE agent_activity (
  id       bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  agent_id integer NOT NULL REFERENCES users ON DELETE CASCADE,
  node     text NOT NULL,
  at       timestamptz NOT NULL,
  activity jsonb NOT NULL
);
CREATE INDEX agent_activity_agent ON agent_activity (agent_id, id DESC);

-- History that the database refused (not: could not be reached): nothing is thrown away unseen.
CREATE TABLE history_rejects (
  id    bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  at    timestamptz NOT NULL DEFAULT now(),
  kind  text NOT NULL,
  item  jsonb NOT NULL,
  error text NOT NULL
);
