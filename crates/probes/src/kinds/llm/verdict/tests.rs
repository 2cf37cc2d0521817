use std::time::Duration;

use allclear_core::Timestamp;
use allclear_core::status::Status;
use allclear_llm::classify::ProviderFailure;

use super::*;
use crate::kinds::llm::step_state::ListSummary;
use crate::kinds::llm::steps::StepInterval;

use Reason::{
    Asleep, AuthInvalid, Billing, ConnectRefused, EndpointNotFound, ModelNotFound, NotSent,
    Permission, ProbeInvalid, ServerError, Throttled, WrongAnswer,
};
use Status::{Degraded, Healthy, Unhealthy, Unknown};
use Step::{Completion, Key, Models, Reach, Usage};

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(1_790_000_000 + second).unwrap()
}

/// The results of steps: good, or bad for a reason, at a second.
type Results<'a> = &'a [(Step, i64, Option<Reason>)];

struct Scenario {
    cadence: BeatCadence,
    state: StepState,
    pause: Option<&'static str>,
    is_blind: bool,
}

fn scene(enabled: &[Step], results: Results<'_>) -> Scenario {
    let mut cadence = BeatCadence::default();
    for step in enabled {
        cadence
            .set(*step, StepInterval { every: Duration::from_mins(5), at_least: Duration::ZERO });
    }
    let mut state = StepState::default();
    for (step, second, reason) in results {
        let result = match reason {
            None => Ok(()),
            Some(reason) => Err(ProviderFailure::new(*reason, format!("failed with {reason}"))),
        };
        state.record(*step, at(*second), result);
    }
    Scenario { cadence, state, pause: None, is_blind: false }
}

impl Scenario {
    fn with_listed_model(self) -> Self {
        self.with_list(Some(true))
    }

    fn with_unlisted_model(self) -> Self {
        self.with_list(Some(false))
    }

    fn with_list(mut self, has_model: Option<bool>) -> Self {
        self.state.list_summary = Some(ListSummary {
            digest: 0,
            stored_at: at(0),
            has_model,
            was_listed: true,
            works_unlisted: false,
            shutdown: None,
            price: None,
        });
        self
    }

    fn judge(&self) -> VerdictReport {
        judge(VerdictInput {
            cadence: &self.cadence,
            state: &self.state,
            model: Some("m"),
            task: None,
            pause: self.pause,
            is_blind: self.is_blind,
        })
    }

    fn assert_verdict(&self, status: Status, reason: Option<Reason>) -> VerdictReport {
        let judgement = self.judge();
        let found = judgement.verdict.cause().map(|cause| cause.reason);
        assert_eq!((judgement.verdict.status(), found), (status, reason), "{judgement:?}");
        judgement
    }
}

const ALL: &[Step] = &[Reach, Key, Models, Completion, Usage];

#[test]
fn the_lowest_explaining_failure_is_the_verdict() {
    for (results, status, reason, up_to) in [
        // All is well.
        (
            &[(Reach, 0, None), (Key, 0, None), (Models, 0, None), (Completion, 0, None)][..],
            Healthy,
            None,
            None,
        ),
        // The completion alone.
        (
            &[
                (Reach, 0, None),
                (Key, 0, None),
                (Models, 0, None),
                (Completion, 0, Some(ServerError)),
            ],
            Unhealthy,
            Some(ServerError),
            Some(Models),
        ),
        // The key explains a failing completion.
        (
            &[
                (Reach, 0, None),
                (Key, 0, Some(AuthInvalid)),
                (Models, 0, Some(AuthInvalid)),
                (Completion, 0, Some(ServerError)),
            ],
            Unhealthy,
            Some(AuthInvalid),
            Some(Reach),
        ),
        // The way there explains all.
        (
            &[(Reach, 0, Some(ConnectRefused)), (Key, -60, None), (Completion, -60, None)],
            Unhealthy,
            Some(ConnectRefused),
            None,
        ),
        // A rate limit explains nothing.
        (
            &[(Reach, 0, Some(Throttled)), (Key, 0, None), (Completion, 0, Some(ServerError))],
            Unhealthy,
            Some(ServerError),
            Some(Key),
        ),
        // A key that may not list models explains nothing.
        (
            &[
                (Reach, 0, None),
                (Key, 0, None),
                (Models, 0, Some(Permission)),
                (Completion, 0, Some(ServerError)),
            ],
            Unhealthy,
            Some(ServerError),
            Some(Key),
        ),
        // Limits and is impaired.
        (
            &[(Reach, 0, None), (Completion, 0, Some(Throttled))],
            Degraded,
            Some(Throttled),
            Some(Reach),
        ),
        (
            &[(Reach, 0, None), (Completion, 0, Some(WrongAnswer))],
            Degraded,
            Some(WrongAnswer),
            Some(Reach),
        ),
        (
            &[(Reach, 0, None), (Completion, 0, Some(Billing))],
            Unhealthy,
            Some(Billing),
            Some(Reach),
        ),
        // Failures that do not show the provider's state.
        (
            &[(Reach, 0, None), (Completion, 0, Some(ProbeInvalid))],
            Unknown,
            Some(ProbeInvalid),
            Some(Reach),
        ),
        (&[(Reach, 0, Some(Asleep)), (Completion, -60, None)], Unknown, Some(Asleep), None),
        (
            &[(Reach, 0, Some(Asleep)), (Completion, -60, Some(ServerError))],
            Unknown,
            Some(Asleep),
            None,
        ),
    ] {
        let judgement = scene(ALL, results).assert_verdict(status, reason);
        assert_eq!(judgement.works_up_to, up_to, "{results:?}");
    }
}

