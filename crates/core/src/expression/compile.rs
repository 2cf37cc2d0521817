//! From text to a compiled condition: parsing, unknown names, and numbers made floating point.

use std::collections::BTreeSet;
use std::ops::Range;
use std::panic::{AssertUnwindSafe, catch_unwind};

use cel::common::ast::{
    CallExpr, ComprehensionExpr, EntryExpr, Expr, IdedExpr, LiteralValue, SourceInfo, operators,
};
use cel::parser::{ParseErrors, Parser};

use super::vocabulary::Variable;
use super::{Expression, ExpressionError, measured};

/// A parsed condition and the variables it asks for.
pub(super) struct Compiled {
    pub(super) root: IdedExpr,
    pub(super) variables: BTreeSet<String>,
    /// The measurements that it asks for, and those without which it cannot hold.
    pub(super) metrics: BTreeSet<String>,
    pub(super) needed_metrics: BTreeSet<String>,
}

/// The functions a condition can call, beside the operators. Macros are gone after parsing.
const FUNCTIONS: [&str; 13] = [
    "bool",
    "contains",
    "double",
    "dyn",
    "endsWith",
    "int",
    "matches",
    "max",
    "min",
    "size",
    "startsWith",
    "string",
    "type",
];

pub(super) fn compile(text: &str, variables: &[Variable]) -> Result<Compiled, ExpressionError> {
    let error = |message: &str, hint: Option<&str>| ExpressionError {
        message: message.to_owned(),
        range: 0..text.len(),
        hint: hint.map(str::to_owned),
    };
    if text.trim().is_empty() {
        return Err(error("the condition is empty", Some("write for example `status == 200`")));
    }
    if text.len() > Expression::MAX_BYTES {
        return Err(error("the condition is too long", Some("split it into several")));
    }
    // The parser has panicked on hostile input before.
    let parsed = catch_unwind(AssertUnwindSafe(|| Parser::default().parse_with_source_info(text)))
        .map_err(|_| error("the condition cannot be read", Some("write it more simply")))?;
    let (mut root, source) = parsed.map_err(|errors| first_error(text, &errors))?;
    let mut walk = Walk { text, source: &source, variables, found: BTreeSet::new() };
    walk.expression(&root, &mut Vec::new())?;
    let variables = walk.found;
    make_numbers_floating(&mut root);
    let (metrics, needed_metrics) = (measured::asked(&root), measured::needed(&root));
    Ok(Compiled { root, variables, metrics, needed_metrics })
}

fn first_error(text: &str, errors: &ParseErrors) -> ExpressionError {
    let Some(first) = errors.errors.first() else {
        return ExpressionError {
            message: "the condition cannot be read".to_owned(),
            range: 0..text.len(),
            hint: None,
        };
    };
    let start = offset_of(text, first.pos).min(text.len());
    let end = text
        .get(start..)
        .and_then(|rest| rest.chars().next())
        .map_or(start, |c| start + c.len_utf8());
    let single_equals = text.get(start..).is_some_and(|rest| rest.starts_with('='));
    ExpressionError {
        message: format!("the condition does not parse: {}", in_plain_words(&first.msg)),
        range: start..end,
        hint: single_equals.then(|| "compare with `==`".to_owned()),
    }
}

/// The parser speaks of its grammar; a person wants to know what it stumbled over.
fn in_plain_words(message: &str) -> String {
    match message.split('\'').nth(1).map(str::trim) {
        Some("<EOF>") => "it ends too early".to_owned(),
        Some(token) if !token.is_empty() => format!("`{token}` makes no sense there"),
        Some(_) | None => message.trim().to_owned(),
    }
}

/// The byte offset of a line and column, both counted from 1 and the column in characters.
fn offset_of(text: &str, (line, column): (isize, isize)) -> usize {
    let line = usize::try_from(line - 1).unwrap_or(0);
    let column = usize::try_from(column - 1).unwrap_or(0);
    let before: usize = text.split_inclusive('\n').take(line).map(str::len).sum();
    let in_line: usize = text
        .split_inclusive('\n')
        .nth(line)
        .map_or(0, |line| line.chars().take(column).map(char::len_utf8).sum());
    before + in_line
}

