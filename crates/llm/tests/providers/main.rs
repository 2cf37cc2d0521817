//! What providers are asked, and how what they answer is judged.

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
