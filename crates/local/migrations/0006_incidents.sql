-- Incidents as the evaluator recorded them, as JSON.
CREATE TABLE incidents (
    id TEXT NOT NULL PRIMARY KEY,
    -- The time of the latest change, in nanoseconds since 1970.
    changed_at INTEGER NOT NULL,
    -- NULL while the incident is open.
    resolved_at INTEGER,
    incident TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX incidents_by_change ON incidents (changed_at);

-- Entries of operators about incidents, as JSON.
CREATE TABLE incident_entries (
    incident TEXT NOT NULL,
    at INTEGER NOT NULL,
    entry TEXT NOT NULL,
    PRIMARY KEY (incident, at)
) STRICT, WITHOUT ROWID;
