//! `template.yaml` matches the code that it deploys, and the documents.
//!
//! `scripts/test template` checks that the template is valid.

mod alarms;
mod cloudwatch;
mod document;
mod environment;
mod page;
mod permissions;

use allclear_aws::dynamo::{keys, schema};
use serde_json::{Value, json};

use crate::repository::{extension, files, report, text};
use document::{FUNCTIONS, logical_id, of_type, template};

/// Resources with data that must not be lost.
const DATA: [&str; 3] = ["AWS::DynamoDB::Table", "AWS::SecretsManager::Secret", "AWS::S3::Bucket"];

#[test]
fn the_table_is_the_one_that_the_store_expects() {
    let template = template();
    let declared = &of_type(&template, "AWS::DynamoDB::Table")[0].1["Properties"];
    let expected = schema::create_table("any").unwrap();

    let key_of = |name: &str, key_type: &str| json!({ "AttributeName": name, "KeyType": key_type });
    let keys = expected.get_key_schema().as_ref().unwrap();
    let keys: Value =
        keys.iter().map(|key| key_of(key.attribute_name(), key.key_type().as_str())).collect();
    assert_eq!(declared["KeySchema"], keys);
    let attributes = expected.get_attribute_definitions().as_ref().unwrap();
    let attributes: Value = attributes
        .iter()
        .map(|one| {
            json!({
                "AttributeName": one.attribute_name(),
                "AttributeType": one.attribute_type().as_str(),
            })
        })
        .collect();
    assert_eq!(declared["AttributeDefinitions"], attributes);
    let indexes = expected.get_local_secondary_indexes().as_ref().unwrap();
    let indexes: Value = indexes
        .iter()
        .map(|index| {
            let keys = index.key_schema().iter();
            let keys: Value =
                keys.map(|key| key_of(key.attribute_name(), key.key_type().as_str())).collect();
            let projection = index.projection().unwrap().projection_type().unwrap();
            json!({
                "IndexName": index.index_name(),
                "KeySchema": keys,
                "Projection": { "ProjectionType": projection.as_str() },
            })
        })
        .collect();
    assert_eq!(declared["LocalSecondaryIndexes"], indexes);
    let stream = expected.get_stream_specification().as_ref().unwrap();
    let view = stream.stream_view_type().unwrap().as_str();
    assert_eq!(declared["StreamSpecification"], json!({ "StreamViewType": view }));
    assert_eq!(
        declared["TimeToLiveSpecification"],
        json!({ "AttributeName": keys::EXPIRES, "Enabled": true })
    );
    assert_eq!(declared["BillingMode"], expected.get_billing_mode().as_ref().unwrap().as_str());
}

#[test]
fn data_outlives_the_stack() {
    let template = template();
    let mut problems = Vec::new();
    for (name, resource) in DATA.into_iter().flat_map(|kind| of_type(&template, kind)) {
        // `RetainExceptOnCreate` leaves no resources behind if the first deployment fails.
        if resource["DeletionPolicy"] != "RetainExceptOnCreate"
            || resource["UpdateReplacePolicy"] != "Retain"
        {
            problems.push(format!("template.yaml: `{name}` goes with the stack"));
        }
    }
    report(&problems);
}

#[test]
fn no_deployment_writes_over_the_secrets_of_people() {
    let template = template();
    for (name, secret) in of_type(&template, "AWS::SecretsManager::Secret") {
        let properties = secret["Properties"].as_object().unwrap();
        assert!(!properties.contains_key("SecretString"), "{name}");
        assert!(!properties.contains_key("GenerateSecretString"), "{name}");
    }
    for (name, parameter) in template["Parameters"].as_object().unwrap() {
        assert!(parameter["NoEcho"].is_null(), "`{name}` is a secret: it belongs into the secret");
    }
}

