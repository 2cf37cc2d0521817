-- Maintenance windows, silences and acknowledgements that operators made at run time, as JSON.
CREATE TABLE operator_entries (
    id TEXT NOT NULL PRIMARY KEY,
    -- The time from which on no service needs the entry, in nanoseconds since 1970; NULL without an end.
    needed_until INTEGER,
    entry TEXT NOT NULL
) STRICT, WITHOUT ROWID;
