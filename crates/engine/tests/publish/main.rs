//! The generator over facts and ports in memory.

#[cfg(test)]
mod calendar;
#[cfg(test)]
mod flapping;
#[cfg(test)]
mod function;
#[cfg(test)]
pub(crate) mod incidents;
#[cfg(test)]
mod members;
#[cfg(test)]
mod months;
#[cfg(test)]
mod next_update;
#[cfg(test)]
mod privacy;
#[cfg(test)]
mod providers;
#[cfg(test)]
mod reduction;
#[cfg(test)]
mod times;