/// Walks the tree to find the variables, and names that are neither variable nor function.
struct Walk<'a> {
    text: &'a str,
    source: &'a SourceInfo,
    variables: &'a [Variable],
    found: BTreeSet<String>,
}

impl Walk<'_> {
    /// `bound` holds the names that enclosing macros such as `all` bind.
    fn expression(
        &mut self,
        node: &IdedExpr,
        bound: &mut Vec<String>,
    ) -> Result<(), ExpressionError> {
        match &node.expr {
            Expr::Unspecified | Expr::Literal(_) => Ok(()),
            Expr::Ident(name) => self.identifier(name, node.id, bound),
            Expr::Select(select) => self.expression(&select.operand, bound),
            Expr::List(list) => {
                list.elements.iter().try_for_each(|element| self.expression(element, bound))
            }
            Expr::Map(map) => {
                map.entries.iter().try_for_each(|entry| self.entry(&entry.expr, bound))
            }
            Expr::Struct(literal) => {
                literal.entries.iter().try_for_each(|entry| self.entry(&entry.expr, bound))
            }
            Expr::Call(call) => self.call(call, node.id, bound),
            Expr::Comprehension(comprehension) => self.comprehension(comprehension, bound),
        }
    }

    fn identifier(&mut self, name: &str, id: u64, bound: &[String]) -> Result<(), ExpressionError> {
        if bound.iter().any(|one| one == name) {
            return Ok(());
        }
        if self.variables.iter().any(|variable| variable.name == name) {
            self.found.insert(name.to_owned());
            return Ok(());
        }
        let names = self.variables.iter().map(|variable| variable.name);
        Err(self.unknown("variable", name, id, names))
    }

    fn call(
        &mut self,
        call: &CallExpr,
        id: u64,
        bound: &mut Vec<String>,
    ) -> Result<(), ExpressionError> {
        let name = call.func_name.as_str();
        let is_operator = !name.starts_with(|c: char| c.is_ascii_alphabetic());
        if !is_operator && !FUNCTIONS.contains(&name) {
            return Err(self.unknown("function", name, id, FUNCTIONS.into_iter()));
        }
        if let Some(target) = &call.target {
            self.expression(target, bound)?;
        }
        call.args.iter().try_for_each(|argument| self.expression(argument, bound))
    }

    fn entry(&mut self, entry: &EntryExpr, bound: &mut Vec<String>) -> Result<(), ExpressionError> {
        match entry {
            EntryExpr::StructField(field) => self.expression(&field.value, bound),
            EntryExpr::MapEntry(entry) => {
                self.expression(&entry.key, bound)?;
                self.expression(&entry.value, bound)
            }
        }
    }

    fn comprehension(
        &mut self,
        comprehension: &ComprehensionExpr,
        bound: &mut Vec<String>,
    ) -> Result<(), ExpressionError> {
        self.expression(&comprehension.iter_range, bound)?;
        self.expression(&comprehension.accu_init, bound)?;
        let n_bound = bound.len();
        bound.push(comprehension.iter_var.clone());
        bound.extend(comprehension.iter_var2.clone());
        bound.push(comprehension.accu_var.clone());
        let inside = [&comprehension.loop_cond, &comprehension.loop_step, &comprehension.result];
        let result = inside.into_iter().try_for_each(|part| self.expression(part, bound));
        bound.truncate(n_bound);
        result
    }

    fn unknown<'n>(
        &self,
        what: &str,
        name: &str,
        id: u64,
        names: impl Iterator<Item = &'n str> + Clone,
    ) -> ExpressionError {
        let nearest = names
            .clone()
            .map(|known| (strsim::damerau_levenshtein(known, name), known))
            .min()
            .filter(|(distance, _)| *distance <= 1 + name.len() / 4);
        let hint = match nearest {
            Some((_, known)) => format!("did you mean `{known}`?"),
            None => format!(
                "there are {}",
                names.map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
            ),
        };
        ExpressionError {
            message: format!("unknown {what} `{name}`"),
            range: self.range_of(name, id),
            hint: Some(hint),
        }
    }

    /// Where the node stands. The parser counts in characters and gives a call's place as its
    /// parenthesis, so the name is searched from there backwards where it does not stand there.
    fn range_of(&self, name: &str, id: u64) -> Range<usize> {
        let characters = self.source.offset_for(id).map_or(0, |(start, _)| start as usize);
        let start = self.text.char_indices().nth(characters).map_or(0, |(offset, _)| offset);
        let here = self.text.get(start..).is_some_and(|rest| rest.starts_with(name));
        let start = if here {
            start
        } else {
            let until = (start + name.len()).min(self.text.len());
            self.text.get(..until).and_then(|before| before.rfind(name)).unwrap_or(start)
        };
        start..(start + name.len()).min(self.text.len())
    }
}

