-- The gateway's ledger: every answer it gave, in order, and nothing is ever changed or removed.
-- The state of a key is the fold of its rows; what moved is the approved charges less the approved voids.
CREATE TABLE IF NOT EXISTS ledger (
  key TEXT NOT NULL,
  seq INTEGER NOT NULL, -- 1, 2, … within the key: a writer that knows an old state collides here
  payment_id TEXT NOT NULL,
  order_id TEXT NOT NULL,
  kind TEXT NOT NULL CHECK (kind IN ('charge', 'void')),
  amount INTEGER NOT NULL CHECK (amount >= 0), -- minor units
  currency TEXT, -- NULL: a void of a key that was never charged
  outcome TEXT NOT NULL CHECK (outcome IN ('approved', 'declined', 'error')),
  token TEXT, -- of approved charges only: what a void goes back to
  at INTEGER NOT NULL, -- epoch milliseconds
  PRIMARY KEY (key, seq)
) STRICT, WITHOUT ROWID;

CREATE INDEX IF NOT EXISTS ledger_by_order ON ledger (order_id);
