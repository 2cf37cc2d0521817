//! The titles of notifications of Allclear about itself.

use crate::rule::REGION_SILENT;

/// Returns the title of a notification that Allclear itself, or one of its regions, cannot measure.
pub(crate) fn trouble(rules: &str) -> String {
    let title = if rules == REGION_SILENT { "A region is silent" } else { "Monitoring impaired" };
    title.to_owned()
}

/// Returns the title of a notification that such a trouble is over.
pub(crate) fn resolved(rules: &str) -> String {
    let is_region = rules == REGION_SILENT;
    if is_region { "Resolved: a region was silent" } else { "Monitoring works again" }.to_owned()
}
