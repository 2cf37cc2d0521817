//! `docs/reasons.md`: each reason code.

use allclear_core::reason::Reason;
use allclear_core::status::Fault;

use crate::markdown::{cell, sentence, table};

const TEMPLATE: &str = include_str!("reasons.md.template");

/// Returns the document.
pub(crate) fn document() -> String {
    TEMPLATE.replace("@faults\n", &faults()).replace("@reasons\n", &reasons())
}

fn faults() -> String {
    let rows: Vec<[String; 4]> = Fault::ALL
        .into_iter()
        .map(|fault| {
            let page = if fault.is_target_side() { "shows the failure" } else { "no data" };
            let meaning = sentence(fault.explanation());
            [format!("`{fault}`"), meaning, sentence(fault.owner()), page.to_owned()]
        })
        .collect();
    table(["fault", "meaning", "owner", "public page"], &rows)
}

fn reasons() -> String {
    let rows: Vec<[String; 5]> = Reason::ALL
        .iter()
        .map(|reason| {
            let (fault, effect) = (reason.fault().to_string(), reason.impact().to_string());
            let meaning = cell(reason.description());
            [format!("`{reason}`"), fault, effect, meaning, cell(reason.remedy())]
        })
        .collect();
    table(["reason", "fault", "effect", "meaning", "remedy"], &rows)
}
