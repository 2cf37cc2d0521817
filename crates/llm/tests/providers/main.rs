//! The requests to providers, and the verdicts on their answers.

#[cfg(test)]
mod any_bytes;
#[cfg(test)]
mod calls;
#[cfg(test)]
mod documentation;
#[cfg(test)]
mod error_bodies;
#[cfg(test)]
mod rows;
#[cfg(test)]
mod tasks;
#[cfg(test)]
mod verdicts;
#[cfg(test)]
mod waits;
