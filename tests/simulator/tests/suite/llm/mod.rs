//! Tests of the providers of language models from a client's point of view.

mod client;
mod refusals;
mod rows;
mod streams;
mod success;