#[test]
fn a_failing_lower_step_with_a_working_completion_is_degraded() {
    let works = (Completion, 0, None);
    scene(ALL, &[(Reach, 0, Some(ConnectRefused)), works])
        .assert_verdict(Degraded, Some(ConnectRefused));
    scene(ALL, &[(Reach, 0, None), (Models, -60, Some(ServerError)), works])
        .assert_verdict(Degraded, Some(ServerError));
    let restricted = scene(ALL, &[(Reach, 0, None), (Models, 0, Some(Permission)), works]);
    assert!(restricted.assert_verdict(Healthy, None).is_restricted);
    scene(ALL, &[(Reach, 0, None), (Key, 0, Some(ProbeInvalid)), works])
        .assert_verdict(Healthy, None);
}

/// Marks a step as one that the server does not have.
fn absent(mut scene: Scenario, step: Step) -> Scenario {
    let failure = ProviderFailure::new(EndpointNotFound, "not found");
    scene.state.record_absent(step, at(0), failure);
    scene
}

#[test]
fn a_missing_resource_neither_degrades_nor_explains() {
    let lacking = |completion| {
        let results = [(Reach, 0, None), (Completion, 0, completion)];
        absent(absent(scene(ALL, &results), Key), Models)
    };
    lacking(None).assert_verdict(Healthy, None);
    let judgement = lacking(Some(ServerError)).assert_verdict(Unhealthy, Some(ServerError));
    assert_eq!(judgement.verdict.cause().unwrap().fault, Fault::Target);
    assert_eq!(judgement.works_up_to, Some(Reach));
    lacking(Some(AuthInvalid)).assert_verdict(Unhealthy, Some(AuthInvalid));
    let missing = lacking(Some(EndpointNotFound)).assert_verdict(Unhealthy, Some(EndpointNotFound));
    assert_eq!(missing.verdict.cause().unwrap().fault, Fault::Request);
    // Without a completion, the remaining steps decide.
    let mut paused = lacking(None);
    paused.pause = Some("paused");
    paused.assert_verdict(Healthy, None);
    let mut nothing = absent(scene(&[Models, Completion], &[]), Models);
    nothing.pause = Some("paused");
    nothing.assert_verdict(Unknown, Some(NotSent));
    absent(scene(&[Models], &[]), Models).assert_verdict(Unhealthy, Some(EndpointNotFound));
}

#[test]
fn a_missing_address_does_not_explain_a_failed_completion() {
    for reason in [ServerError, AuthInvalid, Billing] {
        let results =
            [(Reach, 0, None), (Models, 0, Some(EndpointNotFound)), (Completion, 0, Some(reason))];
        scene(ALL, &results).assert_verdict(Unhealthy, Some(reason));
    }
}

#[test]
fn a_later_success_with_a_key_overrides_an_error_without_one() {
    let error = (Reach, 0, Some(ServerError));
    for works in [Key, Models, Completion] {
        let judgement = scene(ALL, &[error, (works, 0, None)]).judge();
        assert_eq!(
            judgement.keyless.as_deref(),
            Some("fails: failed with server_error"),
            "{works:?}"
        );
    }
    let below = [error, (Key, 0, None), (Models, 0, None)];
    let with = |last| [&below[..], &[last]].concat();
    scene(ALL, &with((Completion, 0, None))).assert_verdict(Healthy, None);
    let failing = scene(ALL, &with((Completion, 0, Some(WrongAnswer))));
    failing.assert_verdict(Degraded, Some(WrongAnswer));
    // A server that began to fail only later is not excused by its earlier successes.
    let began = [(Key, -60, None), (Completion, -60, None), error];
    let judgement = scene(ALL, &began).assert_verdict(Unhealthy, Some(ServerError));
    assert_eq!(judgement.keyless, None);
}

