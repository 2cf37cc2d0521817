//! The variables that the template sets for a function are those that its program reads.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::document::{FUNCTIONS, logical_id, template};
use crate::repository::{files, report, text};

const PREFIX: &str = "ALLCLEAR_";
/// The code that the functions share.
const RUNTIME: &str = "functions/runtime/src/lambda.rs";

/// The variables that are read, and whether the function can run without each.
type Read = BTreeMap<String, bool>;

/// Returns the variables that a function reads, directly or through the functions of the runtime
/// that it calls.
fn read_by(function: &str) -> Read {
    let folder = format!("functions/{function}/src/");
    let files = files().into_iter().filter(|file| file.starts_with(&folder));
    let code: String = files.filter_map(|file| text(&file)).collect();
    let mut read = variables(&code);
    for (name, body) in public_functions(&text(RUNTIME).unwrap()) {
        if code.contains(&format!("lambda::{name}(")) {
            for (variable, is_optional) in variables(&body) {
                let both = read.get(&variable).is_none_or(|before| *before) && is_optional;
                read.insert(variable, both);
            }
        }
    }
    read
}

/// Returns the variables of Allclear that a piece of code reads.
fn variables(code: &str) -> Read {
    let calls = [("setting(\"", false), ("optional(\"", true), ("variable(\"", true)];
    let mut read = Read::new();
    for (call, is_optional) in calls {
        for rest in code.split(call).skip(1) {
            let name = rest.split('"').next().unwrap();
            if !name.starts_with(PREFIX) {
                continue;
            }
            let both = read.get(name).is_none_or(|before| *before) && is_optional;
            read.insert(name.to_owned(), both);
        }
    }
    read
}

/// Returns the public functions of a module with their bodies.
fn public_functions(module: &str) -> Vec<(String, String)> {
    let starts = module.split("\npub fn ").skip(1);
    starts
        .map(|rest| {
            let name: String =
                rest.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
            let body = rest.split("\n}\n").next().unwrap().to_owned();
            (name, body)
        })
        .collect()
}

/// Returns the variables that the template sets for a function.
fn set_for<'a>(template: &'a Value, function: &str) -> BTreeSet<&'a str> {
    let everywhere = &template["Globals"]["Function"]["Environment"]["Variables"];
    let here =
        &template["Resources"][logical_id(function)]["Properties"]["Environment"]["Variables"];
    let names = [everywhere, here].into_iter().filter_map(Value::as_object);
    names.flat_map(|variables| variables.keys().map(String::as_str)).collect()
}

fn objections(function: &str, set: &BTreeSet<&str>, read: &Read) -> Vec<String> {
    let in_vain = set
        .iter()
        .filter(|name| !read.contains_key(**name))
        .map(|name| format!("template.yaml sets `{name}` for {function}, which does not read it"));
    let missing =
        read.iter().filter(|(name, is_optional)| !**is_optional && !set.contains(name.as_str()));
    let missing = missing
        .map(|(name, _)| format!("{function} needs `{name}`, which template.yaml does not set"));
    in_vain.chain(missing).collect()
}

#[test]
fn the_template_sets_every_variable_that_a_function_reads() {
    let template = template();
    let mut problems = Vec::new();
    for function in FUNCTIONS {
        let read = read_by(function);
        assert!(read.contains_key("ALLCLEAR_TABLE"), "{function} was not understood: {read:?}");
        problems.extend(objections(function, &set_for(&template, function), &read));
    }
    report(&problems);
}

#[test]
fn no_variable_is_read_by_none_of_the_functions() {
    let all: BTreeSet<String> =
        FUNCTIONS.into_iter().flat_map(|one| read_by(one).into_keys()).collect();
    let of_shell = variables(&text(RUNTIME).unwrap()).into_keys();
    let problems: Vec<String> = of_shell
        .filter(|name| !all.contains(name))
        .map(|name| format!("{RUNTIME}: no function asks for what reads `{name}`"))
        .collect();
    report(&problems);
}

#[test]
fn a_variable_too_many_or_too_few_is_refused_by_name() {
    let code = "\npub fn store() {\n    setting(\"ALLCLEAR_TABLE\");\n}\n\npub fn rest() {}\n";
    let functions = public_functions(code);
    assert_eq!(functions.len(), 2);
    let mut read = variables(&functions[0].1);
    read.extend(variables("optional(\"ALLCLEAR_SECRET\")"));
    assert!(objections("prober", &["ALLCLEAR_TABLE"].into(), &read).is_empty());
    let said = objections("prober", &["ALLCLEAR_TOPIC"].into(), &read);
    assert_eq!(said.len(), 2);
    assert!(said[0].contains("`ALLCLEAR_TOPIC`") && said[1].contains("`ALLCLEAR_TABLE`"));
}
