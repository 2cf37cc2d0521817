//! `models.html`: the catalog of the models of the providers that are measured, with facts from public sources.

use std::collections::BTreeSet;

use askama::Template;

use super::moment::Moment;
use crate::{
    SiteFile,
    edition::{Edition, LanguageLink, PageStyle},
    formats::{MODELS, PROVIDERS, context_length, provider_address, service_path},
    icon,
    provider_assets::models_script,
    snapshot::{
        FactSource, MeasuredModel, PageIdentity, PublicModel, PublicProvider, ServiceState,
        TokenListPrice, history_until,
    },
    stylesheet::PageSheet,
    words::Words,
};

/// The choices of the smallest context, in tokens.
const CONTEXTS: [(u64, &str); 4] =
    [(32_000, "32k"), (128_000, "128k"), (200_000, "200k"), (1_000_000, "1000k")];

#[derive(Template)]
#[template(path = "models.html")]
struct ModelsPage<'a> {
    style: PageStyle,
    script: &'static str,
    favicon: String,
    page: &'a PageIdentity,
    words: &'a Words,
    home: String,
    languages: Vec<LanguageLink>,
    providers: &'static str,
    until: Moment,
    /// The words of the number of rows: `#` stands for the shown ones, `%` for all.
    count_words: String,
    /// The words if all rows are shown.
    count: String,
    capabilities: Vec<CapabilityChoice<'a>>,
    contexts: [(u64, &'static str); 4],
    groups: Vec<CatalogGroup<'a>>,
    /// The sources of the facts, each as a sentence.
    sources: Vec<String>,
}

/// A capability to choose.
struct CapabilityChoice<'a> {
    name: &'a str,
    text: String,
}

/// The models of a provider.
struct CatalogGroup<'a> {
    name: &'a str,
    id: &'a str,
    address: String,
    rows: Vec<ModelRow<'a>>,
}

/// A model.
struct ModelRow<'a> {
    id: &'a str,
    /// The text in which the search looks, in lower case.
    found_by: String,
    capabilities: String,
    context_tokens: Option<u64>,
    input_usd: Option<f64>,
    abilities: String,
    context: String,
    input: String,
    output: String,
    /// The services that measure it.
    measured: Vec<MeasuredBy>,
}

/// A service that measures a model.
struct MeasuredBy {
    path: String,
    /// The speed over 24 hours; empty if none was measured.
    speed: String,
}

/// Renders the catalog; nothing if no model is public.
#[expect(
    clippy::expect_used,
    reason = "a template fails only if a value's `Display` does, and those here do not"
)]
pub(crate) fn file(edition: &Edition<'_>) -> Option<SiteFile> {
    let (snapshot, words) = (edition.snapshot, edition.words);
    let offering = snapshot.providers.iter().filter(|provider| !provider.models.is_empty());
    let groups: Vec<CatalogGroup> = offering.map(|provider| group(words, provider)).collect();
    if groups.is_empty() {
        return None;
    }
    let models = || snapshot.providers.iter().flat_map(|provider| &provider.models);
    let capabilities: BTreeSet<&str> =
        models().flat_map(|model| &model.capabilities).map(String::as_str).collect();
    let sources: BTreeSet<&FactSource> =
        models().filter_map(|model| model.source.as_ref()).collect();
    let n_models = models().count().to_string();
    let style = edition.style(PageSheet::Provider, Some(models_script()));
    let page = ModelsPage {
        style,
        script: models_script(),
        favicon: icon::favicon(ServiceState::NoData),
        page: &snapshot.page,
        words,
        home: edition.home_path(0),
        languages: edition.links(MODELS, 0),
        providers: PROVIDERS,
        until: Moment::long(words, history_until(snapshot.generated_at)),
        count_words: words.models_shown("#", "%"),
        count: words.models_shown(&n_models, &n_models),
        capabilities: capabilities
            .into_iter()
            .map(|name| CapabilityChoice { name, text: name.replace('_', " ") })
            .collect(),
        contexts: CONTEXTS,
        groups,
        sources: sources
            .into_iter()
            .map(|source| words.facts_from(&words.long_date(source.as_of), &source.name))
            .collect(),
    };
    let html = page.render().expect("writing to a string cannot fail");
    Some(SiteFile::text(edition.path(MODELS), html))
}

fn group<'a>(words: &Words, provider: &'a PublicProvider) -> CatalogGroup<'a> {
    CatalogGroup {
        name: &provider.name,
        id: &provider.id,
        address: provider_address(&provider.id),
        rows: provider.models.iter().map(|model| row(words, provider, model)).collect(),
    }
}

fn row<'a>(words: &Words, provider: &'a PublicProvider, model: &'a PublicModel) -> ModelRow<'a> {
    let capabilities = model.capabilities.join(" ");
    let measures = |one: &&MeasuredModel| one.model.as_ref() == Some(&model.id);
    ModelRow {
        id: &model.id,
        found_by: format!("{} {} {capabilities}", model.id, provider.name).to_lowercase(),
        capabilities,
        context_tokens: model.context_tokens,
        input_usd: model.input_price.map(TokenListPrice::dollars),
        abilities: words.abilities(model),
        context: context_length(model.context_tokens),
        input: words.list_price(model.input_price),
        output: words.list_price(model.output_price),
        measured: provider
            .services
            .iter()
            .filter(measures)
            .map(|one| MeasuredBy {
                path: service_path(&one.service),
                speed: words.speed_note(&one.speeds.hours_24),
            })
            .collect(),
    }
}