#[test]
fn a_completion_older_than_a_failure_does_not_count() {
    let results = [(Reach, 60, None), (Key, 60, Some(AuthInvalid)), (Completion, 0, None)];
    let judgement = scene(ALL, &results).assert_verdict(Unhealthy, Some(AuthInvalid));
    assert_eq!(judgement.works_up_to, Some(Reach));
    // One that came later does.
    let results = [(Reach, 60, None), (Key, 60, Some(AuthInvalid)), (Completion, 61, None)];
    scene(ALL, &results).assert_verdict(Degraded, Some(AuthInvalid));
}

#[test]
fn a_refused_key_proves_that_the_server_is_reached() {
    for (refusal, reason) in [(AuthInvalid, AuthInvalid), (Billing, Billing)] {
        let results = [(Reach, 60, Some(ServerError)), (Key, 60, Some(refusal))];
        let judgement = scene(ALL, &results).assert_verdict(Unhealthy, Some(reason));
        assert!(judgement.keyless.is_some());
    }
    for (refusal, since) in [(ServerError, 60), (ProbeInvalid, 60), (AuthInvalid, 59)] {
        let results = [(Reach, 60, Some(ServerError)), (Key, since, Some(refusal))];
        scene(ALL, &results).assert_verdict(Unhealthy, Some(ServerError));
    }
}

#[test]
fn messages_name_what_still_works() {
    let message = |scene: &Scenario| scene.judge().verdict.cause().unwrap().message.clone();
    let below = [(Reach, 0, None), (Key, 0, None), (Models, 0, None)];
    let with = |last| [&below[..], &[last]].concat();
    let failing = scene(ALL, &with((Completion, 0, Some(ServerError)))).with_listed_model();
    assert_eq!(
        message(&failing),
        "key valid, model listed, completion fails: failed with server_error"
    );
    let limping = scene(ALL, &with((Completion, 0, Some(Throttled))));
    assert_eq!(
        message(&limping),
        "key valid, models listed, completion is impaired: failed with throttled"
    );
    let reached = scene(ALL, &[(Reach, 0, None), (Key, 0, Some(AuthInvalid))]);
    assert_eq!(message(&reached), "reached, the key check fails: failed with auth_invalid");
    let unreachable = scene(ALL, &[(Reach, 0, Some(ConnectRefused))]);
    assert_eq!(message(&unreachable), "unreachable: failed with connect_refused");
    let impaired =
        scene(ALL, &[(Reach, 0, None), (Models, 0, Some(ServerError)), (Completion, 0, None)]);
    assert_eq!(
        message(&impaired),
        "reached, completions work, listing the models fails: failed with server_error"
    );
}

#[test]
fn an_unlisted_model_is_not_found_unless_it_completes() {
    let listed = [(Reach, 0, None), (Key, 0, None), (Models, 0, None)];
    let with = |last| [&listed[..], &[last]].concat();
    let unlisted =
        |completion| scene(ALL, &with((Completion, 0, completion))).with_unlisted_model();
    unlisted(None).assert_verdict(Healthy, None);
    let judgement = unlisted(Some(ServerError)).assert_verdict(Unhealthy, Some(ModelNotFound));
    assert_eq!(judgement.verdict.cause().unwrap().fault, Fault::Request);
    let mut alias = unlisted(Some(ServerError));
    alias.state.list_summary.as_mut().unwrap().works_unlisted = true;
    alias.assert_verdict(Unhealthy, Some(ServerError));
    let mut unknown = unlisted(Some(ServerError));
    unknown.state.list_summary.as_mut().unwrap().was_listed = false;
    unknown.assert_verdict(Unhealthy, Some(ServerError));
    unlisted(Some(Billing)).assert_verdict(Unhealthy, Some(Billing));
    unlisted(Some(Throttled)).assert_verdict(Degraded, Some(Throttled));
    scene(&[Reach, Key, Models], &listed)
        .with_unlisted_model()
        .assert_verdict(Unhealthy, Some(ModelNotFound));
    scene(&[Reach, Key, Models], &listed).with_listed_model().assert_verdict(Healthy, None);
}

