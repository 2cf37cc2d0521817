//! The providers of language models, as a client sees them.

mod client;
mod refusals;
mod rows;
mod streams;
mod success;
