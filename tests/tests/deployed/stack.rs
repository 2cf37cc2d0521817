//! One deployed stack that belongs to a test, and the simulator that it watches.
//!
//! Its schedules are off, so that a test chooses the minute, and a day passes in seconds.

mod functions;
mod records;
mod subscriptions;

use std::collections::BTreeMap;
use std::hash::{BuildHasher as _, RandomState};
use std::path::{Path, PathBuf};
use std::process::Command;

use allclear_simulator::{Config, Simulator};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::aws::{Aws, REGION, elements};
use crate::binary;
use crate::cloud::Cloud;
use crate::command::{Finished, finished};
use crate::http::Answer;
use crate::waiting::eventually;
use crate::{PATIENCE, http};

pub(crate) use functions::{ALL, Function};

/// A stack, a simulator, and a folder for running the command.
pub(crate) struct Stack {
    pub(crate) aws: Aws,
    pub(crate) simulator: Simulator,
    name: String,
    outputs: BTreeMap<String, String>,
    folder: TempDir,
}

impl Stack {
    /// Creates a stack from the deployed template and turns its schedules off.
    pub(crate) async fn new(name: &str) -> Self {
        let cloud = Cloud::shared();
        let aws = cloud.aws();
        let name = format!("test-{name}");
        create(&aws, cloud.stack_name(), &name).await;
        let stack = Self::of(aws, name).await;
        stack.stop_schedules().await;
        stack
    }

    /// Returns the originally deployed stack, with its schedules on.
    pub(crate) async fn as_deployed() -> Self {
        let cloud = Cloud::shared();
        Self::of(cloud.aws(), cloud.stack_name().to_owned()).await
    }

    async fn of(aws: Aws, name: String) -> Self {
        let outputs = outputs(&aws, &name).await;
        let simulator = Simulator::start(Config::default()).await.unwrap();
        Self { aws, simulator, name, outputs, folder: tempfile::tempdir().unwrap() }
    }

    /// Returns an output of the stack.
    pub(crate) fn output(&self, key: &str) -> &str {
        let output = self.outputs.get(key);
        output.unwrap_or_else(|| panic!("no output `{key}` in {:?}", self.outputs))
    }

    /// Runs `allclear ARGUMENTS --stack NAME`.
    pub(crate) async fn allclear(&self, arguments: &[&str]) -> Finished {
        let mut command = Command::new(binary::allclear());
        command.args(arguments).args(["--stack", &self.name]).current_dir(self.folder.path());
        for name in ["ALLCLEAR_LOG", "ALLCLEAR_CONFIG", "ALLCLEAR_DATA", "AWS_PROFILE"] {
            command.env_remove(name);
        }
        command.env("AWS_ENDPOINT_URL", format!("http://{}", self.aws.address));
        command.env("AWS_ACCESS_KEY_ID", "test").env("AWS_SECRET_ACCESS_KEY", "test");
        command.env("AWS_REGION", REGION);
        finished(command, PATIENCE).await
    }

    /// Returns the folder that the command runs in.
    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Writes a file into the folder that the command runs in.
    pub(crate) fn write(&self, file: &str, text: &str) -> PathBuf {
        let path = self.folder.path().join(file);
        std::fs::write(&path, text).unwrap();
        path
    }

    /// Applies a config.
    pub(crate) async fn apply(&self, config: &str) {
        self.write("allclear.toml", config);
        let applied = self.allclear(&["apply", "--yes"]).await;
        assert_eq!(applied.code, Some(0), "{}{}", applied.stdout, applied.stderr);
    }

    /// Returns the output of `allclear export`.
    pub(crate) async fn export(&self) -> Value {
        let exported = self.allclear(&["export"]).await;
        assert_eq!(exported.code, Some(0), "{}", exported.stderr);
        exported.json()
    }

    /// Sets the values of all secrets.
    pub(crate) async fn set_secrets(&self, values: Value) {
        let input = json!({
            "SecretId": self.output("SecretArn"),
            "SecretString": values.to_string(),
            "ClientRequestToken": format!("{:032x}", RandomState::new().hash_one(self.name.as_str())),
        });
        self.aws.json("secretsmanager", "secretsmanager.PutSecretValue", input).await;
    }

