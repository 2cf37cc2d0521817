//! Deliveries: when they are tried, and in which order.

#[cfg(test)]
mod backlog;
#[cfg(test)]
mod tries;
