//! The providers of language models, as a client sees them.

mod rows;
