//! Tests of the times at which deliveries are tried.

#[cfg(test)]
mod tries;
