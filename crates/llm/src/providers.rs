//! The tables, one module for each provider.

use crate::provider::Provider;

/// All of them, in the order of the documentation.
pub(crate) const ALL: &[&Provider] = &[];
