//! Deliveries: when they are tried, and in which order.

#[cfg(test)]
mod plan;
#[cfg(test)]
mod tries;
