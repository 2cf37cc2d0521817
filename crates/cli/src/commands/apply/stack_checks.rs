//! The checks that a stack cannot make. A config with one is refused, since the prober would refuse it as a whole.

use allclear_core::action::ExecutionPlace;
use allclear_core::config::Config;

/// Returns the reason why a stack cannot make a check of the config; `None` if it can make all.
pub(super) fn refusal(config: &Config) -> Option<String> {
    config.monitors.iter().find_map(|monitor| {
        let (id, kind) = (&monitor.id, &monitor.check.kind);
        (allclear_probes::place(kind) == ExecutionPlace::Machine).then(|| {
            format!(
                "the monitor `{id}` has a check of the kind `{kind}`, which needs a process on a machine: remove it \
                 from the config of the stack, and run it with `allclear up`"
            )
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal_of(check: &str) -> Option<String> {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let text = format!("[[monitor]]\nid = 'router'\n{check}\n");
        refusal(&crate::local::load_text("allclear.toml", &text).unwrap().config)
    }

    #[test]
    fn a_kind_that_needs_a_machine_is_refused_on_a_stack() {
        let said = refusal_of("check.icmp.address = 'router.example.com'").unwrap();
        assert!(said.contains("`router`") && said.contains("`icmp`"), "{said}");
        assert!(said.contains("run it with `allclear up`"), "{said}");
        let said = refusal_of("check.command.argv = ['/bin/true']").unwrap();
        assert!(said.contains("`command`"), "{said}");
        assert_eq!(refusal_of("check.tcp.address = 'router.example.com:22'"), None);
    }
}
