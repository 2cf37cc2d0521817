//! Lookup of secrets in the environment and in a file.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a failed expectation is a failed test"
)]

use std::fs;
use std::path::Path;

use allclear_core::id::SecretName;
use allclear_core::ports::ReadSecrets;
use allclear_core::ports::SecretFreshness;
use allclear_local::{EnvironmentSecrets, SecretPlace, SecretsFile};
use secrecy::ExposeSecret;

async fn read(name: &str, variables: &[(&str, &str)]) -> Result<String, String> {
    let variables = variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    let name = SecretName::new(name).unwrap();
    let secrets = EnvironmentSecrets::new(variables)
        .secrets(std::slice::from_ref(&name), SecretFreshness::Cached)
        .await;
    match secrets {
        Ok(secrets) => Ok(secrets[&name].expose_secret().to_owned()),
        Err(error) => Err(error.to_string()),
    }
}

#[tokio::test]
async fn the_most_specific_variable_wins() {
    let mut variables =
        vec![("OPENAI", "3"), ("OPENAI_API_KEY", "2"), ("ALLCLEAR_SECRET_OPENAI", "1")];
    for expected in ["1", "2", "3"] {
        assert_eq!(read("openai", &variables).await.as_deref(), Ok(expected));
        variables.pop();
    }
    let hint = "no secret `openai`: set the environment variable \
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
    // Cargo sets this variable for every test.
    let name = SecretName::new("cargo-pkg-name").unwrap();
    let secrets = EnvironmentSecrets::from_environment()
        .secrets(std::slice::from_ref(&name), SecretFreshness::Cached)
        .await;
    assert_eq!(secrets.unwrap()[&name].expose_secret(), "allclear-local");
}

#[test]
fn no_value_is_in_the_debug_output() {
    let secrets = EnvironmentSecrets::new([("OPENAI_API_KEY".to_owned(), "sk-1".to_owned())]);
    assert!(!format!("{secrets:?}").contains("sk-1"));
}

fn name(name: &str) -> SecretName {
    SecretName::new(name).unwrap()
}

async fn value(secrets: &EnvironmentSecrets, of: &str, freshness: SecretFreshness) -> String {
    let name = name(of);
    match secrets.secrets(std::slice::from_ref(&name), freshness).await {
        Ok(found) => found[&name].expose_secret().to_owned(),
        Err(error) => error.to_string(),
    }
}

fn secrets(path: &Path) -> EnvironmentSecrets {
    let variables = [("GROQ_API_KEY".to_owned(), "from the environment".to_owned())];
    EnvironmentSecrets::new(variables).or_from(SecretsFile::at(path))
}

#[tokio::test]
async fn the_file_supplies_secrets_missing_from_the_environment() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("data/secrets.json");
    let file = SecretsFile::at(&path);
    assert!(!file.set(&name("groq"), &"from the file".into()).unwrap());
    assert!(!file.set(&name("openai"), &"sk-1".into()).unwrap());
    assert!(file.set(&name("openai"), &"sk-2".into()).unwrap());
    assert_eq!(file.names().unwrap(), ["groq", "openai"]);

    let secrets = secrets(&path);
    assert_eq!(value(&secrets, "groq", SecretFreshness::Cached).await, "from the environment");
    assert_eq!(value(&secrets, "openai", SecretFreshness::Cached).await, "sk-2");
    let variable = SecretPlace::Variable("GROQ_API_KEY".to_owned());
    assert_eq!(secrets.place(&name("groq")).unwrap(), Some(variable));
    assert_eq!(secrets.place(&name("openai")).unwrap(), Some(SecretPlace::File(path)));
    assert_eq!(secrets.place(&name("mistral")).unwrap(), None);
    let message = value(&secrets, "mistral", SecretFreshness::Cached).await;
    assert!(message.contains("run `allclear keys set mistral`"), "{message}");
    assert!(!format!("{secrets:?}").contains("sk-2"));
}

#[tokio::test]
async fn a_running_process_sees_new_names_at_once_and_new_values_on_a_fresh_read() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("secrets.json");
    let (secrets, other_process) = (secrets(&path), SecretsFile::at(&path));
    assert!(value(&secrets, "openai", SecretFreshness::Cached).await.contains("no secret"));
    other_process.set(&name("openai"), &"sk-1".into()).unwrap();
    assert_eq!(value(&secrets, "openai", SecretFreshness::Cached).await, "sk-1");
    other_process.set(&name("openai"), &"sk-2".into()).unwrap();
    assert_eq!(value(&secrets, "openai", SecretFreshness::Cached).await, "sk-1");
    assert_eq!(value(&secrets, "openai", SecretFreshness::Fresh).await, "sk-2");
}

#[cfg(unix)]
#[tokio::test]
async fn a_file_that_others_can_read_is_refused_and_written_for_its_owner_alone() {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("secrets.json");
    let file = SecretsFile::at(&path);
    file.set(&name("openai"), &"sk-1".into()).unwrap();
    assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);

    fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
    let secrets = secrets(&path);
    let message = value(&secrets, "openai", SecretFreshness::Cached).await;
    assert!(message.contains("can be read by others (mode 640)"), "{message}");
    assert!(message.contains("chmod 600"), "{message}");
    assert_eq!(value(&secrets, "groq", SecretFreshness::Cached).await, "from the environment");
    assert!(file.set(&name("openai"), &"sk-2".into()).is_err());
}

#[tokio::test]
async fn a_file_of_another_format_is_refused_without_quoting_it() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("secrets.json");
    let file = SecretsFile::at(&path);
    file.set(&name("openai"), &"sk-1".into()).unwrap();
    for text in ["{\"openai\": 4711}", "[\"4711\"]", "4711", "{\"openai\": \"4711"] {
        fs::write(&path, text).unwrap();
        let message = value(&secrets(&path), "openai", SecretFreshness::Cached).await;
        assert!(message.contains("is not a JSON object of names and texts"), "{message}");
        assert!(!message.contains("4711"), "{message}");
        assert!(file.set(&name("openai"), &"sk-2".into()).is_err());
        assert_eq!(fs::read_to_string(&path).unwrap(), text);
    }
    fs::write(&path, "{\"openai\": \" \"}").unwrap();
    assert!(value(&secrets(&path), "openai", SecretFreshness::Cached).await.contains("no secret"));
}

#[test]
fn values_that_are_set_at_the_same_time_are_all_kept() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("secrets.json");
    std::thread::scope(|scope| {
        for n in 0..8 {
            let path = &path;
            scope.spawn(move || {
                SecretsFile::at(path).set(&name(&format!("key-{n}")), &"value".into()).unwrap();
            });
        }
    });
    assert_eq!(SecretsFile::at(&path).names().unwrap().len(), 8);
}
