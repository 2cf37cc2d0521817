//! The fold: scenarios as a person tells them, and properties that hold for any log of runs.

#![expect(missing_docs, reason = "tests")]

mod alerts;
mod confirmation;
mod gates;
mod properties;
mod scenario;
