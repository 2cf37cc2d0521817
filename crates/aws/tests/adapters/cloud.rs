//! Settings of the connection from the environment.

use allclear_aws::cloud::{AwsService, Cloud, CloudError};

const KEYS: [(&str, &str); 3] = [
    ("AWS_REGION", "eu-central-1"),
    ("AWS_ACCESS_KEY_ID", "AKIDPLANTED"),
    ("AWS_SECRET_ACCESS_KEY", "planted-secret"),
];

fn cloud(variables: &[(&str, &str)]) -> Result<Cloud, CloudError> {
    Cloud::from_variables(|name| {
        let found = variables.iter().find(|(known, _)| *known == name);
        found.map(|(_, value)| (*value).to_owned())
    })
}

#[test]
fn an_error_names_the_variable_to_set() {
    let error = cloud(&KEYS[1..]).unwrap_err().to_string();
    assert!(error.contains("`AWS_REGION`"), "{error}");
    let error = cloud(&KEYS[..2]).unwrap_err().to_string();
    assert!(error.contains("`AWS_SECRET_ACCESS_KEY`"), "{error}");
    assert!(!error.contains("AWS_PROFILE"), "{error}");
    for wrong in ["127.0.0.1:4566", "ftp://127.0.0.1", "http://", "not an address"] {
        let error = cloud(&[&KEYS[..], &[("AWS_ENDPOINT_URL_S3", wrong)]].concat()).unwrap_err();
        assert!(error.to_string().contains("`AWS_ENDPOINT_URL_S3`"), "{error}");
    }
}

#[test]
fn the_address_of_a_service_takes_precedence_over_the_common_one() {
    let local = [
        ("AWS_ENDPOINT_URL", "http://127.0.0.1:4566/"),
        ("AWS_ENDPOINT_URL_DYNAMODB", "http://127.0.0.1:8000"),
        ("AWS_ENDPOINT_URL_SNS", " "),
    ];
    let cloud = cloud(&[&KEYS[..], &local].concat()).unwrap();
    assert_eq!(cloud.endpoint(AwsService::DynamoDb), Some("http://127.0.0.1:8000"));
    for service in [AwsService::S3, AwsService::Lambda, AwsService::Sns] {
        assert_eq!(cloud.endpoint(service), Some("http://127.0.0.1:4566"));
    }
}

#[test]
fn the_default_address_is_that_of_aws() {
    let cloud = cloud(&KEYS).unwrap();
    assert_eq!(cloud.endpoint(AwsService::S3), None);
    assert_eq!(cloud.region(), "eu-central-1");
    assert_eq!(cloud.in_region("us-east-1").region(), "us-east-1");
}

#[test]
fn no_key_is_in_the_debug_output() {
    let printed = format!("{:?}", cloud(&KEYS).unwrap());
    assert!(!printed.contains("planted-secret") && !printed.contains("AKIDPLANTED"), "{printed}");
}

#[tokio::test]
async fn a_client_calls_the_configured_address() {
    let topics = aws_sdk_sns::Client::new(&crate::ministack::cloud().config_of(AwsService::Sns))
        .list_topics()
        .send()
        .await;
    assert!(topics.is_ok(), "{topics:?} on {}", crate::ministack::place());
}

/// Runs the command with a profile in a separate process, because environment variables select the
/// files of profiles.
#[tokio::test]
#[expect(clippy::disallowed_methods, reason = "the variable tells the started process what to do")]
async fn a_profile_with_keys_is_used_and_one_with_a_login_is_refused_with_a_command() {
    if std::env::var("ALLCLEAR_TEST_PROFILE").is_ok() {
        match Cloud::from_environment_or_profile().await {
            Ok(cloud) => println!("region {}", cloud.region()),
            Err(error) => println!("error {error}"),
        }
        if let Ok(cloud) = Cloud::from_environment_or_profile_else_in("sa-east-1").await {
            println!("else {}", cloud.region());
        }
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let config = folder.path().join("config");
    std::fs::write(
        &config,
        "[default]\nregion = eu-west-3\n\
         [profile keys]\nregion = eu-north-1\naws_access_key_id = AKIDPLANTED\n\
         aws_secret_access_key = planted-secret\n\
         [profile sso]\nregion = eu-west-1\nsso_start_url = https://example.com/start\n\
         sso_region = eu-west-1\nsso_account_id = 123456789012\nsso_role_name = Reader\n\
         [profile console]\nregion = eu-west-1\n\
         login_session = arn:aws:iam::123456789012:user/ann\n\
         [profile nowhere]\naws_access_key_id = AKIDPLANTED\n\
         aws_secret_access_key = planted-secret\n",
    )
    .unwrap();
    for (profile, expected) in [
        (Some("keys"), "region eu-north-1"),
        (Some("keys"), "else eu-north-1"),
        (Some("nowhere"), "else sa-east-1"),
        (Some("sso"), "`aws sso login --profile sso`"),
        (Some("console"), "export-credentials --profile console --format env"),
        (Some("nowhere"), "error no AWS region is set"),
        (Some("no-such"), "error no AWS region is set"),
        (None, "`AWS_PROFILE` to a profile with keys"),
    ] {
        let mut command = std::process::Command::new(std::env::current_exe().unwrap());
        let this =
            "cloud::a_profile_with_keys_is_used_and_one_with_a_login_is_refused_with_a_command";
        command.args([this, "--exact", "--nocapture"]).env_clear();
        command.env("ALLCLEAR_TEST_PROFILE", "1").env("HOME", folder.path());
        command.env("AWS_CONFIG_FILE", &config);
        command.env("AWS_SHARED_CREDENTIALS_FILE", folder.path().join("none"));
        if let Ok(bundle) = std::env::var("SSL_CERT_FILE") {
            command.env("SSL_CERT_FILE", bundle);
        }
        if let Some(profile) = profile {
            command.env("AWS_PROFILE", profile);
        }
        let printed = String::from_utf8(command.output().unwrap().stdout).unwrap();
        assert!(printed.contains(expected), "{profile:?}: {printed}");
        assert!(!printed.contains("planted-secret"), "{printed}");
    }
}
