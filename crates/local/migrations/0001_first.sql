-- Times are nanoseconds of UTC since 1970 where their name ends in `_at` or is `at` or `start`, and
-- durations nanoseconds where it ends in `_ns`. The views at the end, and nothing else here, are a
-- public interface.

-- The log. A run's key makes a schedule that fires twice record once.
CREATE TABLE runs (
    id INTEGER PRIMARY KEY,
    shard TEXT NOT NULL,
    scheduled_at INTEGER NOT NULL,
    region TEXT NOT NULL,
    lane TEXT NOT NULL,
    lag_ns INTEGER NOT NULL,
    took_ns INTEGER NOT NULL,
    -- 1 where the evaluator set it aside because it came after its hour was closed.
    too_late INTEGER NOT NULL DEFAULT 0,
    UNIQUE (shard, scheduled_at, region, lane)
) STRICT;

CREATE INDEX runs_by_time ON runs (scheduled_at, region, lane);

-- Clustered by run, so that recording one appends to the last pages and touches no others.
CREATE TABLE outcomes (
    run INTEGER NOT NULL REFERENCES runs (id) ON DELETE CASCADE,
    position INTEGER NOT NULL,
    monitor TEXT NOT NULL,
    -- When the check was due, in seconds since 1970; exactly: the run's time plus `offset_ns`.
    at_s INTEGER NOT NULL,
    offset_ns INTEGER NOT NULL,
    status TEXT NOT NULL,
    fault TEXT,
    reason TEXT,
    message TEXT,
    latency_ns INTEGER,
    dns_ns INTEGER,
    connect_ns INTEGER,
    tls_ns INTEGER,
    first_byte_ns INTEGER,
    transfer_ns INTEGER,
    -- A JSON object of names to numbers.
    metrics TEXT,
    -- A JSON object of names to texts.
    labels TEXT,
    -- Billionths of a US dollar.
    cost_nanodollars INTEGER NOT NULL,
    attempts INTEGER NOT NULL,
    -- Computed when read. Stored in the index alone, which a comparison with `datetime(…)` uses.
    timestamp TEXT GENERATED ALWAYS AS (datetime(at_s, 'unixepoch')) VIRTUAL,
    PRIMARY KEY (run, position)
) STRICT, WITHOUT ROWID;

CREATE INDEX outcomes_by_time ON outcomes (timestamp);

-- The state of each shard: a byte that names the format, then the state in that format.
CREATE TABLE checkpoints (
    shard TEXT PRIMARY KEY,
    version INTEGER NOT NULL,
    state BLOB NOT NULL
) STRICT, WITHOUT ROWID;

-- What people ask of the state, one row a monitor, written with it.
CREATE TABLE monitor_states (
    monitor TEXT PRIMARY KEY,
    shard TEXT NOT NULL,
    status TEXT NOT NULL,
    since INTEGER NOT NULL,
    consecutive_failures INTEGER NOT NULL,
    last_healthy_at INTEGER,
    last_at INTEGER
) STRICT, WITHOUT ROWID;

CREATE INDEX monitor_states_by_shard ON monitor_states (shard);

CREATE TABLE transitions (
    at INTEGER NOT NULL,
    monitor TEXT NOT NULL,
    confirmed_at INTEGER NOT NULL,
    from_status TEXT NOT NULL,
    to_status TEXT NOT NULL,
    fault TEXT,
    reason TEXT,
    message TEXT,
    PRIMARY KEY (at, monitor, confirmed_at)
) STRICT, WITHOUT ROWID;

CREATE TABLE fired_alerts (
    id TEXT PRIMARY KEY,
    monitor TEXT NOT NULL,
    rule TEXT NOT NULL,
    severity TEXT NOT NULL,
    message TEXT NOT NULL,
    pending_at INTEGER NOT NULL,
    fired_at INTEGER NOT NULL,
    resolved_at INTEGER
) STRICT;

CREATE INDEX fired_alerts_by_time ON fired_alerts (fired_at);
CREATE INDEX fired_alerts_open ON fired_alerts (fired_at) WHERE resolved_at IS NULL;

