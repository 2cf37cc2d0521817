//! Adapters of the ports for one machine: SQLite, a folder, the environment.
