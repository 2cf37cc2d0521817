//! The actions that a stack cannot execute. A config with one is refused, since the first outage would show it.

use std::time::Duration;

use allclear_core::action::{ActionKinds as _, ExecutionPlace};
use allclear_core::duration;

use crate::local::LoadedConfig;

/// The longest time limit of an attempt that a function can wait for. It has 55 seconds, of which 5 are kept for the
/// result, and the rest covers the reading of what is owed and the claim.
const LONGEST_TIMEOUT: Duration = Duration::from_secs(40);

/// Returns the reason why a stack cannot execute an action of the config; `None` if it can execute all.
pub(super) fn refusal(loaded: &LoadedConfig) -> Option<String> {
    let LoadedConfig { config, catalog, .. } = loaded;
    config.actions.iter().find_map(|action| {
        let (id, kind) = (&action.id, &action.run.kind);
        let place = catalog.actions.build(&action.run).ok().map(|executor| executor.place());
        if place == Some(ExecutionPlace::Machine) {
            return Some(format!(
                "the action `{id}` is of the kind `{kind}`, which runs only on the machine of `allclear up`: \
                 use `ssm`, `ecs`, `lambda` or `webhook` on a stack"
            ));
        }
        let (timeout, limit) = (action.policy.timeout, duration::format(LONGEST_TIMEOUT));
        (timeout > LONGEST_TIMEOUT).then(|| {
            let timeout = duration::format(timeout);
            format!(
                "the action `{id}` has a `timeout` of {timeout}, and a stack waits for at most {limit}: shorten it, \
                 and let the target continue on its own"
            )
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal_of(action: &str) -> Option<String> {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let text = format!(
            "[[monitor]]\nid = 'a'\ncheck.tcp.address = 'a:1'\n[[channel]]\nid = 'log'\nsend.log = {{}}\n\
             [[action]]\nid = 'mend'\nrules = ['service_down']\n{action}\n"
        );
        refusal(&crate::local::load_text("allclear.toml", &text).unwrap())
    }

    #[test]
    fn a_kind_that_needs_a_machine_is_refused_on_a_stack() {
        for run in [
            "run.systemd = { unit = 'a.service' }",
            "run.command = { argv = ['/bin/true'] }",
            "run.container = { name = 'a' }",
        ] {
            let said = refusal_of(run).unwrap();
            assert!(said.contains("`mend`") && said.contains("only on the machine"), "{said}");
        }
        for run in [
            "run.webhook = { url = 'https://repair.example.com' }",
            "run.lambda = { function = 'mend' }",
            "run.ecs = { service = 'a' }",
            "run.ssm = { document = 'mend', instances = ['i-0123456789abcdef0'] }",
        ] {
            assert_eq!(refusal_of(run), None);
        }
    }

    #[test]
    fn a_timeout_that_exceeds_a_function_is_refused_on_a_stack() {
        let run = "run.ecs = { service = 'a' }\ntimeout = ";
        let said = refusal_of(&format!("{run}'41s'")).unwrap();
        assert!(said.contains("`timeout` of 41s") && said.contains("at most 40s"), "{said}");
        assert_eq!(refusal_of(&format!("{run}'40s'")), None);
    }
}
