//! The notifier against destinations on this machine and an outbox in memory.

#[cfg(test)]
mod actions;
#[cfg(test)]
mod channels;
#[cfg(test)]
mod crashes;
#[cfg(test)]
mod drain;
#[cfg(test)]
mod function;
#[cfg(test)]
mod interleaved;
#[cfg(test)]
mod order;
#[cfg(test)]
mod outbox;
#[cfg(test)]
mod references;
#[cfg(test)]
mod rotation;
#[cfg(test)]
mod timers;
#[cfg(test)]
mod watchdog;
#[cfg(test)]
mod world;
