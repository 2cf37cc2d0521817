//! The services of a long-running process over ports in memory, on the paused clock.

#[cfg(test)]
mod attempts;
#[cfg(test)]
mod loops;
#[cfg(test)]
mod scheduler;
#[cfg(test)]
mod tasks;
#[cfg(test)]
mod watchdog;
#[cfg(test)]
mod world;
