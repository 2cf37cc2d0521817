//! Thousands of broken configs and conditions, the same in each run. Each is either read or
//! rejected with its places, and none panics.

#[cfg(test)]
mod conditions;
#[cfg(test)]
mod configs;
#[cfg(test)]
mod lenient;
#[cfg(test)]
mod random;
