//! What the environment says of AWS.

use allclear_aws::cloud::{Cloud, CloudError, Service};

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
fn an_error_says_which_variable_to_set() {
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
fn a_services_own_address_goes_before_the_common_one() {
    let local = [
        ("AWS_ENDPOINT_URL", "http://127.0.0.1:4566/"),
        ("AWS_ENDPOINT_URL_DYNAMODB", "http://127.0.0.1:8000"),
        ("AWS_ENDPOINT_URL_SNS", " "),
    ];
    let cloud = cloud(&[&KEYS[..], &local].concat()).unwrap();
    assert_eq!(cloud.endpoint(Service::DynamoDb), Some("http://127.0.0.1:8000"));
    for service in [Service::S3, Service::Lambda, Service::Sns] {
        assert_eq!(cloud.endpoint(service), Some("http://127.0.0.1:4566"));
    }
}

#[test]
fn without_an_address_it_is_awss_own() {
    let cloud = cloud(&KEYS).unwrap();
    assert_eq!(cloud.endpoint(Service::S3), None);
    assert_eq!(cloud.region(), "eu-central-1");
    assert_eq!(cloud.in_region("us-east-1").region(), "us-east-1");
}

#[test]
fn no_key_is_in_the_debug_output() {
    let printed = format!("{:?}", cloud(&KEYS).unwrap());
    assert!(!printed.contains("planted-secret") && !printed.contains("AKIDPLANTED"), "{printed}");
}

#[tokio::test]
async fn a_client_calls_what_answers_there() {
    let topics = crate::ministack::cloud().sns().list_topics().send().await;
    assert!(topics.is_ok(), "{topics:?} on {}", crate::ministack::place());
}
