//! Calls: functions, methods, macros and `has`.

use std::ops::Range;

use super::names::{Name, unknown_function};
use super::{Parse, Parser};
use crate::ExpressionError;
use crate::lexer::TokenKind;
use crate::pattern::Pattern;
use crate::syntax::{Function, Literal, MacroCall, MacroKind, Node, NodeKind};

impl Parser<'_> {
    /// `name(…)`, after its opening parenthesis.
    pub(super) fn function(&mut self, name: &Name) -> Parse<Node> {
        if name.text == "has" {
            return self.has(name);
        }
        let Some(function) = Function::from_name(&name.text) else {
            return Err(unknown_function(name));
        };
        let (arguments, end) = self.list_until(")")?;
        self.call(function, arguments, name, name.range.start..end)
    }

    /// `receiver.name(…)`, after its opening parenthesis.
    pub(super) fn method(&mut self, receiver: Node, name: &Name) -> Parse<Node> {
        if let Some(kind) = MacroKind::from_name(&name.text) {
            return self.macro_call(kind, receiver, name);
        }
        let Some(function) = Function::from_name(&name.text) else {
            return Err(unknown_function(name));
        };
        let start = receiver.range.start;
        let (others, end) = self.list_until(")")?;
        let mut arguments = vec![receiver];
        arguments.extend(others);
        self.call(function, arguments, name, start..end)
    }

    fn call(
        &mut self,
        function: Function,
        arguments: Vec<Node>,
        name: &Name,
        range: Range<usize>,
    ) -> Parse<Node> {
        let takes = function.n_arguments();
        if !takes.contains(&arguments.len()) {
            let values = if *takes.start() == 1 { "value" } else { "values" };
            let least = if takes.start() == takes.end() { "" } else { "at least " };
            return Err(ExpressionError {
                message: format!("`{}` takes {least}{} {values}", name.text, takes.start()),
                range: name.range.clone(),
                hint: None,
            });
        }
        if function == Function::Matches {
            return self.matches(arguments, range);
        }
        self.node(NodeKind::Call(function, arguments), range)
    }

    /// `text.matches(pattern)`: the pattern is compiled here and now.
    fn matches(&mut self, arguments: Vec<Node>, range: Range<usize>) -> Parse<Node> {
        let mut arguments = arguments.into_iter();
        let (Some(text), Some(pattern)) = (arguments.next(), arguments.next()) else {
            return Err(self.unexpected());
        };
        let NodeKind::Literal(Literal::Text(written)) = &pattern.form else {
            return Err(ExpressionError {
                message: "the pattern of `matches` is not a text in quotes".to_owned(),
                range: pattern.range,
                hint: Some("write it as a text, such as `body.matches('^ok$')`".to_owned()),
            });
        };
        let compiled = Pattern::compile(written).map_err(|what| ExpressionError {
            message: format!("invalid pattern of `matches`: {what}"),
            range: pattern.range.clone(),
            hint: Some("see docs.rs/regex for the syntax; repeat less, or match less".to_owned()),
        })?;
        self.patterns.push(compiled);
        self.node(NodeKind::Matches(Box::new(text), self.patterns.len() - 1), range)
    }

    /// `has(operand.field)`, after its opening parenthesis.
    fn has(&mut self, name: &Name) -> Parse<Node> {
        let argument = self.expression()?;
        let end = self.expect(")")?;
        let range = name.range.start..end;
        let form = if let NodeKind::Select(operand, field) = argument.form {
            let literal = Literal::Text(field.into());
            let key = self.node(NodeKind::Literal(literal), argument.range)?;
            NodeKind::Has(operand, Box::new(key))
        } else if let NodeKind::Index(operand, key) = argument.form {
            NodeKind::Has(operand, key)
        } else {
            return Err(ExpressionError {
                message: "`has` asks for a field".to_owned(),
                range: argument.range,
                hint: Some("write `has(json.status)` or `has(headers[\"etag\"])`".to_owned()),
            });
        };
        self.node(form, range)
    }

    /// `list.all(name, condition)`, after its opening parenthesis.
    fn macro_call(&mut self, kind: MacroKind, over: Node, name: &Name) -> Parse<Node> {
        let wrong = || ExpressionError {
            message: format!("`{}` takes a name and a condition", name.text),
            range: name.range.clone(),
            hint: Some(format!("write `list.{}(item, item > 0)`", name.text)),
        };
        if self.next.kind != TokenKind::Name {
            return Err(wrong());
        }
        let item = self.take_name()?;
        if !self.skip(",")? {
            return Err(wrong());
        }
        self.bound.push(item.text);
        let parts = self.list_until(")");
        self.bound.pop();
        let (parts, end) = parts?;
        let mut parts = parts.into_iter();
        let (filter, body) = match (parts.next(), parts.next(), parts.next()) {
            (Some(body), None, None) => (None, body),
            (Some(filter), Some(body), None) if kind == MacroKind::Map => (Some(filter), body),
            _ => return Err(wrong()),
        };
        let range = over.range.start..end;
        self.node(NodeKind::Macro(Box::new(MacroCall { kind, over, filter, body })), range)
    }
}
