//! Redaction: what is taken out of texts, and what is left in them.

#[cfg(test)]
mod texts;
