//! The default rules on simulated days, and on a script.

#[cfg(test)]
mod aims;
#[cfg(test)]
mod demo;
