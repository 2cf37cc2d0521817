//! Tests of the deliveries owed to one channel.

#[cfg(test)]
mod order;
