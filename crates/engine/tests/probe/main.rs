//! The prober with scripted checks and ports in memory.

#[cfg(test)]
mod beats;
#[cfg(test)]
mod budget;
#[cfg(test)]
mod checks;
#[cfg(test)]
mod event;
#[cfg(test)]
mod function;
#[cfg(test)]
mod limits;
#[cfg(test)]
mod log;
#[cfg(test)]
mod memory;
#[cfg(test)]
mod rotation;
#[cfg(test)]
mod world;
