//! The channels, as a config writes them and as a destination sees them.

#[cfg(test)]
mod log;
#[cfg(test)]
mod messages;
#[cfg(test)]
mod notices;
#[cfg(test)]
mod params;
#[cfg(test)]
mod proxies;
#[cfg(test)]
mod sending;
#[cfg(test)]
mod slack;
#[cfg(test)]
mod webhook;
