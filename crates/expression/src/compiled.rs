//! A compiled condition.

use std::collections::BTreeSet;

use super::pattern::Pattern;
use super::syntax::Node;

/// A parsed condition and the names it asks for.
#[derive(Debug)]
pub(super) struct Compiled {
    pub(super) root: Node,
    /// The variables it asks for, by their indices in the tree.
    pub(super) variables: Vec<&'static str>,
    pub(super) patterns: Vec<Pattern>,
    /// The measurements that it asks for, and those without which it cannot hold.
    pub(super) metrics: BTreeSet<String>,
    pub(super) needed_metrics: BTreeSet<String>,
}
