//! The functions of a stack: invocation, settings, and killing their processes.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::Stack;
use crate::PATIENCE;
use crate::cloud::Cloud;
use crate::time::scheduled;
use crate::waiting::eventually;

/// A function of the stack.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Function {
    Prober,
    Evaluator,
    Notifier,
    Generator,
}

pub(crate) const ALL: [Function; 4] =
    [Function::Prober, Function::Evaluator, Function::Notifier, Function::Generator];

/// The services whose endpoints can be set individually for a function.
const SERVICES: [&str; 6] = ["DYNAMODB", "S3", "SNS", "SQS", "SECRETS_MANAGER", "LAMBDA"];

/// The result of an invocation.
#[derive(Debug)]
pub(crate) struct Invoked {
    /// The answer of the function, or its error if it failed.
    pub(crate) answer: Value,
    /// True if the function failed.
    pub(crate) failed: bool,
}

impl Invoked {
    /// Returns the answer. Panics if the function failed.
    #[track_caller]
    pub(crate) fn ok(self) -> Value {
        assert!(!self.failed, "{}", self.answer);
        self.answer
    }

    /// Returns the stable code of the failure.
    #[track_caller]
    pub(crate) fn code(&self) -> &str {
        assert!(self.failed, "it did not fail: {}", self.answer);
        self.answer["errorType"].as_str().unwrap()
    }
}

impl Stack {
    /// Returns the name of a function.
    pub(crate) fn function(&self, function: Function) -> &str {
        self.output(match function {
            Function::Prober => "ProberFunction",
            Function::Evaluator => "EvaluatorFunction",
            Function::Notifier => "NotifierFunction",
            Function::Generator => "GeneratorFunction",
        })
    }

    /// Invokes a function and waits for its answer.
    pub(crate) async fn invoke(&self, function: Function, event: &Value) -> Invoked {
        let path = format!("/2015-03-31/functions/{}/invocations", self.function(function));
        let event = event.to_string();
        let answer = self.aws.rest("lambda", ("POST", &path), Vec::new(), event.as_bytes()).await;
        assert_eq!(answer.status, 200, "{function:?}: {}", answer.body);
        let failed = answer.headers.contains_key("x-amz-function-error");
        Invoked { answer: serde_json::from_str(&answer.body).unwrap_or(Value::Null), failed }
    }

    /// Makes the prober check the minute `at`.
    pub(crate) async fn probe(&self, at: Timestamp) -> Value {
        self.invoke(Function::Prober, &scheduled(at)).await.ok()
    }

    /// Makes the evaluator and the notifier process everything pending, as their schedules do.
    pub(crate) async fn swept(&self) {
        for function in [Function::Evaluator, Function::Notifier] {
            self.invoke(function, &json!({})).await.ok();
        }
    }

    /// Changes some variables of a function, which restarts its processes.
    pub(crate) async fn set_variables(&self, function: Function, changed: &[(&str, &str)]) {
        let path = format!("/2015-03-31/functions/{}/configuration", self.function(function));
        let now = self.aws.get("lambda", &path).await;
        let mut variables = now["Environment"]["Variables"].clone();
        for (name, value) in changed {
            variables[*name] = json!(value);
        }
        let input = json!({ "Environment": { "Variables": variables } }).to_string();
        let answer = self.aws.rest("lambda", ("PUT", &path), Vec::new(), input.as_bytes()).await;
        assert_eq!(answer.status, 200, "{}", answer.body);
    }

    /// Routes all requests of the functions to AWS through another endpoint.
    pub(crate) async fn route_through(&self, url: &str) {
        let names = SERVICES.map(|service| format!("AWS_ENDPOINT_URL_{service}"));
        let changed: Vec<(&str, &str)> = names.iter().map(|name| (name.as_str(), url)).collect();
        for function in ALL {
            self.set_variables(function, &changed).await;
        }
    }

    /// Kills the processes of a function, waits until they have ended, and returns their number.
    ///
    /// Without the wait, the emulator would pass the next event to a process that is still ending,
    /// and report its exit as the answer.
    pub(crate) async fn kill(&self, function: Function) -> usize {
        let ids = self.processes(function);
        for id in &ids {
            let kill = format!("kill -KILL {id}");
            let killed = std::process::Command::new("sh").args(["-c", &kill]).status();
            assert!(killed.unwrap().success(), "process {id} ended before it was killed");
        }
        for id in &ids {
            eventually(&format!("the end of process {id}"), PATIENCE, async || {
                has_ended(*id).then_some(())
            })
            .await;
        }
        ids.len()
    }

