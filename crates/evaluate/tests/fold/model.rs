//! A model of weeks of operation: random outages, silences, windows, acknowledgements and restarts under random settings,
//! on a clock that jumps. Runs arrive twice, late and in another order. The invariants hold for the decisions; failing
//! channels are a matter of the notifier and are tested there.

mod invariants;
mod named;
mod plan;
mod simulation;

use proptest::prelude::*;

/// The number of simulations without `ALLCLEAR_MODEL_CASES`.
const N_CASES: u32 = 64;

#[expect(
    clippy::disallowed_methods,
    reason = "a person who searches for a fault raises the number"
)]
fn n_cases() -> u32 {
    let given = std::env::var("ALLCLEAR_MODEL_CASES").ok();
    given.map_or(N_CASES, |text| text.parse().expect("ALLCLEAR_MODEL_CASES is a number"))
}

proptest! {
    #![proptest_config(ProptestConfig { max_shrink_iters: 4_000, ..ProptestConfig::with_cases(n_cases()) })]

    #[test]
    fn weeks_of_operation_keep_the_invariants_of_alerting(plan in plan::plans()) {
        simulation::run(&plan)?;
    }
}
