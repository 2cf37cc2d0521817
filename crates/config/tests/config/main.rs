//! Tests of the public interface: texts in, configs and messages out.

#[cfg(test)]
mod actions;
mod changes;
#[cfg(test)]
mod incidents;
#[cfg(test)]
mod inline;
#[cfg(test)]
mod kinds;
mod mistakes;
mod page;
#[cfg(test)]
mod routes;
#[cfg(test)]
mod schema;
mod sound;
#[cfg(test)]
mod thresholds;
#[cfg(test)]
mod windows;