    /// Returns the last lines of a function's log.
    pub(crate) async fn last_logged(&self, function: Function, n: usize) -> Vec<String> {
        let lines = self.log(&format!("/aws/lambda/{}", self.function(function))).await;
        let n_before = lines.len().saturating_sub(n);
        lines.into_iter().skip(n_before).collect()
    }

    /// Waits until a function's log contains a text, and returns the line.
    pub(crate) async fn logged(&self, function: Function, text: &str) -> String {
        let group = format!("/aws/lambda/{}", self.function(function));
        eventually(&format!("`{text}` in {group}"), PATIENCE, async || {
            let lines = self.log(&group).await;
            lines.into_iter().find(|line| line.contains(text))
        })
        .await
    }

    async fn log(&self, group: &str) -> Vec<String> {
        let input = json!({ "logGroupName": group });
        let events = self.aws.try_json("logs", "Logs_20140328.FilterLogEvents", input).await;
        let events = events.unwrap_or_default()["events"].take();
        let message = |event: &Value| event["message"].as_str().unwrap_or_default().to_owned();
        events.as_array().map(|events| events.iter().map(message).collect()).unwrap_or_default()
    }

    /// Turns the schedules of the stack off. Asks for each by its name: a list of the schedules of all stacks ends at its
    /// maximum length, and the schedules after it would check real minutes among the simulated ones.
    pub(super) async fn stop_schedules(&self) {
        for function in ["prober", "evaluator", "notifier", "generator"] {
            let path = format!("/schedules/{}-{function}", self.name);
            let mut schedule = self.aws.get("scheduler", &path).await;
            schedule["State"] = json!("DISABLED");
            let input = schedule.to_string();
            let answer =
                self.aws.rest("scheduler", ("PUT", &path), Vec::new(), input.as_bytes()).await;
            assert_eq!(answer.status, 200, "{}", answer.body);
        }
    }

    /// Returns the event source mapping between the table's stream and a function.
    pub(crate) async fn event_source(&self, function: Function) -> Value {
        let path =
            format!("/2015-03-31/event-source-mappings?FunctionName={}", self.function(function));
        let mut sources = self.aws.get("lambda", &path).await;
        sources["EventSourceMappings"][0].take()
    }

    /// Stops the delivery of the table's stream to the functions.
    pub(crate) async fn stop_streams(&self) {
        for function in [Function::Evaluator, Function::Notifier] {
            let source = self.event_source(function).await;
            let path =
                format!("/2015-03-31/event-source-mappings/{}", source["UUID"].as_str().unwrap());
            let input = json!({ "Enabled": false }).to_string();
            let answer =
                self.aws.rest("lambda", ("PUT", &path), Vec::new(), input.as_bytes()).await;
            assert!(answer.status < 300, "{}", answer.body);
        }
    }

    /// Returns the ids of the processes of a function.
    pub(crate) fn processes(&self, function: Function) -> Vec<u32> {
        let wanted = format!("AWS_LAMBDA_FUNCTION_NAME={}", self.function(function));
        let ours = format!("AWS_ENDPOINT_URL={}", Cloud::shared().url());
        let all = std::fs::read_dir("/proc").unwrap().filter_map(Result::ok);
        let ids = all.filter_map(|entry| entry.file_name().to_str()?.parse::<u32>().ok());
        ids.filter(|id| {
            let environment = std::fs::read(format!("/proc/{id}/environ")).unwrap_or_default();
            let has =
                |one: &String| environment.split(|byte| *byte == 0).any(|v| v == one.as_bytes());
            has(&wanted) && has(&ours)
        })
        .collect()
    }
}

/// Checks whether a process is gone, or is a zombie that its parent has not collected.
fn has_ended(id: u32) -> bool {
    let stat = std::fs::read_to_string(format!("/proc/{id}/stat")).unwrap_or_default();
    // `ID (COMMAND) STATE ...`: a command may contain spaces and parentheses.
    stat.rsplit_once(") ").is_none_or(|(_, rest)| rest.starts_with(['Z', 'X']))
}
