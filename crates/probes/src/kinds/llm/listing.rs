//! The step `models`: which models the provider has, and whether the one in use is among them.

use std::collections::BTreeMap;
use std::time::Duration;

use allclear_core::Timestamp;
use allclear_core::catalog::{Catalog, CatalogItem};
use allclear_core::reason::Reason;
use allclear_llm::classify::ProviderFailure;
use allclear_llm::model::Model;
use allclear_llm::provider::{ListedModels, Provider};
use allclear_llm::{classify, data, listing};
use jiff::civil::Date;
use jiff::tz::TimeZone;

use super::calls::ProviderResponse;
use super::metrics;
use super::step_run::StepRun;
use super::step_state::ListSummary;
use super::steps::Step;

/// The most bytes of a page of the list.
const MAX_BYTES: usize = 4 * 1024 * 1024;

/// The most pages, and the most models of all of them together.
const MAX_PAGES: usize = 20;
const MAX_MODELS: usize = 5_000;

/// Lifetime of an unchanged list.
const CATALOG_EVERY: Duration = Duration::from_hours(6);

/// The part of a provider's list that was read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum ListExtent {
    /// All of it.
    Whole,
    /// Its begin.
    Partial,
}

impl StepRun<'_> {
    /// Lists the models. `None` if it was not tried.
    pub(super) async fn models(&mut self) -> Option<Result<(), ProviderFailure>> {
        let mut models = BTreeMap::new();
        let mut cursor: Option<String> = None;
        let mut extent = ListExtent::Partial;
        for n_page in 0..MAX_PAGES {
            let Some(call) = self.check.account.list(cursor.as_deref()) else { break };
            let answer = match self.answer(&call, MAX_BYTES).await? {
                Ok(answer) => answer,
                Err(failure) => return Some(Err(failure)),
            };
            let (provider, now) = (self.provider(), self.now());
            let read = self.read_answer(answer, move |answer| page(provider, answer, now)).await;
            let (page, answer) = match read {
                Ok(read) => read,
                Err(failure) => return Some(Err(failure)),
            };
            if n_page == 0 {
                self.collected.trace = Some(answer.trace);
                self.record_key_result(&page);
            }
            let page = match page {
                Ok(page) => page,
                Err(failure) => return Some(self.accept_restricted(failure)),
            };
            models.extend(page.models);
            let is_cut = page.is_cut || models.len() > MAX_MODELS;
            models = models.into_iter().take(MAX_MODELS).collect();
            if page.next.is_none() && !is_cut {
                extent = ListExtent::Whole;
            }
            if extent == ListExtent::Whole
                || is_cut
                || models.len() >= MAX_MODELS
                || page.next == cursor
            {
                break;
            }
            cursor = page.next;
        }
        for (id, model) in &mut models {
            data::complete(self.provider(), id, model);
        }
        self.take_models(models, extent);
        Some(Ok(()))
    }

    /// Returns whether the models are listed in this check.
    pub(super) fn lists_models(&self) -> bool {
        self.check.cadence.has(Step::Models)
            && !self.has_executed(Step::Models)
            && self.is_due(Step::Models)
    }

    /// Takes the first page as the result of the key check.
    fn record_key_result(&mut self, page: &Result<listing::ModelPage, ProviderFailure>) {
        let is_asked = self.check.cadence.has(Step::Key) && !self.has_executed(Step::Key);
        if !is_asked || !self.is_validated_by_list() {
            return;
        }
        let result = match page {
            Ok(_) => Ok(()),
            Err(failure) => self.accept_restricted(failure.clone()),
        };
        let trace = self.collected.trace.take();
        self.record(Step::Key, result);
        self.collected.trace = trace;
    }

    fn take_models(&mut self, models: BTreeMap<String, Model>, extent: ListExtent) {
        let now = self.now();
        self.measure(metrics::MODELS_LISTED, models.len() as f64);
        let provider = self.provider();
        let in_use = self.check.account.model.as_deref();
        let found =
            in_use.and_then(|id| listing::find(&models, id)).map(|(_, model)| model.clone());
        // If deployments have names of their own, the list does not contain them.
        let names_its_own = provider.completions.iter().any(|it| it.path.contains("/deployments/"));
        // A list of models for chats lacks those for tasks.
        let lacks_tasks = provider.listed_models == ListedModels::Chats
            && self.check.account.route.task().is_some();
        let has_model = match (&found, in_use) {
            (_, None) => None,
            (Some(_), Some(_)) => Some(true),
            (None, Some(_)) => {
                (extent == ListExtent::Whole && !names_its_own && !lacks_tasks).then_some(false)
            }
        };
        let price = found.as_ref().filter(|model| !model.derived.contains("price"));
        let price = price.and_then(|model| model.price);
        let shutdown = match (&found, in_use) {
            (Some(model), _) => model.shutdown,
            (None, Some(id)) => {
                let mut model = Model::default();
                data::complete(provider, id, &mut model);
                model.shutdown
            }
            (None, None) => None,
        };
        if let Some(days) = shutdown.and_then(|date| days_until(date, now)) {
            self.measure(metrics::MODEL_SHUTDOWN_DAYS, days);
        }
        let digest = digest(&models);
        let known = self.state.list_summary.as_ref();
        let is_known = known.is_some_and(|listed| {
            let age = now.duration_since(listed.stored_at);
            listed.digest == digest && age.abs().unsigned_abs() < CATALOG_EVERY
        });
        let mut stored_at = known.map_or(now, |listed| listed.stored_at);
        if extent == ListExtent::Whole && !is_known {
            stored_at = now;
            let item = |(id, model)| Some((id, CatalogItem::new(&model).ok()?));
            let items = models.into_iter().filter_map(item).collect();
            self.collected.catalog =
                Some(Catalog { provider: provider.name.to_owned(), at: now, items });
        }
        let known = self.state.list_summary.take();
        let is_there = has_model == Some(true);
        self.state.list_summary = Some(ListSummary {
            digest,
            stored_at,
            has_model,
            was_listed: is_there || known.as_ref().is_some_and(|listed| listed.was_listed),
            works_unlisted: !is_there && known.is_some_and(|listed| listed.works_unlisted),
            shutdown,
            price,
        });
    }
}

/// Returns the page of the list that an answer holds.
fn page(
    provider: &Provider,
    answer: &ProviderResponse,
    now: Timestamp,
) -> Result<listing::ModelPage, ProviderFailure> {
    let ProviderResponse { head, body, .. } = answer;
    if answer.is_cut {
        let what = format!("the list of models is larger than {MAX_BYTES} bytes");
        return Err(ProviderFailure::new(Reason::ResponseTooLarge, what));
    }
    let wrong = |what: String| {
        classify::failure(provider, Step::Models.call_kind(), head, body, now)
            .unwrap_or_else(|| ProviderFailure::new(Reason::ResponseInvalid, what))
    };
    if !head.is_success() {
        return Err(wrong(format!("the list of models is HTTP {}", head.status)));
    }
    listing::read(provider, body).map_err(wrong)
}

/// Returns the number of days until a date, in UTC.
fn days_until(date: Date, now: Timestamp) -> Option<f64> {
    let today = now.to_zoned(TimeZone::UTC).date();
    let days = today.until(date).ok()?.get_days();
    Some(f64::from(days))
}

/// Returns a digest of the models that is the same in each process.
fn digest(models: &BTreeMap<String, Model>) -> u64 {
    let text = serde_json::to_vec(models).unwrap_or_default();
    super::digest(&text)
}