    /// Returns a published file as S3 serves it.
    pub(crate) async fn published(&self, file: &str) -> Answer {
        let path = format!("/{}/{file}", self.output("SiteBucket"));
        let request = http::Request { method: "GET", path: &path, headers: Vec::new(), body: &[] };
        http::send(&self.aws.address, request).await
    }

    /// Waits until the page's summary has components, and none of this monitor: nothing is known about its target.
    pub(crate) async fn page_leaves_out(&self, monitor: &str) {
        let what = format!("`{monitor}` to be left out of the page's components");
        eventually(&what, PATIENCE, async || {
            let summary = self.published("api/v2/summary.json").await.body;
            let summary: Value = serde_json::from_str(&summary).ok()?;
            let components = summary["components"].as_array().filter(|all| !all.is_empty())?;
            components.iter().all(|one| one["name"] != monitor).then_some(())
        })
        .await;
    }

    /// Waits until the page's summary gives a monitor this status.
    pub(crate) async fn page_shows(&self, monitor: &str, status: &str) {
        let mut last = String::new();
        let what = format!("`{monitor}` to be `{status}` on the page");
        let found = eventually(&what, PATIENCE, async || {
            last = self.published("api/v2/summary.json").await.body;
            let summary: Value = serde_json::from_str(&last).ok()?;
            let components = summary["components"].as_array()?;
            let of_monitor = components.iter().find(|one| one["name"] == monitor)?;
            (of_monitor["status"] == status).then_some(())
        });
        found.await;
    }
}

async fn create(aws: &Aws, deployed: &str, name: &str) {
    let version = ("Version", "2010-05-15");
    let asked = [("Action", "GetTemplate"), version, ("StackName", deployed)];
    let template = elements(&aws.form("cloudformation", &asked).await, "TemplateBody").remove(0);
    let template = upload(aws, name, &template).await;
    let described = describe(aws, deployed).await;
    let parameters = elements(&described, "Parameters").remove(0);
    let mut numbered = Vec::new();
    for (number, one) in (1..).zip(elements(&parameters, "member")) {
        let key = elements(&one, "ParameterKey").remove(0);
        // An empty value may be an element without an end tag.
        let value = elements(&one, "ParameterValue").pop().unwrap_or_default();
        numbered.push((format!("Parameters.member.{number}.ParameterKey"), key));
        numbered.push((format!("Parameters.member.{number}.ParameterValue"), value));
    }
    let mut fields = vec![
        ("Action", "CreateStack"),
        version,
        ("StackName", name),
        ("TemplateURL", &template),
        ("Capabilities.member.1", "CAPABILITY_IAM"),
        ("Capabilities.member.2", "CAPABILITY_NAMED_IAM"),
        ("Capabilities.member.3", "CAPABILITY_AUTO_EXPAND"),
    ];
    fields.extend(numbered.iter().map(|(name, value)| (name.as_str(), value.as_str())));
    aws.form("cloudformation", &fields).await;
    eventually(&format!("the stack `{name}`"), PATIENCE, async || {
        let status = elements(&describe(aws, name).await, "StackStatus").remove(0);
        assert!(!status.contains("FAILED") && !status.contains("ROLLBACK"), "{name}: {status}");
        (status == "CREATE_COMPLETE").then_some(())
    })
    .await;
}

/// Uploads a template, because a request may contain at most 51,200 bytes of it. Returns its
/// address.
async fn upload(aws: &Aws, name: &str, template: &str) -> String {
    let bucket = format!("/templates-{name}");
    let object = format!("{bucket}/template.yaml");
    for (path, body) in [(&bucket, ""), (&object, template)] {
        let answer = aws.rest("s3", ("PUT", path), Vec::new(), body.as_bytes()).await;
        assert_eq!(answer.status, 200, "{path}: {}", answer.body);
    }
    format!("http://{}{object}", aws.address)
}

async fn outputs(aws: &Aws, name: &str) -> BTreeMap<String, String> {
    let described = describe(aws, name).await;
    let keys = elements(&described, "OutputKey");
    keys.into_iter().zip(elements(&described, "OutputValue")).collect()
}

async fn describe(aws: &Aws, name: &str) -> String {
    let fields = [("Action", "DescribeStacks"), ("Version", "2010-05-15"), ("StackName", name)];
    aws.form("cloudformation", &fields).await
}
