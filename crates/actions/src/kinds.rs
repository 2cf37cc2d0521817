//! The kinds of action of one machine, and the one list of them.
//!
//! A kind is a module with its `Params` and the function `build`. Its name in a config is the name of the module.

mod command;
mod container;
mod systemd;

use allclear_core::action::{ActionKinds, ActionSchemas, ActionSpec, BuiltExecutor};
use allclear_core::params::schema;
use serde_json::Value;

/// The kinds of action that run on the machine of the process.
#[derive(Debug, Clone, Copy, Default)]
pub struct LocalActions;

/// Makes the list of kinds from a list of modules.
macro_rules! kinds {
    ($($module:ident),+) => {
        const KINDS: &[LocalKind] = &[$(LocalKind {
            name: stringify!($module),
            build: $module::build,
            schema: schema::<$module::Params>,
        }),+];
    };
}

kinds![command, systemd, container];

struct LocalKind {
    name: &'static str,
    build: fn(&Value) -> BuiltExecutor,
    schema: fn() -> Value,
}

impl ActionKinds for LocalActions {
    fn names(&self) -> Vec<&'static str> {
        KINDS.iter().map(|kind| kind.name).collect()
    }

    fn build(&self, spec: &ActionSpec) -> BuiltExecutor {
        match KINDS.iter().find(|kind| kind.name == spec.kind) {
            Some(kind) => (kind.build)(&spec.params),
            None => Err(spec.unknown_kind(&self.names())),
        }
    }
}

impl ActionSchemas for LocalActions {
    fn schema(&self, kind: &str) -> Option<Value> {
        KINDS.iter().find(|one| one.name == kind).map(|kind| (kind.schema)())
    }
}
