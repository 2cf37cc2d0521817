//! Deliveries: when they are tried.

#[cfg(test)]
mod tries;
