//! Events of a history: those of the demo's fictitious services in the 90 days before the demo.

use allclear_core::outcome::{Cause, Verdict};
use allclear_core::reason::Reason;

/// Length of the history in days, today included.
pub const N_DAYS: i64 = 90;

/// The day, counted back from today, on which Allclear itself was off.
pub const DAY_OFF: i64 = 58;

/// The events of a history.
#[derive(Debug, Clone, Copy)]
pub struct Chronicle<'a> {
    /// Outages and slow periods.
    pub episodes: &'a [Episode<'a>],
    /// An episode that was planned; it is one of `episodes`.
    pub maintenance: Option<Episode<'a>>,
    /// The day, counted back from today, on which Allclear itself was off.
    pub day_off: Option<i64>,
}

impl Chronicle<'_> {
    /// The events of the services of `allclear demo`.
    pub const DEMO: Chronicle<'static> =
        Chronicle { episodes: &EPISODES, maintenance: Some(MAINTENANCE), day_off: Some(DAY_OFF) };
}

/// The window of planned maintenance.
const MAINTENANCE: Episode<'static> = episode(
    "orders-database",
    20,
    2 * 60,
    60,
    EpisodeEffect::Down(Reason::ConnectRefused, "refused"),
);

/// A period of trouble of one service.
#[derive(Debug, Clone, Copy)]
pub struct Episode<'a> {
    /// The monitor's id.
    pub monitor: &'a str,
    /// The day of its beginning, counted back from today. At least 2, so that the last 24 hours are calm.
    pub days_ago: i64,
    /// The minute of that day, UTC.
    pub minute: i64,
    /// Duration in minutes.
    pub minutes: i64,
    /// Kind of trouble.
    pub trouble: EpisodeEffect,
}

/// Effect of an episode on the checks of a service.
#[derive(Debug, Clone, Copy)]
pub enum EpisodeEffect {
    /// An outage: the reason and the message of each check.
    Down(Reason, &'static str),
    /// A slow period: the response time in milliseconds.
    Slow(u64),
    /// A degraded period: the reason and the message of each check.
    Degraded(Reason, &'static str),
    /// A refused key, which shows nothing about the service: the message of each check.
    KeyRefused(&'static str),
}

impl EpisodeEffect {
    /// Returns the verdict of a check during the episode.
    pub(crate) fn verdict(self) -> Verdict {
        match self {
            Self::Down(reason, message) => Verdict::Unhealthy(Cause::of(reason, message)),
            Self::Degraded(reason, message) => Verdict::Degraded(Cause::of(reason, message)),
            Self::Slow(ms) => Verdict::Degraded(Cause::of(
                Reason::Degraded,
                format!("slower than it should be: {ms} ms"),
            )),
            Self::KeyRefused(message) => {
                Verdict::Unhealthy(Cause::of(Reason::AuthInvalid, message))
            }
        }
    }
}

/// All episodes except [`DAY_OFF`].
pub const EPISODES: [Episode<'static>; 16] = [
    episode("search", 80, 7 * 60, 9 * 60, EpisodeEffect::Slow(1_150)),
    episode("search", 79, 6 * 60 + 10, 5 * 60, EpisodeEffect::Slow(940)),
    episode("checkout", 71, 14 * 60 + 3, 47, EpisodeEffect::Down(Reason::HttpStatus, "status 502")),
    episode(
        "order-history",
        71,
        14 * 60 + 5,
        46,
        EpisodeEffect::Down(Reason::HttpStatus, "status 500"),
    ),
    episode(
        "gemini-api",
        63,
        16 * 60 + 22,
        58,
        EpisodeEffect::Down(Reason::HttpStatus, "status 503"),
    ),
    episode(
        "storefront",
        55,
        9 * 60 + 41,
        6,
        EpisodeEffect::Down(Reason::Timeout, "no answer in 3s"),
    ),
    episode("openai-api", 48, 15 * 60, 4 * 60 + 30, EpisodeEffect::Slow(2_300)),
    episode("certificate", 44, 60, 2 * 24 * 60, CERTIFICATE),
    episode(
        "image-cdn",
        40,
        3 * 60 + 12,
        205,
        EpisodeEffect::Down(Reason::ConnectTimeout, "no answer"),
    ),
    episode("search", 33, 11 * 60 + 8, 94, EpisodeEffect::Down(Reason::HttpStatus, "status 503")),
    episode(
        "anthropic-api",
        30,
        0,
        24 * 60,
        EpisodeEffect::KeyRefused("status 401: the key has expired"),
    ),
    MAINTENANCE,
    episode("nightly-backup", 17, 4 * 60, 4 * 60 + 30, BACKUP),
    episode(
        "openai-api",
        12,
        18 * 60 + 5,
        34,
        EpisodeEffect::Down(Reason::HttpStatus, "status 500"),
    ),
    episode(
        "checkout",
        9,
        10 * 60 + 16,
        22,
        EpisodeEffect::Down(Reason::Timeout, "no answer in 3s"),
    ),
    episode("search", 6, 19 * 60 + 30, 75, EpisodeEffect::Slow(870)),
];

const CERTIFICATE: EpisodeEffect = EpisodeEffect::Degraded(
    Reason::CertificateExpiring,
    "the certificate expires in 20 days; renew it",
);

const BACKUP: EpisodeEffect =
    EpisodeEffect::Down(Reason::BeatMissing, "the last success is 25h ago");

const fn episode(
    monitor: &'static str,
    days_ago: i64,
    minute: i64,
    minutes: i64,
    trouble: EpisodeEffect,
) -> Episode<'static> {
    Episode { monitor, days_ago, minute, minutes, trouble }
}
