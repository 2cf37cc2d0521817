#![doc = include_str!("../README.md")]

mod folder;
mod lock;
mod secrets;
mod store;

pub use folder::{BlockingFolderSite, FolderSite};
pub use lock::{DataLock, DataLockError, LockedError, create_private_folder};
pub use secrets::{EnvironmentSecrets, SecretPlace, SecretsFile, SecretsFileError};
pub use store::{OpenError, SqliteStore};
