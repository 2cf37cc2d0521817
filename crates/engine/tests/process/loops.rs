//! The wake-ups of each service, and its behavior after an error.

use std::time::Duration;

use allclear_core::id::{MaintenanceId, ShardId};
use allclear_core::rule::RuleScope;
use allclear_core::status::Status;
use allclear_core::window::{Maintenance, WindowSchedule};
use allclear_engine::process::Tasks;
use allclear_engine::{Event, Service};
use allclear_support::{CallOutcome, Operation, PlannedFault, samples};
use futures_util::FutureExt as _;
use tokio::time::timeout;

use crate::world::{World, advance, now};

fn is_awake(world: &World, service: Service) -> bool {
    world.wakers.of(service).notified().now_or_never().is_some()
}

#[tokio::test(start_paused = true)]
async fn a_failed_evaluator_retries_without_a_wake_up() {
    let world = World::new();
    let runner = world.runner();
    world.store.inject(PlannedFault::on(Operation::LoadState, CallOutcome::Unavailable).times(3));
    let running = tokio::spawn(async move { runner.evaluate_always().await });
    world.wakers.wake(Event::RunRecorded);
    advance(Duration::from_secs(30)).await;
    assert_eq!(world.calls(Operation::LoadState), [0, 2_000, 4_000, 6_000]);
    let evaluations = world.observed.lock().unwrap().evaluations.clone();
    assert_eq!(evaluations, [(0, true), (0, true), (0, true), (0, false)]);
    running.abort();
}

#[tokio::test(start_paused = true)]
async fn an_evaluator_without_wake_ups_polls_once_a_minute() {
    let world = World::new();
    let runner = world.runner();
    let running = tokio::spawn(async move { runner.evaluate_always().await });
    advance(Duration::from_secs(150)).await;
    assert_eq!(world.calls(Operation::UnfoldedRuns), [60_000, 120_000]);
    running.abort();
}

#[tokio::test(start_paused = true)]
async fn decisions_committed_before_an_error_wake_the_services_that_they_concern() {
    let world = World::new();
    let first = now() - Duration::from_secs(700);
    for second in 0..600 {
        let outcomes = vec![samples::outcome("api", samples::down())];
        let at = first + Duration::from_secs(second);
        world.store.add_run(samples::run(&ShardId::main(), at, outcomes));
    }
    // The second batch cannot be read.
    world
        .store
        .inject(PlannedFault::on(Operation::UnfoldedRuns, CallOutcome::Unavailable).after(1));
    assert!(world.runner().evaluate().await.is_err());
    assert_eq!(world.observed.lock().unwrap().evaluations, [(1, true)]);
    assert_eq!(world.store.decided().transitions.len(), 1);
    assert!(is_awake(&world, Service::Notifier));
    assert!(is_awake(&world, Service::Generator));
    assert!(!is_awake(&world, Service::Prober));
}

#[tokio::test(start_paused = true)]
async fn a_refused_page_is_published_again_without_a_wake_up() {
    let world = World::new();
    world.site.refuse(Some("index.html"));
    let runner = world.runner();
    let running = tokio::spawn(async move { runner.publish_always().await });
    world.wakers.wake(Event::PageChanged);
    advance(Duration::from_secs(8)).await;
    // The generator rests for two seconds after an error, and for one after each publication.
    assert_eq!(world.site.n_publications(), 3);
    world.site.refuse(None);
    advance(Duration::from_secs(30)).await;
    assert_eq!(world.site.n_publications(), 4);
    assert!(world.site.file("index.html").is_some());
    running.abort();
}

#[tokio::test(start_paused = true)]
async fn changes_in_a_row_are_published_at_most_once_a_second() {
    let world = World::new();
    let runner = world.runner();
    let running = tokio::spawn(async move { runner.publish_always().await });
    for _ in 0..100 {
        world.wakers.wake(Event::PageChanged);
        advance(Duration::from_millis(50)).await;
    }
    let n = world.site.n_publications();
    assert!((4..=6).contains(&n), "{n} publications in five seconds");
    running.abort();
}

#[tokio::test(start_paused = true)]
async fn the_page_is_published_when_maintenance_starts_and_when_it_ends() {
    let world = World::new();
    let began = now();
    let at = |millis| began + Duration::from_millis(millis);
    let maintenance = Maintenance {
        id: MaintenanceId::new("soon").unwrap(),
        title: "Soon".to_owned(),
        description: None,
        scope: RuleScope::default(),
        schedule: WindowSchedule::Once { start: at(70_000), end: at(95_500) },
        ended_at: None,
    };
    let runner = world.runner_with(Duration::from_secs(30), vec![maintenance]);
    let running = tokio::spawn(async move { runner.publish_always().await });
    let is_active = || {
        let page = String::from_utf8(world.site.file("index.html").unwrap()).unwrap();
        page.contains("In progress")
    };
    advance(Duration::from_millis(69_900)).await;
    assert!(!is_active());
    advance(Duration::from_millis(200)).await;
    assert!(is_active());
    advance(Duration::from_millis(25_300)).await;
    assert!(is_active());
    advance(Duration::from_millis(200)).await;
    assert!(!is_active());
    assert_eq!(world.site.n_publications(), 3);
    running.abort();
}

#[tokio::test(start_paused = true)]
async fn a_publication_clears_the_pending_wake_up() {
    let world = World::new();
    world.wakers.wake(Event::PageChanged);
    world.runner().publish().await.unwrap();
    assert!(!is_awake(&world, Service::Generator));
    assert_eq!(world.site.n_publications(), 1);
}

#[tokio::test(start_paused = true)]
async fn expired_records_are_removed_every_hour_also_after_an_error() {
    let world = World::new();
    let runner = world.runner();
    world.store.inject(PlannedFault::on(Operation::Prune, CallOutcome::Unavailable).times(2));
    let running = tokio::spawn(async move { runner.prune_always().await });
    advance(Duration::from_mins(200)).await;
    assert_eq!(world.calls(Operation::Prune), [0, 3_600_000, 7_200_000, 10_800_000]);
    running.abort();
}

#[tokio::test(start_paused = true)]
async fn an_outage_leads_to_a_notification_and_to_a_page_without_a_tick() {
    let world = World::new();
    *world.script.verdict.lock().unwrap() = samples::down();
    let (runner, mut tasks) = (world.runner(), Tasks::default());
    tasks.start(&runner, std::future::pending());
    world.wakers.wake(Event::ConfigChanged);
    // The second check confirms the outage.
    let running = timeout(Duration::from_secs(40), tasks.run(&runner)).await;
    assert!(running.is_err(), "no task ends unasked");
    let transitions = world.store.decided().transitions;
    assert_eq!(transitions.iter().map(|one| one.to).collect::<Vec<_>>(), [Status::Unhealthy]);
    assert_eq!(world.inbox.monitors(), ["api"]);
    let page = String::from_utf8(world.site.file("index.html").unwrap()).unwrap();
    assert!(page.contains("api is down"), "{page}");
    let observed = world.observed.lock().unwrap();
    assert_eq!((observed.n_sent, observed.n_runs), (1, world.store.all_runs().len()));
}
