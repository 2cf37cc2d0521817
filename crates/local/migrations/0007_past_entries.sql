-- A copy of each entry of an operator, as it ended. It is kept as long as runs are, so that past decisions can be replayed.
CREATE TABLE past_entries (
    created_at INTEGER NOT NULL,
    id TEXT NOT NULL,
    -- The time from which on the entry was no longer in force; NULL while it has no end.
    expires_at INTEGER,
    entry TEXT NOT NULL,
    PRIMARY KEY (created_at, id)
) STRICT, WITHOUT ROWID;

-- The evidence for a suppressed alert, as JSON; NULL in rows of older versions.
ALTER TABLE held ADD COLUMN evidence TEXT;
