//! Where secrets are looked for in the environment.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a failed expectation is a failed test"
)]

use allclear_core::id::SecretName;
use allclear_core::ports::Freshness;
use allclear_core::ports::ReadSecrets;
use allclear_local::EnvironmentSecrets;
use secrecy::ExposeSecret;

async fn read(name: &str, variables: &[(&str, &str)]) -> Result<String, String> {
    let variables = variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    let name = SecretName::new(name).unwrap();
    let secrets = EnvironmentSecrets::new(variables)
        .secrets(std::slice::from_ref(&name), Freshness::Cached)
        .await;
    match secrets {
        Ok(secrets) => Ok(secrets[&name].expose_secret().to_owned()),
        Err(error) => Err(error.to_string()),
    }
}

#[tokio::test]
async fn the_most_telling_variable_wins() {
    let mut variables =
        vec![("OPENAI", "3"), ("OPENAI_API_KEY", "2"), ("ALLCLEAR_SECRET_OPENAI", "1")];
    for expected in ["1", "2", "3"] {
        assert_eq!(read("openai", &variables).await.as_deref(), Ok(expected));
        variables.pop();
    }
    let hint = "there is no secret `openai`: set the environment variable \
                `ALLCLEAR_SECRET_OPENAI`, or one of `OPENAI_API_KEY`, `OPENAI`";
    assert_eq!(read("openai", &variables).await, Err(hint.to_owned()));
}

#[tokio::test]
async fn a_blank_variable_does_not_hide_the_next_one() {
    let variables = [("ALLCLEAR_SECRET_OPENAI", ""), ("OPENAI_API_KEY", " "), ("OPENAI", "sk")];
    assert_eq!(read("openai", &variables).await.as_deref(), Ok("sk"));
}

#[tokio::test]
async fn dashes_and_dots_become_underscores() {
    let variables = [("TEAM_SLACK_URL", "https://hooks.example.com")];
    let read = read("team-slack.url", &variables).await;
    assert_eq!(read.as_deref(), Ok("https://hooks.example.com"));
}

#[tokio::test]
async fn the_environment_of_this_process_is_read() {
    // Cargo sets it for every test.
    let name = SecretName::new("cargo-pkg-name").unwrap();
    let secrets = EnvironmentSecrets::from_environment()
        .secrets(std::slice::from_ref(&name), Freshness::Cached)
        .await;
    assert_eq!(secrets.unwrap()[&name].expose_secret(), "allclear-local");
}

#[test]
fn no_value_is_in_the_debug_output() {
    let secrets = EnvironmentSecrets::new([("OPENAI_API_KEY".to_owned(), "sk-1".to_owned())]);
    assert!(!format!("{secrets:?}").contains("sk-1"));
}
