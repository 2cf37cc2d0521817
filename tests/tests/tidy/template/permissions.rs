//! The permissions of a function are exactly those that the ports in its handler's signature need.

use std::collections::BTreeSet;

use serde_json::Value;

use super::document::{FUNCTIONS, logical_id, template, texts, with_optional};
use crate::repository::{extension, files, report, text};

/// The use of AWS by a port: its actions, and the partitions of the table that it accesses.
struct Port {
    name: &'static str,
    actions: &'static [&'static str],
    partitions: &'static [&'static str],
}

const fn port(
    name: &'static str,
    actions: &'static [&'static str],
    partitions: &'static [&'static str],
) -> Port {
    Port { name, actions, partitions }
}

const READ_ITEM: &str = "dynamodb:GetItem";
const QUERY: &str = "dynamodb:Query";
const PUT: &str = "dynamodb:PutItem";
const UPDATE: &str = "dynamodb:UpdateItem";

/// The ports whose actions apply to all resources, because listing models and reading metrics support no
/// narrower resource.
const EVERYWHERE: [&str; 2] = [CLOUDWATCH_CHECK, SIGN_REQUEST];

const CLOUDWATCH_CHECK: &str = "CloudwatchCheck";
const SIGN_REQUEST: &str = "SignRequest";

const PORTS: [Port; 33] = [
    port("CommitState", &[PUT], &["state", "hour", "day", "event", "delivery"]),
    port("LoadState", &[READ_ITEM], &["state"]),
    port("Outbox", &["dynamodb:DeleteItem", READ_ITEM, PUT, QUERY, UPDATE], &["delivery"]),
    port("PublishSite", &["s3:DeleteObject", "s3:GetObject", "s3:ListBucket", "s3:PutObject"], &[]),
    port("ReadBeats", &[QUERY], &["beat"]),
    port("ReadCatalogs", &[QUERY], &["catalog"]),
    port("ReadConfig", &[READ_ITEM], &["config"]),
    port("ReadDeliveries", &["dynamodb:BatchGetItem"], &["delivery"]),
    port("ReadHistory", &[QUERY], &["state", "shard", "run#*", "hour", "day", "event", "delivery"]),
    port("ReadIncidents", &[QUERY], &["event", "incident"]),
    port("ReadNextNotices", &[QUERY], &["next_notice"]),
    port("ReadNotes", &[QUERY], &["note#*"]),
    port("ReadOperatorEntries", &[QUERY], &["entry"]),
    port("ReadRuns", &[QUERY], &["run#*"]),
    port("ReadSecrets", &["secretsmanager:GetSecretValue"], &[]),
    port("RecordBeat", &[PUT], &["beat"]),
    port("RecordCatalog", &[PUT], &["catalog"]),
    port("RecordNextNotice", &[PUT], &["next_notice"]),
    port("RecordNotes", &[PUT], &["note#*"]),
    // A new shard is added to the list once.
    port("RecordRun", &[READ_ITEM, PUT], &["run#*", "shard"]),
    port("ReserveBudget", &[UPDATE], &["budget"]),
    port("DeadLetters", &["sqs:SendMessage"], &[]),
    port(
        SIGN_REQUEST,
        &[
            "bedrock:GetFoundationModelAvailability",
            "bedrock:InvokeModel",
            "bedrock:InvokeModelWithResponseStream",
            "bedrock:ListFoundationModels",
        ],
        &[],
    ),
    port("WakeEvaluator", &["lambda:InvokeFunction"], &[]),
    port("WakeGenerator", &["lambda:InvokeFunction"], &[]),
    // These are kinds of check, channel and action that exist only on AWS, not ports of core.
    port(CLOUDWATCH_CHECK, &["cloudwatch:GetMetricStatistics", "cloudwatch:ListMetrics"], &[]),
    port("EcsAction", &["ecs:UpdateService"], &[]),
    port("LambdaAction", &["lambda:InvokeFunction"], &[]),
    port("LambdaCheck", &["lambda:InvokeFunction"], &[]),
    port("Ses", &["ses:SendEmail"], &[]),
    port("Sns", &["sns:Publish"], &[]),
    port("SqsCheck", &["sqs:GetQueueAttributes", "sqs:GetQueueUrl"], &[]),
    port("SsmAction", &["ssm:SendCommand"], &[]),
];

/// The kinds of check, channel and action among the ports, each with the name by which a function uses it.
const KINDS: [(&str, &str); 8] = [
    (CLOUDWATCH_CHECK, "Probes"),
    ("EcsAction", "AwsActions"),
    ("LambdaAction", "AwsActions"),
    ("LambdaCheck", "Probes"),
    ("Ses", "ses"),
    ("Sns", "sns"),
    ("SqsCheck", "Probes"),
    ("SsmAction", "AwsActions"),
];

