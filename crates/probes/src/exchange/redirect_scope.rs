//! The scopes that a redirect may lead into.

use allclear_core::outcome::Cause;
use allclear_core::reason::Reason;
use allclear_core::scope::AddressScope;
use url::Host;

/// Checks that a redirect to a target of this scope leads no closer to the monitor's own machine than
/// it came from: otherwise a target could make the monitor ask the services around it. Returns the
/// scope that the next redirect comes from.
pub(crate) fn check_redirect_scope(
    host: &Host,
    scope: AddressScope,
    farthest: AddressScope,
) -> Result<AddressScope, Cause> {
    if scope <= farthest {
        return Ok(scope);
    }
    let what = match scope {
        AddressScope::Machine => "the monitor's own machine or link",
        AddressScope::Private | AddressScope::Global => "a private network",
    };
    let what = format!("a redirect from outside leads into {what}, to `{host}`");
    Err(Cause::of(Reason::RedirectRefused, what))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_redirect_to_a_more_private_address_is_refused() {
        use AddressScope::{Global, Machine, Private};
        let host = Host::Domain("metadata.test".to_owned());
        for (scope, farthest) in [(Machine, Global), (Machine, Private), (Private, Global)] {
            let cause = check_redirect_scope(&host, scope, farthest).unwrap_err();
            assert_eq!(cause.reason, Reason::RedirectRefused);
        }
        for (scope, farthest) in
            [(Global, Global), (Global, Machine), (Private, Machine), (Machine, Machine)]
        {
            assert_eq!(check_redirect_scope(&host, scope, farthest), Ok(scope));
        }
    }
}
