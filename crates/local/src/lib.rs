#![doc = include_str!("../README.md")]

mod folder;
mod secrets;
mod store;

pub use folder::FolderSite;
pub use secrets::EnvironmentSecrets;
pub use store::{OpenError, SqliteStore};