/// Statements that belong to no port: those of Lambda, which acts on behalf of a function, and
/// those for the keys of secrets and topics.
const WITHOUT_PORT: [(&str, &[&str]); 6] = [
    ("Logs", &["logs:CreateLogStream", "logs:PutLogEvents"]),
    ("Stream", &["dynamodb:DescribeStream", "dynamodb:GetRecords", "dynamodb:GetShardIterator"]),
    ("Streams", &["dynamodb:ListStreams"]),
    ("FailedBatches", &["sqs:SendMessage"]),
    ("SecretKeys", &["kms:Decrypt"]),
    ("TopicKeys", &["kms:Decrypt", "kms:GenerateDataKey"]),
];

/// Returns the service of the engine that a function runs.
fn service(function: &str) -> &'static str {
    match function {
        "prober" => "probe",
        "evaluator" => "evaluate",
        "notifier" => "notify",
        "generator" => "publish",
        _ => panic!("function `{function}` runs no service: name it here"),
    }
}

/// Returns the ports that the sources of a function and of its service mention.
fn ports_of(function: &str) -> BTreeSet<&'static str> {
    let service = service(function);
    let folders = [format!("functions/{function}/src/"), format!("crates/engine/src/{service}/")];
    let is_source = |path: &String| folders.iter().any(|folder| path.starts_with(folder));
    let sources = files().into_iter().filter(is_source);
    let sources: String =
        sources.filter(|path| extension(path) == "rs").filter_map(|path| text(&path)).collect();
    assert!(!sources.is_empty(), "there are no sources in {folders:?}");
    ports_in(&sources)
}

fn ports_in(sources: &str) -> BTreeSet<&'static str> {
    let code = sources.lines().filter(|line| !line.trim_start().starts_with("//"));
    let words: BTreeSet<&str> = code
        .flat_map(|line| line.split(|char: char| !char.is_alphanumeric() && char != '_'))
        .collect();
    let kinds = KINDS.iter().filter(|(_, used_as)| words.contains(used_as));
    let kinds: BTreeSet<&str> = kinds.map(|(name, _)| *name).collect();
    let named = |port: &Port| words.contains(port.name) || kinds.contains(port.name);
    PORTS.iter().filter(|port| named(port)).map(|port| port.name).collect()
}

/// Returns the statements of the role of a function.
fn statements<'a>(template: &'a Value, function: &str) -> Vec<&'a Value> {
    let role = &template["Resources"][format!("{}Role", logical_id(function))]["Properties"];
    assert!(role["ManagedPolicyArns"].is_null(), "{function}: a managed policy allows more");
    let policies = role["Policies"].as_array().unwrap();
    assert_eq!(policies.len(), 1);
    with_optional(&policies[0]["PolicyDocument"]["Statement"])
}

#[test]
fn a_function_is_allowed_what_its_ports_need_by_name() {
    let template = template();
    let without_port: BTreeSet<&str> = WITHOUT_PORT.iter().map(|(sid, _)| *sid).collect();
    let mut problems = Vec::new();
    for function in FUNCTIONS {
        let stated: BTreeSet<&str> = statements(&template, function)
            .into_iter()
            .map(|statement| statement["Sid"].as_str().unwrap())
            .filter(|sid| !without_port.contains(sid))
            .collect();
        let ports = ports_of(function);
        let missing = ports
            .difference(&stated)
            .map(|port| format!("{function}: its port `{port}` has no statement in template.yaml"));
        let superfluous = stated.difference(&ports).map(|sid| {
            format!("{function}: template.yaml allows `{sid}`, which no source of it names")
        });
        problems.extend(missing.chain(superfluous));
    }
    report(&problems);
}

#[test]
fn a_statement_allows_the_actions_of_its_port_and_no_other() {
    let template = template();
    let mut problems = Vec::new();
    for function in FUNCTIONS {
        for statement in statements(&template, function) {
            let sid = statement["Sid"].as_str().unwrap();
            let port = PORTS.iter().find(|port| port.name == sid);
            let without_port = WITHOUT_PORT.iter().find(|(name, _)| *name == sid);
            let wanted =
                port.map(|port| port.actions).or(without_port.map(|(_, actions)| *actions));
            let Some(wanted) = wanted else {
                problems.push(format!("{function}: `{sid}` is no port"));
                continue;
            };
            let actions = texts(&statement["Action"]);
            if actions != wanted {
                problems.push(format!("{function}: `{sid}` allows {actions:?}, not {wanted:?}"));
            }
            let is_everywhere = statement["Resource"] == "*" && !EVERYWHERE.contains(&sid);
            if statement["Effect"] != "Allow" || is_everywhere {
                problems.push(format!("{function}: `{sid}` allows it on everything"));
            }
            problems.extend(port.and_then(|port| objection(function, port, statement)));
        }
    }
    report(&problems);
}