#[test]
fn a_stream_gives_up_at_some_time_and_says_so() {
    let template = template();
    let mut n_streams = 0;
    for function in FUNCTIONS {
        let events = &template["Resources"][logical_id(function)]["Properties"]["Events"];
        for (name, event) in events.as_object().unwrap() {
            if event["Type"] != "DynamoDB" {
                continue;
            }
            n_streams += 1;
            let properties = &event["Properties"];
            let at = format!("{function}, {name}");
            assert_eq!(
                properties["FunctionResponseTypes"],
                json!(["ReportBatchItemFailures"]),
                "{at}"
            );
            assert_eq!(properties["BisectBatchOnFunctionError"], true, "{at}");
            assert!(properties["MaximumRetryAttempts"].as_i64().unwrap() > 0, "{at}");
            assert!(properties["MaximumRecordAgeInSeconds"].as_i64().unwrap() > 0, "{at}");
            let on_failure = &properties["DestinationConfig"]["OnFailure"]["Destination"];
            assert_eq!(on_failure["Fn::GetAtt"], "FailedBatchQueue.Arn", "{at}");
            let filters = properties["FilterCriteria"]["Filters"].as_array().unwrap();
            let pattern: Value =
                serde_json::from_str(filters[0]["Pattern"].as_str().unwrap()).unwrap();
            assert_eq!(pattern["eventName"], json!(["INSERT"]), "{at}");
        }
    }
    assert_eq!(n_streams, 2);
}

#[test]
fn the_stream_filters_match_the_keys_that_the_store_writes() {
    let template = template();
    let keys_of = |function: &str, event: &str| -> Value {
        let events = &template["Resources"][function]["Properties"]["Events"];
        let filter = &events[event]["Properties"]["FilterCriteria"]["Filters"][0]["Pattern"];
        let filter: Value = serde_json::from_str(filter.as_str().unwrap()).unwrap();
        filter["dynamodb"]["Keys"].clone()
    };
    let shard = "x".parse().unwrap();
    let run = keys::runs_of(&shard);
    let prefix = run.strip_suffix('x').unwrap();
    assert_eq!(keys_of("Evaluator", "Run"), json!({ "pk": { "S": [{ "prefix": prefix }] } }));
    assert_eq!(
        keys_of("Notifier", "Decided"),
        json!({ "pk": { "S": [keys::DELIVERY] }, "sk": { "S": [{ "prefix": keys::NEW }] } })
    );
}

#[test]
fn the_checks_of_a_minute_have_ended_when_the_next_ones_begin() {
    let template = template();
    let prober = &template["Resources"]["Prober"]["Properties"];
    assert_eq!(
        prober["Events"]["EachMinute"]["Properties"]["ScheduleExpression"],
        "cron(* * * * ? *)"
    );
    assert!(prober["Timeout"].as_i64().unwrap() < 60);
}

#[test]
fn every_alarm_is_in_the_runbook() {
    let template = template();
    let runbook = text("docs/runbook.md").unwrap();
    let section = runbook.split("\n## ").find(|part| part.starts_with("Alarms of the stack"));
    let section = section.expect("docs/runbook.md has no `## Alarms of the stack`");
    let listed: Vec<&str> = section
        .lines()
        .filter_map(|line| line.strip_prefix("| `"))
        .filter_map(|rest| rest.split('`').next())
        .collect();
    let alarms: Vec<&str> =
        of_type(&template, "AWS::CloudWatch::Alarm").into_iter().map(|(name, _)| name).collect();
    let missing = alarms.iter().filter(|name| !listed.contains(name));
    let gone = listed.iter().filter(|name| !alarms.contains(name));
    let problems: Vec<String> = missing
        .map(|name| format!("docs/runbook.md has no line for the alarm `{name}`"))
        .chain(gone.map(|name| format!("docs/runbook.md: there is no alarm `{name}`")))
        .collect();
    report(&problems);
}

#[test]
fn every_parameter_is_explained_and_confined_and_in_the_document() {
    let template = template();
    let document = text("docs/deploy.md").unwrap();
    let mut problems = Vec::new();
    for (name, parameter) in template["Parameters"].as_object().unwrap() {
        if !parameter["Description"].is_string() {
            problems.push(format!("template.yaml: `{name}` has no description"));
        }
        if parameter["AllowedValues"].is_null() && parameter["AllowedPattern"].is_null() {
            problems.push(format!("template.yaml: `{name}` takes anything"));
        }
        if !document.contains(&format!("`{name}`")) {
            problems.push(format!("docs/deploy.md does not tell what `{name}` is for"));
        }
    }
    report(&problems);
}

