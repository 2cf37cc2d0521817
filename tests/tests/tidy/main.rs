//! The repository checks itself.
//!
//! What rustc, clippy and cargo-deny already check is not repeated here.

#[cfg(test)]
mod codes;
#[cfg(test)]
mod documents;
#[cfg(test)]
mod edges;
mod enums;
#[cfg(test)]
mod figures;
#[cfg(test)]
mod kinds;
#[cfg(test)]
mod manifests;
#[cfg(test)]
mod patience;
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