/// Makes whole-number literals in arithmetic floating point, as every variable is.
fn make_numbers_floating(node: &mut IdedExpr) {
    match &mut node.expr {
        Expr::Unspecified | Expr::Literal(_) | Expr::Ident(_) => {}
        Expr::Select(select) => make_numbers_floating(&mut select.operand),
        Expr::List(list) => list.elements.iter_mut().for_each(make_numbers_floating),
        Expr::Map(map) => {
            map.entries.iter_mut().for_each(|entry| make_entry_floating(&mut entry.expr));
        }
        Expr::Struct(literal) => {
            literal.entries.iter_mut().for_each(|entry| make_entry_floating(&mut entry.expr));
        }
        Expr::Call(call) => {
            call.target.iter_mut().for_each(|target| make_numbers_floating(target));
            call.args.iter_mut().for_each(make_numbers_floating);
            if is_arithmetic(call) && !call.args.iter().any(is_whole_number) {
                call.args.iter_mut().for_each(make_literal_floating);
            }
        }
        Expr::Comprehension(comprehension) => {
            make_numbers_floating(&mut comprehension.iter_range);
            // The counters that macros such as `exists_one` keep are whole numbers.
            if !comprehension.accu_var.starts_with('@') {
                make_numbers_floating(&mut comprehension.loop_step);
            }
        }
    }
}

fn make_entry_floating(entry: &mut EntryExpr) {
    match entry {
        EntryExpr::StructField(field) => make_numbers_floating(&mut field.value),
        EntryExpr::MapEntry(entry) => make_numbers_floating(&mut entry.value),
    }
}

fn is_arithmetic(call: &CallExpr) -> bool {
    [operators::ADD, operators::SUBSTRACT, operators::MULTIPLY, operators::DIVIDE]
        .contains(&call.func_name.as_str())
}

/// Whether the value is a whole number whatever the variables are: a size, or an explicit `int`.
fn is_whole_number(node: &IdedExpr) -> bool {
    matches!(&node.expr, Expr::Call(call) if call.func_name == "size" || call.func_name == "int")
}

