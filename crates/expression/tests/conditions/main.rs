//! Conditions from outside: what they come to, what they cost, and what is refused with its place.

#[cfg(test)]
mod cost;
#[cfg(test)]
mod limits;
#[cfg(test)]
mod oracle;
#[cfg(test)]
mod semantics;
#[cfg(test)]
mod vocabulary;
