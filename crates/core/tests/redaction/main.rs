//! Tests of redaction: the texts that are removed, and those that stay.

#[cfg(test)]
mod texts;
