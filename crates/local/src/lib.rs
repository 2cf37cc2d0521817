#![doc = include_str!("../README.md")]

mod folder;
mod secrets;
mod store;

pub use folder::FolderSite;
pub use secrets::{EnvironmentSecrets, SecretPlace, SecretsFile, SecretsFileError};
pub use store::{OpenError, SqliteStore};
