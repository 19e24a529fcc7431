-- What is asked every few seconds must not read the whole of ten years.
CREATE INDEX ledger_fallback ON ledger (node, channel_id) WHERE type = 'FALLBACK';
CREATE INDEX calls_queue ON calls (queue_id, offered_at) WHERE queue_id IS NOT NULL;
