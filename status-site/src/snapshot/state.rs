//! States of a service as a reader sees them.

/// The current state of a service as readers of the page see it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ServiceState {
    /// Works.
    Operational,
    /// Slow, or failing in part.
    Degraded,
    /// Down.
    Outage,
    /// In an announced maintenance window.
    Maintenance,
    /// Not measured, or not measured because of our own fault.
    NoData,
}

impl ServiceState {
    /// Every state, from the worst to the best, as a group sums up its services.
    pub const WORST_FIRST: [Self; 5] =
        [Self::Outage, Self::Degraded, Self::NoData, Self::Maintenance, Self::Operational];

    /// The name of the state in JSON and metrics.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Operational => "operational",
            Self::Degraded => "degraded",
            Self::Outage => "outage",
            Self::Maintenance => "maintenance",
            Self::NoData => "no_data",
        }
    }

    /// The name of the state in class names, fragment ids and tokens.
    #[must_use]
    pub fn slug(self) -> &'static str {
        match self {
            Self::Operational => "ok",
            Self::Degraded => "degraded",
            Self::Outage => "outage",
            Self::Maintenance => "maintenance",
            Self::NoData => "nodata",
        }
    }

    /// Returns whether users of the service notice the state.
    #[must_use]
    pub fn is_problem(self) -> bool {
        matches!(self, Self::Degraded | Self::Outage)
    }
}
