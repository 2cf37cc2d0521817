//! Providers of language models: their endpoints below `/llm/PROVIDER/`, their recorded answers, their streams.
//!
//! What they say is data, below `providers/`; here is what turns it into answers.

mod data;
mod frames;
mod rows;

pub use data::{providers, rows};
pub use rows::{Operation, Row, Weight};
