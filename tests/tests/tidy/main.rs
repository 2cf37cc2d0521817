//! Checks of the repository itself.
//!
//! Checks that rustc, clippy or cargo-deny already perform are not repeated here.

#[cfg(test)]
mod codes;
#[cfg(test)]
mod cycles;
#[cfg(test)]
mod documents;
#[cfg(test)]
mod edges;
mod enums;
#[cfg(test)]
mod figures;
#[cfg(test)]
mod guides;
#[cfg(test)]
mod kinds;
#[cfg(test)]
mod machine_kinds;
#[cfg(test)]
mod manifests;
#[cfg(test)]
mod names;
#[cfg(test)]
mod patience;
#[cfg(test)]
mod prose;
#[cfg(test)]
mod repository;
#[cfg(test)]
mod sizes;
#[cfg(test)]
mod template;
#[cfg(test)]
mod tls;
#[cfg(test)]
mod words;
