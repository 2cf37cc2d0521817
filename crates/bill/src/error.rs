//! The reasons why there is no bill.

use allclear_aws::dynamo::encoding::EncodeError;
use allclear_core::id::IdError;
use allclear_core::ports::StoreError;
use allclear_engine::evaluate::EvaluateError;
use allclear_evaluate::ConditionError;

/// The reason why there is no bill.
#[derive(Debug, thiserror::Error)]
pub enum BillError {
    /// The built-in list of prices cannot be read.
    #[error("the built-in list of prices cannot be read")]
    Prices(#[source] Box<toml::de::Error>),
    /// The built-in list of prices lacks an item.
    #[error("there is no price of `{0}`")]
    NoPrice(String),
    /// The built-in template does not state a value in the expected form.
    #[error("{0}")]
    Template(String),
    /// A region has no valid name.
    #[error("a region of the bill has no valid name")]
    Region(#[from] IdError),
    /// A rule cannot be evaluated.
    #[error(transparent)]
    Condition(#[from] ConditionError),
    /// The day cannot be evaluated.
    #[error("the day that the bill is made of cannot be evaluated")]
    Evaluate(#[from] EvaluateError),
    /// The table in memory refuses a record.
    #[error("the day that the bill is made of cannot be stored")]
    Store(#[from] StoreError),
    /// A record cannot be encoded.
    #[error("the day that the bill is made of cannot be encoded")]
    Encode(#[from] EncodeError),
    /// The page cannot be compressed.
    #[error("the page cannot be compressed")]
    Compress(#[from] std::io::Error),
}

/// The result of a step of the bill.
pub(crate) type Result<T> = std::result::Result<T, BillError>;
