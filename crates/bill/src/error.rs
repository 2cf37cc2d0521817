//! The reasons why there is no bill.

use allclear_aws::dynamo::encoding::EncodeError;
use allclear_core::id::IdError;
use allclear_core::ports::StoreError;
use allclear_engine::evaluate::EvaluateError;
use allclear_evaluate::ConditionError;
use allclear_status_site::snapshot::HrefError;

/// The reason why there is no bill.
#[derive(Debug, thiserror::Error)]
pub enum BillError {
    /// The built-in list of prices cannot be read.
    #[error("cannot read the built-in list of prices")]
    Prices(#[source] Box<toml::de::Error>),
    /// The built-in list of prices lacks an item.
    #[error("no price of `{0}`")]
    NoPrice(String),
    /// The built-in template does not state a value in the expected form.
    #[error("{0}")]
    Template(String),
    /// A region has no valid name.
    #[error("a region of the bill has an invalid name")]
    Region(#[from] IdError),
    /// A rule cannot be evaluated.
    #[error(transparent)]
    Condition(#[from] ConditionError),
    /// The day cannot be evaluated.
    #[error("cannot evaluate the simulated day")]
    Evaluate(#[from] EvaluateError),
    /// The table in memory refuses a record.
    #[error("cannot store the simulated day")]
    Store(#[from] StoreError),
    /// A record cannot be encoded.
    #[error("cannot encode the simulated day")]
    Encode(#[from] EncodeError),
    /// The sample address of the page is invalid.
    #[error(transparent)]
    Address(#[from] HrefError),
    /// The page cannot be compressed.
    #[error("cannot compress the page")]
    Compress(#[from] std::io::Error),
}

/// The result of a step of the bill.
pub(crate) type Result<T> = std::result::Result<T, BillError>;
