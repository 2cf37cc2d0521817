//! Thousands of broken configs and conditions, the same in each run: every one is read or refused
//! with its places, and none ends the process.

#[cfg(test)]
mod conditions;
#[cfg(test)]
mod configs;
#[cfg(test)]
mod lenient;
#[cfg(test)]
mod random;
