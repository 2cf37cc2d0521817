//! Checks of services against the real servers: databases, queues, mail, remote shells. `scripts/test servers`
//! installs them.

#[cfg(test)]
mod servers;
#[cfg(test)]
mod support;
