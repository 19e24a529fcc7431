-- A file of the ledger is known by a hash of its first line, whatever it is called today; both tables say so now.
ALTER TABLE ledger_offsets ADD COLUMN file_hash bigint;
UPDATE ledger_offsets SET file_hash = ('x' || file)::bit(64)::bigint;
ALTER TABLE ledger_offsets DROP CONSTRAINT ledger_offsets_pkey;
ALTER TABLE ledger_offsets DROP COLUMN file, DROP COLUMN inode;
ALTER TABLE ledger_offsets ADD PRIMARY KEY (node, file_hash);
ALTER TABLE ledger_offsets ADD COLUMN name text NOT NULL DEFAULT '';   -- as it was called when last read
ALTER TABLE ledger_offsets ADD COLUMN tail text NOT NULL DEFAULT '';   -- hash of the bytes before the offset: was the file cut behind our back?
ALTER TABLE ledger_offsets ADD COLUMN read_at timestamptz NOT NULL DEFAULT now();
ALTER TABLE ledger RENAME COLUMN file_inode TO file_hash;

-- Order of arrival (one reader a node writes them): what was told up to here has been compared with history.
ALTER TABLE ledger ADD COLUMN seq bigint GENERATED ALWAYS AS IDENTITY;
CREATE TABLE ledger_settled (
  node text PRIMARY KEY,
  seq  bigint NOT NULL
);
DROP INDEX ledger_fallback;
-- Ends of channels, and the first channel of each life of the exchange.
CREATE INDEX ledger_ends ON ledger (node, seq) WHERE type = 'HANGUP' OR (type = 'CHAN_START' AND channel_id LIKE '%.0');
CREATE INDEX ledger_at ON ledger (node, at);
-- Kept-up legs carry no call's id: the bridge says with which calls they were.
CREATE INDEX ledger_bridge ON ledger ((extra ->> 'bridge_id')) WHERE type IN ('BRIDGE_ENTER', 'BRIDGE_EXIT');

-- Lines that could not be taken in, with their text: nothing is thrown away unseen.
CREATE TABLE ledger_rejects (
  node        text NOT NULL,
  file_hash   bigint NOT NULL,
  byte_offset bigint NOT NULL,
  at          timestamptz NOT NULL DEFAULT now(),
  reason      text NOT NULL CHECK (reason IN ('unreadable', 'torn')),
  line        text NOT NULL,
  PRIMARY KEY (node, file_hash, byte_offset)
);
INSERT INTO ledger_rejects (node, file_hash, byte_offset, at, reason, line)
  SELECT node, file_hash, byte_offset, at, 'unreadable', coalesce(extra ->> 'line', '') FROM ledger WHERE type = 'UNREADABLE';
DELETE FROM ledger WHERE type = 'UNREADABLE';