#[test]
fn without_completions_the_free_steps_decide() {
    let free = &[Reach, Key, Models];
    for (results, status, reason) in [
        (&[(Reach, 0, None), (Key, 0, None), (Models, 0, None)][..], Healthy, None),
        (
            &[(Reach, 0, None), (Key, 0, Some(AuthInvalid)), (Models, 0, None)],
            Unhealthy,
            Some(AuthInvalid),
        ),
        (&[(Reach, 0, None), (Models, 0, Some(Permission))], Unhealthy, Some(Permission)),
        (&[(Reach, 0, None), (Models, 0, Some(Throttled))], Degraded, Some(Throttled)),
        (&[(Reach, 0, None), (Models, 0, Some(ProbeInvalid))], Unknown, Some(ProbeInvalid)),
        (&[(Reach, 0, Some(ProbeInvalid)), (Models, 0, None)], Healthy, None),
        (&[], Unknown, Some(NotSent)),
    ] {
        scene(free, results).assert_verdict(status, reason);
    }
}

#[test]
fn at_the_cap_the_free_steps_decide_and_a_failed_completion_counts() {
    let mut paused = scene(ALL, &[(Reach, 0, None), (Key, 0, None), (Completion, -600, None)]);
    paused.pause = Some("paused");
    paused.assert_verdict(Healthy, None);
    let mut paused =
        scene(ALL, &[(Reach, 0, None), (Key, 0, None), (Completion, -600, Some(ServerError))]);
    paused.pause = Some("paused");
    paused.assert_verdict(Unhealthy, Some(ServerError));
}

#[test]
fn without_state_success_is_unknown_and_failure_fails() {
    let mut blind = scene(ALL, &[(Reach, 0, None), (Key, 0, None)]);
    blind.is_blind = true;
    let judgement = blind.assert_verdict(Unknown, Some(NotSent));
    assert_eq!(judgement.verdict.cause().unwrap().fault, Fault::Monitor);
    let mut blind = scene(ALL, &[(Reach, 0, Some(ConnectRefused))]);
    blind.is_blind = true;
    blind.assert_verdict(Unhealthy, Some(ConnectRefused));
    let mut blind = scene(&[Reach, Key], &[(Reach, 0, None), (Key, 0, None)]);
    blind.is_blind = true;
    blind.assert_verdict(Healthy, None);
}

#[test]
fn a_low_balance_with_working_steps_is_degraded() {
    let works = [(Reach, 0, None), (Completion, 0, None), (Usage, 0, Some(Billing))];
    let judgement = scene(ALL, &works).assert_verdict(Degraded, Some(Billing));
    assert_eq!(judgement.works_up_to, Some(Completion));
    let fails = [(Reach, 0, None), (Completion, 0, Some(ServerError)), (Usage, 0, Some(Billing))];
    scene(ALL, &fails).assert_verdict(Unhealthy, Some(ServerError));
    // A failure of the usage report itself does not count.
    let unread = [(Reach, 0, None), (Completion, 0, None), (Usage, 0, Some(ServerError))];
    scene(ALL, &unread).assert_verdict(Healthy, None);
}

#[test]
fn an_unmeasured_result_has_no_target_fault() {
    let works = [None, Some((Completion, 60, None)), Some((Key, 60, None))];
    for reason in Reason::ALL {
        for step in Step::SEQUENCE {
            for good in works {
                let results = [Some((step, 0, Some(*reason))), good];
                let results: Vec<_> = results.into_iter().flatten().collect();
                for enabled in [ALL, &[Reach], &[Reach, Completion], &[Models, Usage]] {
                    for (pause, is_blind) in [
                        (None, false),
                        (Some("paused"), false),
                        (None, true),
                        (Some("paused"), true),
                    ] {
                        let scene = Scenario { pause, is_blind, ..scene(enabled, &results) };
                        let verdict = scene.judge().verdict;
                        let fault = verdict.cause().map(|cause| cause.fault);
                        let is_blamed = fault == Some(Fault::Target);
                        assert!(verdict.status() != Unknown || !is_blamed, "{verdict:?}");
                    }
                }
            }
        }
    }
}

#[test]
fn an_ignored_answer_without_a_key_measures_nothing() {
    let results = [(Reach, 0, Some(ServerError)), (Completion, 60, None)];
    let mut paused = scene(&[Reach, Completion], &results);
    paused.is_blind = true;
    let judgement = paused.assert_verdict(Unknown, Some(NotSent));
    let cause = judgement.verdict.cause().unwrap();
    assert_eq!(cause.fault, Fault::Monitor);
    assert!(cause.message.starts_with("no completion was made"), "{}", cause.message);
}