/// Returns the problem if a statement reaches further into the table than its port.
fn objection(function: &str, port: &Port, statement: &Value) -> Option<String> {
    let keys = &statement["Condition"]["ForAllValues:StringLike"]["dynamodb:LeadingKeys"];
    let reached = if keys.is_null() { Vec::new() } else { texts(keys) };
    // A function that calls only a part of a port may reach less.
    let fits = reached.iter().all(|key| port.partitions.contains(key))
        && reached.is_empty() == port.partitions.is_empty();
    let name = port.name;
    (!fits).then(|| format!("{function}: `{name}` reaches {reached:?}, not {:?}", port.partitions))
}

#[test]
fn no_action_in_the_template_is_a_pattern() {
    let mut problems = Vec::new();
    visit(&template(), &mut |key, value| {
        if key == "Action" && value.to_string().contains('*') {
            problems.push(format!("template.yaml: {value} names no single action"));
        }
    });
    report(&problems);
}

/// Calls `look` with each key of each object and its value.
fn visit(value: &Value, look: &mut impl FnMut(&str, &Value)) {
    for (key, value) in value.as_object().into_iter().flatten() {
        look(key, value);
        visit(value, look);
    }
    for value in value.as_array().into_iter().flatten() {
        visit(value, look);
    }
}

#[test]
fn every_port_that_core_has_for_functions_is_known_here() {
    /// Ports that only the command and the local engine call.
    const NOT_ON_AWS: [&str; 5] =
        ["ApplyConfig", "Prune", "ReadPast", "RecordIncidentEntries", "RecordOperatorEntries"];
    /// Ports that do not call AWS and need no permission.
    const WITHOUT_CALL: [&str; 2] = ["BeatWatchdog", "FindUnreadable"];
    let is_source =
        |path: &String| path.starts_with("crates/core/src/ports") && extension(path) == "rs";
    let ports: String =
        files().into_iter().filter(is_source).filter_map(|path| text(&path)).collect();
    let declared = ports.lines().filter_map(|line| line.strip_prefix("pub trait "));
    let declared: BTreeSet<&str> =
        declared.filter_map(|rest| rest.split(':').next()).map(str::trim).collect();
    let known: BTreeSet<&str> = PORTS
        .iter()
        .map(|port| port.name)
        .filter(|name| KINDS.iter().all(|(kind, _)| kind != name))
        .chain(NOT_ON_AWS)
        .chain(WITHOUT_CALL)
        .collect();
    assert_eq!(known, declared);
}

#[test]
fn a_port_in_a_signature_is_seen_and_one_in_a_comment_is_not() {
    let sources =
        "/// Like `Outbox`.\nfn a<S: ReadRuns + LoadState>() {}\nuse allclear_aws::sns;\n";
    assert_eq!(ports_in(sources), ["LoadState", "ReadRuns", "Sns"].into());
}

#[test]
fn a_statement_that_reaches_further_is_refused() {
    let statement = |keys: &[&str]| {
        serde_json::json!({
            "Condition": { "ForAllValues:StringLike": { "dynamodb:LeadingKeys": keys } }
        })
    };
    let port = port("LoadState", &[READ_ITEM], &["state"]);
    assert_eq!(objection("evaluator", &port, &statement(&["state"])), None);
    assert!(objection("evaluator", &port, &statement(&["state", "config"])).is_some());
    assert!(objection("evaluator", &port, &serde_json::json!({})).is_some());
}

#[test]
fn a_function_uses_a_customers_key_only_through_the_service_that_it_encrypts_for() {
    let template = template();
    let mut seen = Vec::new();
    for function in FUNCTIONS {
        for statement in statements(&template, function) {
            let sid = statement["Sid"].as_str().unwrap();
            let service = match sid {
                "SecretKeys" => "secretsmanager.*",
                "TopicKeys" => "sns.*",
                _ => continue,
            };
            assert_eq!(statement["Resource"]["Ref"], "MoreKeyArns", "{function}");
            let through = &statement["Condition"]["StringLike"]["kms:ViaService"];
            assert_eq!(through, service, "{function}");
            seen.push((function, sid));
        }
    }
    let expected =
        [("prober", "SecretKeys"), ("notifier", "SecretKeys"), ("notifier", "TopicKeys")];
    assert_eq!(seen, expected);
}
