//! The notifier: sends what is owed and records what became of it.