CREATE TABLE held (
    at INTEGER NOT NULL,
    alert TEXT NOT NULL,
    gate TEXT NOT NULL,
    reason TEXT NOT NULL,
    PRIMARY KEY (at, alert, gate)
) STRICT, WITHOUT ROWID;

-- The outbox. `position` grows with each decision.
CREATE TABLE deliveries (
    position INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    channel TEXT NOT NULL,
    -- The notification, and the ids of the deliveries that it comes after, as JSON.
    notification TEXT NOT NULL,
    comes_after TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    n_tries INTEGER NOT NULL,
    -- `owed`, `sent`, `given_up` or `superseded`.
    state TEXT NOT NULL,
    -- While owed.
    next_try_at INTEGER,
    -- When it was sent or given up.
    settled_at INTEGER,
    -- The last error while owed, or why it was given up.
    detail TEXT
) STRICT;

CREATE INDEX deliveries_owed ON deliveries (position) WHERE state = 'owed';
CREATE INDEX deliveries_by_time ON deliveries (created_at);

CREATE TABLE rollups (
    period TEXT NOT NULL,
    start INTEGER NOT NULL,
    monitor TEXT NOT NULL,
    -- A byte that names the format, then the rollup in that format.
    rollup BLOB NOT NULL,
    PRIMARY KEY (period, start, monitor)
) STRICT, WITHOUT ROWID;

-- The latest beat of each heartbeat monitor, as JSON.
CREATE TABLE beats (
    monitor TEXT PRIMARY KEY,
    beat TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- The latest note of each checker that takes notes, as JSON.
CREATE TABLE notes (
    region TEXT NOT NULL,
    monitor TEXT NOT NULL,
    note TEXT NOT NULL,
    PRIMARY KEY (region, monitor)
) STRICT, WITHOUT ROWID;

-- Which models each monitor's provider has and how that changed, as JSON.
CREATE TABLE catalogs (
    monitor TEXT PRIMARY KEY,
    known TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- Every check: its response time in seconds, its time in UTC.
CREATE VIEW health_checks (service_name, status, response_time, timestamp) AS
SELECT monitor, status, latency_ns / 1e9, timestamp
FROM outcomes;

-- Every monitor: its confirmed status and its last 24 hours. A monitor that was not checked within
-- them is unknown. Uptime is (healthy + degraded) / (healthy + degraded + unhealthy), without what
-- is not the service's own fault, rounded down. A rate limit counts as degraded.
CREATE VIEW service_status (
    service_name, current_status, uptime_percentage, consecutive_failures, last_healthy, last_updated
) AS
WITH last_day AS (
    SELECT
        monitor,
        SUM(
            (status IN ('healthy', 'degraded') AND COALESCE(fault, 'target') IN ('target', 'throttled'))
            OR (status = 'unhealthy' AND fault = 'throttled')
        ) AS n_good,
        SUM(status <> 'unknown' AND COALESCE(fault, 'target') IN ('target', 'throttled')) AS n_measured,
        MAX(CASE WHEN status = 'healthy' THEN timestamp END) AS last_healthy,
        MAX(timestamp) AS last_updated
    FROM outcomes
    WHERE timestamp > datetime('now', '-24 hours')
    GROUP BY monitor
)
SELECT
    state.monitor,
    CASE WHEN last_day.monitor IS NULL THEN 'unknown' ELSE state.status END,
    (10000 * last_day.n_good / NULLIF(last_day.n_measured, 0)) / 100.0,
    state.consecutive_failures,
    COALESCE(last_day.last_healthy, datetime(state.last_healthy_at / 1000000000, 'unixepoch')),
    COALESCE(last_day.last_updated, datetime(state.last_at / 1000000000, 'unixepoch'))
FROM monitor_states AS state
LEFT JOIN last_day ON last_day.monitor = state.monitor;

-- Every alert that fired.
CREATE VIEW alerts (service_name, alert_type, severity, message, triggered_at) AS
SELECT monitor, rule, severity, message, datetime(fired_at / 1000000000, 'unixepoch')
FROM fired_alerts;
