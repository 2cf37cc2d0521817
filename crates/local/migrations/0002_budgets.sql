-- The money that each monitor has spent in a month of UTC, such as 2026-11, in billionths of a US
-- dollar. Amounts that are reserved and not settled are part of it.
CREATE TABLE budgets (
    monitor TEXT NOT NULL,
    month TEXT NOT NULL,
    spent INTEGER NOT NULL CHECK (spent >= 0),
    PRIMARY KEY (monitor, month)
) STRICT, WITHOUT ROWID;
