//! The provider and the model of a check, as far as the public may know them.
//!
//! A gateway and a server of the operator are not public: neither their address nor the model behind it. A price in the
//! parameters may be an agreed one, so only the prices of public sources are stated.

use allclear_core::offering::{OfferedModel, Offering, OfferingProvider};
use allclear_llm::account::Account;
use allclear_llm::provider::Provider;
use allclear_llm::{data, providers, task};
use serde_json::Value;
use url::Url;

use super::params;

/// Returns the provider and the model in the parameters of a check; `None` if they are wrong.
pub(super) fn of(params: &Value) -> Option<Offering> {
    let account = params::account_of(params)?;
    if account.provider.is_self_hosted || !account.is_at_public_address() {
        return Some(Offering::default());
    }
    let Account { provider, model, .. } = &account;
    let route = account.route;
    Some(Offering {
        provider: Some(OfferingProvider {
            id: provider.name,
            title: provider.title,
            status_page: status_page(&account),
        }),
        model: model.as_deref().map(|id| {
            let known = match route.task() {
                None => data::listed(provider, id),
                Some(_) => task::offered(provider.name).find(|model| model.id == id),
            };
            let capability = route.task().map_or("chat", task::Task::name);
            let unlisted = || OfferedModel {
                id: id.to_owned(),
                capabilities: vec![capability.to_owned()],
                listed: None,
            };
            known.unwrap_or_else(unlisted)
        }),
    })
}

/// Returns the models of the provider with this id about which facts are shipped.
pub(super) fn models(provider: &str) -> Vec<OfferedModel> {
    let Some(table) = providers::find(provider) else { return Vec::new() };
    let of_chats = data::all_of(table);
    of_chats.chain(task::offered(table.name).filter(|model| model.listed.is_some())).collect()
}

/// Returns the address of the provider's own status page, for people: the origin of the machine-readable one. `None` if
/// the account reads another page.
fn status_page(account: &Account) -> Option<String> {
    let Account { provider: Provider { status_page, .. }, status_page: own, .. } = account;
    let page = status_page.as_ref().filter(|_| own.is_none())?;
    let mut address = Url::parse(page.url).ok()?;
    address.set_path("/");
    address.set_query(None);
    Some(address.into())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_check_of_a_public_api_names_its_provider_and_its_model_with_a_list_price() {
        let price = json!({ "input": 0.01, "output": 0.02 });
        let params = json!({ "provider": "openai", "model": "gpt-5-nano", "api_key": "secret:x", "price": price });
        let Offering { provider, model } = of(&params).unwrap();
        let provider = provider.unwrap();
        assert_eq!((provider.id, provider.title), ("openai", "OpenAI"));
        assert_eq!(provider.status_page.as_deref(), Some("https://status.openai.com/"));
        let model = model.unwrap();
        assert!(model.capabilities.contains(&"chat".to_owned()), "{model:?}");
        let listed = model.listed.unwrap();
        assert_ne!(listed.input_usd, Some(0.01), "an agreed price is not public");
        assert_eq!((listed.as_of, listed.source), (data::as_of(), data::source()));
        assert!(listed.context_tokens > Some(100_000));
        assert!(models("openai").iter().any(|one| one.id == "gpt-5-nano"));
    }

    #[test]
    fn a_server_of_the_operator_is_not_named() {
        for params in [
            json!({ "provider": "openai", "model": "m", "api_key": "secret:x",
                    "base_url": "https://gateway.internal/v1" }),
            json!({ "provider": "vllm", "model": "m", "base_url": "http://10.0.0.1:8000/v1" }),
        ] {
            assert_eq!(of(&params), Some(Offering::default()), "{params}");
        }
        assert_eq!(of(&json!({ "provider": "unheard-of" })), None);
    }

    #[test]
    fn another_status_page_is_not_linked() {
        let params = json!({ "provider": "openai", "api_key": "secret:x",
                             "status_page": "https://status.internal/api/v2/summary.json" });
        let offering = of(&params).unwrap();
        assert_eq!(offering.provider.unwrap().status_page, None);
        assert_eq!(offering.model, None);
    }

    #[test]
    fn a_model_without_shipped_facts_has_no_price() {
        let params = json!({ "provider": "openai", "model": "gpt-future", "api_key": "secret:x" });
        let model = of(&params).unwrap().model.unwrap();
        assert_eq!((model.id.as_str(), model.listed), ("gpt-future", None));
        let params = json!({ "provider": "openai", "model": "text-embedding-3-small",
                             "api": "embeddings", "api_key": "secret:x" });
        let model = of(&params).unwrap().model.unwrap();
        assert_eq!(model.capabilities, ["embeddings"]);
        let listed = model.listed.unwrap();
        assert!(listed.input_usd > Some(0.0) && listed.output_usd.is_none());
    }
}
