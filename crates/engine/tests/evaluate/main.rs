//! The evaluator over ports in memory.

#[cfg(test)]
mod attempts;
#[cfg(test)]
mod evaluator;
#[cfg(test)]
mod function;
#[cfg(test)]
mod next_notices;
#[cfg(test)]
mod operator_entries;
#[cfg(test)]
mod summaries;
#[cfg(test)]
mod world;
