//! Amazon Web Services: Bedrock, and its marketplace's errors about a subscription.

use allclear_core::reason::Reason::{Billing, RegionBlocked};

use super::{ServerFamily, anything};
use crate::classify::rule::ErrorRule;

pub(super) const FAMILY: ServerFamily = ServerFamily {
    name: "aws",
    wrote: anything,
    of: &[],
    rules: &[
        ErrorRule::means(Billing).texts(&["invalid_payment_instrument"]),
        ErrorRule::means(Billing).texts(&["marketplace", "payment"]),
        ErrorRule::means(RegionBlocked).texts(&["unsupported countries, regions"]),
    ],
};
