//! The four functions: instances that live on between invocations, until they are killed.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use allclear_core::Timestamp;
use allclear_core::id::RegionId;
use allclear_engine::{
    BatchItemFailures, InvocationFailure, Trigger, evaluate, notify, probe, publish,
};
use allclear_support::{MemorySecrets, MemoryStore};
use serde_json::json;

use crate::ledger::lock;
use crate::outside::Outside;
use crate::process::{End, Process, Site};
use crate::world::World;

type Prober = probe::ProbeHandler<MemoryStore, MemorySecrets, Outside>;
type Evaluator = evaluate::EvaluateHandler<MemoryStore, MemoryStore, MemoryStore>;
type Notifier =
    notify::NotifyHandler<MemoryStore, MemorySecrets, Outside, MemoryStore, MemoryStore>;
type Generator = publish::PublishHandler<MemoryStore, Site>;

/// The time that an invocation may take.
const LIMIT: Duration = Duration::from_secs(55);

/// The interval of the page's schedule.
pub(crate) const PAGE_EVERY: Duration = Duration::from_mins(5);

/// Returns the circumstances of the page of the simulated stack.
pub(crate) fn publish_options() -> publish::PublishOptions {
    let address = publish::Href::parse("https://status.example.com/").unwrap();
    publish::PublishOptions { every: PAGE_EVERY, address }
}

/// The four functions.
pub(crate) struct Functions {
    pub(crate) world: Arc<World>,
    probers: Pool<Prober>,
    evaluators: Pool<Evaluator>,
    notifiers: Pool<Notifier>,
    generators: Pool<Generator>,
}

/// The idle instances of one function.
struct Pool<H>(Mutex<Vec<Instance<H>>>);

struct Instance<H> {
    process: Arc<Process>,
    handler: H,
}

impl<H> Pool<H> {
    /// Takes the instance that was idle longest; starts one if none is idle, and at times otherwise.
    fn take(&self, world: &Arc<World>, start: impl Fn(&Arc<Process>) -> H) -> Instance<H> {
        let mut idle = lock(&self.0);
        let kept = if idle.is_empty() { None } else { Some(idle.remove(0)) };
        drop(idle);
        match kept {
            Some(instance) if !instance.process.rng().happens(30) => instance,
            Some(_) | None => {
                let process = Process::start(world);
                let handler = start(&process);
                Instance { process, handler }
            }
        }
    }

    /// Invokes an instance. Returns `None` if it was killed.
    async fn invoke<T>(
        &self,
        world: &Arc<World>,
        start: impl Fn(&Arc<Process>) -> H,
        work: impl AsyncFnOnce(&mut H, &Process) -> T,
    ) -> Option<T> {
        let mut instance = self.take(world, start);
        let Instance { process, handler } = &mut instance;
        match process.run(LIMIT, work(handler, process)).await {
            End::Returned(result) => {
                lock(&self.0).push(instance);
                Some(result)
            }
            End::Killed => None,
        }
    }
}

fn store_of(process: &Arc<Process>) -> MemoryStore {
    process.world.store.with_hook(process.clone())
}

impl Functions {
    pub(crate) fn new(world: &Arc<World>) -> Self {
        Self {
            world: Arc::clone(world),
            probers: Pool(Mutex::default()),
            evaluators: Pool(Mutex::default()),
            notifiers: Pool(Mutex::default()),
            generators: Pool(Mutex::default()),
        }
    }

    /// Checks what is due in one minute.
    pub(crate) async fn probe(&self, scheduled_at: Timestamp) {
        let start = |process: &Arc<Process>| {
            let outside = Outside(Arc::clone(process));
            let secrets = MemorySecrets::default();
            Prober::new(store_of(process), secrets, outside, RegionId::local())
        };
        let event = json!({ "scheduled_time": scheduled_at.to_string() });
        let work = async |handler: &mut Prober, process: &Process| {
            let _ = handler.handle(&event, process.now(), LIMIT).await;
        };
        self.probers.invoke(&self.world, start, work).await;
    }

    pub(crate) async fn evaluate(
        &self,
        wake: &Trigger,
    ) -> Option<Result<BatchItemFailures, InvocationFailure>> {
        let start = |process: &Arc<Process>| {
            let store = store_of(process);
            Evaluator::new(store.clone(), store.clone(), store)
        };
        let work = async |handler: &mut Evaluator, process: &Process| {
            handler.handle(wake, process.now()).await
        };
        self.evaluators.invoke(&self.world, start, work).await
    }

    pub(crate) async fn notify(
        &self,
        wake: &Trigger,
    ) -> Option<Result<BatchItemFailures, InvocationFailure>> {
        let start = |process: &Arc<Process>| {
            let (store, outside) = (store_of(process), Outside(Arc::clone(process)));
            let secrets = MemorySecrets::default();
            Notifier::new(store.clone(), secrets, outside, store.clone(), store)
        };
        let work = async |handler: &mut Notifier, process: &Process| {
            handler.handle(wake, process.now(), LIMIT).await
        };
        self.notifiers.invoke(&self.world, start, work).await
    }

    pub(crate) async fn publish(&self) {
        let start = |process: &Arc<Process>| {
            Generator::new(store_of(process), Site(Arc::clone(process)), publish_options())
        };
        let work = async |handler: &mut Generator, process: &Process| {
            let _ = handler.handle(process.now()).await;
        };
        self.generators.invoke(&self.world, start, work).await;
    }
}
