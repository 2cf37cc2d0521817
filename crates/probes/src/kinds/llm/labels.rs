//! The labels of the kind `llm`.

use allclear_core::kind::Label;
use allclear_core::provider_status;

macro_rules! labels {
    ($($(#[$doc:meta])* $label:ident = $name:expr;)+) => {
        $($(#[$doc])* pub(super) const $label: Label = Label::new($name);)+

        /// All labels, in the order of the documentation.
        pub(super) const ALL: &[Label] = &[$($label,)+];
    };
}

labels! {
    /// The highest step that works below the one that fails.
    WORKS_UP_TO = "works_up_to";
    /// The rule that classified the failure.
    CLASSIFIED_BY = "classified_by";
    /// The steps that the server does not have.
    ABSENT = "absent";
    /// The provider's own code of the failure.
    PROVIDER_CODE = "provider_code";
    /// The id by which the provider finds the request.
    REQUEST_ID = "request_id";
    /// The reason why the answer ended.
    FINISH_REASON = "finish_reason";
    /// The model that answered.
    MODEL = "model";
    /// The provider behind a router, or the machine, that answered.
    SERVED_BY = "served_by";
    /// The rate limit of which the smallest part is left.
    TIGHTEST = "tightest";
    /// The kind of a key: `restricted` or `trial`.
    KEY = "key";
    /// A warning about the form of a key.
    KEY_DOUBT = "key_doubt";
    /// The failure without a key that a call with a key disproves.
    REACH = "reach";
    /// The reason why nothing is completed: the cap is reached.
    COMPLETION = "completion";
    /// `assumed` if the price of the model is unknown.
    PRICE = "price";
    /// The reason why usage could not be read.
    USAGE = "usage";
    /// The reason why the status page could not be read.
    STATUS_PAGE = "status_page";
    /// The level that the status page states.
    PROVIDER_SAYS = provider_status::LEVEL_LABEL;
    /// The headline of the status page.
    PROVIDER_HEADLINE = provider_status::HEADLINE;
    /// The phase of the open incident of the status page: `investigating`, `identified`, `monitoring`.
    PROVIDER_PHASE = provider_status::PHASE;
}
