//! Conditions from outside: what they come to, what they cost, and what is refused with its place.

mod cost;
mod limits;
mod meaning;
mod oracle;
