//! A model of weeks of operation in up to three regions: random outages, silences, windows, acknowledgements, changes of
//! the config and restarts under random settings and trees of routes, on a clock that jumps. Runs arrive twice, late and
//! in another order. The invariants hold for the decisions; failing channels are a matter of the notifier and are tested
//! there.

mod invariants;
mod named;
mod plan;
mod records;
mod routes;
mod setup;
mod simulation;

use proptest::prelude::*;
use proptest::test_runner::RngSeed;

/// The number of simulations without `ALLCLEAR_MODEL_CASES`.
const N_CASES: u32 = 48;

/// Returns the same simulations for each run, or as many random ones as `ALLCLEAR_MODEL_CASES` states.
#[expect(
    clippy::disallowed_methods,
    reason = "a person who searches for a fault raises the number"
)]
fn config() -> ProptestConfig {
    let given = std::env::var("ALLCLEAR_MODEL_CASES").ok();
    let (n_cases, rng_seed) = match given {
        None => (N_CASES, RngSeed::Fixed(14)),
        Some(text) => (text.parse().expect("a number in ALLCLEAR_MODEL_CASES"), RngSeed::Random),
    };
    ProptestConfig { max_shrink_iters: 4_000, rng_seed, ..ProptestConfig::with_cases(n_cases) }
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn weeks_of_operation_keep_the_invariants_of_alerting(plan in plan::plans()) {
        simulation::run(&plan)?;
    }
}