#[test]
fn the_outputs_that_the_command_and_the_scripts_read_exist() {
    let template = template();
    let outputs = template["Outputs"].as_object().unwrap();
    let mut problems = Vec::new();
    let mut n_asked = 0;
    for path in files() {
        let asks: &[&str] = match () {
            () if path == "crates/cli/src/stack.rs" => &["output(\"", "optional(\""],
            () if path.starts_with("scripts/") && extension(&path) != "txt" => &["$(output "],
            () => continue,
        };
        let source = text(&path).unwrap();
        for ask in asks {
            for rest in source.split(ask).skip(1) {
                let name: String = rest.chars().take_while(char::is_ascii_alphanumeric).collect();
                n_asked += 1;
                if !outputs.contains_key(&name) {
                    problems
                        .push(format!("{path} asks for the output `{name}`, which is not there"));
                }
            }
        }
    }
    assert!(n_asked > 5, "only {n_asked} were seen");
    report(&problems);
}

#[test]
fn the_outputs_are_all_there() {
    let template = template();
    let outputs: Vec<&str> =
        template["Outputs"].as_object().unwrap().keys().map(String::as_str).collect();
    for name in [
        "AlertTopic",
        "DeadLetterQueueUrl",
        "FailedBatchQueueUrl",
        "EvaluatorFunction",
        "EvaluatorRoleArn",
        "GeneratorFunction",
        "GeneratorMemory",
        "GeneratorRoleArn",
        "NotifierFunction",
        "NotifierRoleArn",
        "OperatorTopic",
        "PageUrl",
        "ProberFunction",
        "ProberRoleArn",
        "SecretArn",
        "SiteBucket",
        "TableName",
    ] {
        assert!(outputs.contains(&name), "template.yaml has no output `{name}`");
    }
}

#[test]
fn every_function_has_a_log_that_ends_and_a_program_of_its_own() {
    let template = template();
    for function in FUNCTIONS {
        let id = logical_id(function);
        let log = &template["Resources"][format!("{id}Log")];
        assert_eq!(log["Type"], "AWS::Logs::LogGroup", "{function}");
        assert_eq!(log["Properties"]["RetentionInDays"]["Ref"], "LogRetentionDays", "{function}");
        let resource = &template["Resources"][&id];
        assert_eq!(resource["Properties"]["LoggingConfig"]["LogGroup"]["Ref"], format!("{id}Log"));
        assert_eq!(resource["Properties"]["CodeUri"], format!("functions/{function}"));
        let metadata = &resource["Metadata"];
        assert_eq!(metadata["BuildMethod"], "rust-cargolambda", "{function}");
        assert_eq!(metadata["BuildProperties"]["Binary"], format!("allclear-{function}"));
    }
}

/// Otherwise a deployment fails: on LocalStack if the parameter is a number, everywhere if the key
/// is missing.
#[test]
fn a_parameter_that_is_a_key_of_a_mapping_is_text_and_has_each_of_its_values_there() {
    let template = template();
    let mut lookups = Vec::new();
    collect_lookups(&template["Resources"], &mut lookups);
    assert!(!lookups.is_empty(), "the template looks nothing up");
    for lookup in lookups {
        let mapping = template["Mappings"][lookup[0].as_str().unwrap()].as_object().unwrap();
        let Some(name) = lookup[1]["Ref"].as_str() else { continue };
        let parameter = &template["Parameters"][name];
        assert_eq!(parameter["Type"], "String", "{name}");
        for value in parameter["AllowedValues"].as_array().unwrap() {
            let key = value.as_str().unwrap_or_else(|| panic!("`{name}` has the number {value}"));
            assert!(mapping.contains_key(key), "`{name}` may be `{key}`, which is no key");
        }
    }
}

/// Collects the arguments of all `Fn::FindInMap`.
fn collect_lookups<'a>(node: &'a Value, lookups: &mut Vec<&'a Value>) {
    match node {
        Value::Array(list) => list.iter().for_each(|one| collect_lookups(one, lookups)),
        Value::Object(entries) => {
            lookups.extend(entries.get("Fn::FindInMap"));
            entries.values().for_each(|one| collect_lookups(one, lookups));
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}