fn make_literal_floating(node: &mut IdedExpr) {
    if let Expr::Literal(LiteralValue::Int(value)) = &node.expr {
        let value = *value.inner() as f64;
        node.expr = Expr::Literal(LiteralValue::Double(value.into()));
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use crate::expression::{Binding, Expression, Truth};

    fn rule(text: &str, values: &[(&str, Binding)]) -> Truth {
        let values: BTreeMap<&str, Binding> = values.iter().cloned().collect();
        Expression::for_rule(text).unwrap().evaluate(|name| values.get(name).cloned())
    }

    fn wrong(text: &str) -> (String, String, Option<String>) {
        let error = Expression::for_rule(text).unwrap_err();
        (error.message, text[error.range].to_owned(), error.hint)
    }

    #[test]
    fn numbers_need_no_decimal_point() {
        let slow = [
            ("response_time_ms", Binding::Number(2001.0)),
            ("expected_response_time_ms", Binding::Number(1000.0)),
        ];
        for text in [
            "response_time_ms > expected_response_time_ms * 2",
            "response_time_ms > 2 * expected_response_time_ms + 0.5",
            "response_time_ms / 2 > 1000",
            "response_time_ms == 2001 && response_time_ms != 5",
            "response_time_ms in [1, 2001]",
        ] {
            assert_eq!(rule(text, &slow), Truth::True, "{text}");
        }
    }

    #[test]
    fn macros_and_functions_work() {
        let tags = [("tags", Binding::Texts(vec!["eu".to_owned(), "llm".to_owned()]))];
        for text in [
            "tags.exists(tag, tag == 'llm')",
            "tags.exists_one(tag, tag.startsWith('l'))",
            "size(tags) * 2 == 4",
            "'eu' in tags && !('us' in tags)",
            "tags.all(t, t.matches('^[a-z]+$'))",
        ] {
            assert_eq!(rule(text, &tags), Truth::True, "{text}");
        }
    }

    #[test]
    fn a_value_that_does_not_exist_yet_is_false_and_named() {
        assert_eq!(
            rule("uptime_percentage < 95.0", &[]),
            Truth::Missing("uptime_percentage".to_owned())
        );
        let metrics = [("metrics", Binding::Numbers(BTreeMap::from([("queue".to_owned(), 3.0)])))];
        assert_eq!(rule("metrics.queue > 2", &metrics), Truth::True);
        assert_eq!(rule("metrics.age > 2", &metrics), Truth::Missing("age".to_owned()));
        assert_eq!(rule("has(metrics.age) && metrics.age > 2", &metrics), Truth::False);
    }

    #[test]
    fn an_unknown_name_is_found_with_its_place() {
        let (message, place, hint) = wrong("status == 'unhealthy' && reponse_time_ms > 5");
        assert_eq!(message, "unknown variable `reponse_time_ms`");
        assert_eq!(place, "reponse_time_ms");
        assert_eq!(hint.as_deref(), Some("did you mean `response_time_ms`?"));
        let (message, place, _) = wrong("critical && siz(tags) > 1");
        assert_eq!((message.as_str(), place.as_str()), ("unknown function `siz`", "siz"));
        assert_eq!(wrong("tags.exists(tag, tagg == 'x')").1, "tagg");
        assert_eq!(wrong("group == 'é' && stat == 'x'").1, "stat");
    }

    #[test]
    fn what_does_not_parse_is_found_with_its_place() {
        let (message, place, hint) = wrong("status = \"unhealthy\"");
        assert_eq!(message, "the condition does not parse: `=` makes no sense there");
        assert_eq!(place, "=");
        assert_eq!(hint.as_deref(), Some("compare with `==`"));
        assert_eq!(wrong("status ==").0, "the condition does not parse: it ends too early");
        assert_eq!(wrong("").0, "the condition is empty");
    }

    #[test]
    fn what_makes_no_sense_is_refused() {
        assert!(wrong("response_time_ms + 1").0.contains("not true or false"));
        assert!(wrong("response_time_ms > 'fast'").0.contains("no sense"));
    }

    proptest! {
        #[test]
        fn hostile_text_is_an_error_and_no_panic(text in "[-a-z0-9 ().,'\"\\\\\\[\\]{}?:!&|<>=+*/%é\n]{0,60}") {
            if let Err(error) = Expression::for_rule(&text) {
                prop_assert!(text.get(error.range).is_some());
            }
        }

        #[test]
        fn any_characters_are_an_error_and_no_panic(text in "\\PC{0,40}") {
            let _ = Expression::for_rule(&text);
        }
    }
}
