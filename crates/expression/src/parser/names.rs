//! Names: keywords, variables, what macros bind, types, and the errors of unknown ones.

use std::ops::Range;

use super::{Parse, Parser};
use crate::ExpressionError;
use crate::lexer::TokenKind;
use crate::syntax::{Function, Literal, Node, NodeKind};
use crate::value::Type;

/// Words that CEL keeps for itself.
const RESERVED: [&str; 18] = [
    "as",
    "break",
    "const",
    "continue",
    "else",
    "for",
    "function",
    "if",
    "import",
    "in",
    "let",
    "loop",
    "package",
    "namespace",
    "return",
    "var",
    "void",
    "while",
];

/// A name and its place.
pub(super) struct Name {
    pub(super) text: String,
    pub(super) range: Range<usize>,
}

impl Parser<'_> {
    /// The name that comes next, if it is one.
    pub(super) fn next_name(&self) -> Option<&str> {
        match self.next.kind {
            TokenKind::Name => self.text.get(self.next.range.clone()),
            TokenKind::Number(_) | TokenKind::Text(_) | TokenKind::Symbol(_) | TokenKind::End => {
                None
            }
        }
    }

    /// Reads a name.
    pub(super) fn take_name(&mut self) -> Parse<Name> {
        let Some(text) = self.next_name().map(str::to_owned) else {
            return Err(self.unexpected());
        };
        let range = self.advance()?.range;
        Ok(Name { text, range })
    }

    /// Reads a keyword, a variable or the call of a function.
    pub(super) fn name(&mut self) -> Parse<Node> {
        if self.next_name().is_some_and(|name| RESERVED.contains(&name)) {
            return Err(self.unexpected());
        }
        let Name { text, range } = self.take_name()?;
        let keyword = match text.as_str() {
            "true" => Some(Literal::Bool(true)),
            "false" => Some(Literal::Bool(false)),
            "null" => Some(Literal::Null),
            _ => None,
        };
        if let Some(literal) = keyword {
            return self.node(NodeKind::Literal(literal), range);
        }
        if self.skip("(")? {
            return self.function(&Name { text, range });
        }
        if let Some(index) = self.bound.iter().rposition(|bound| *bound == text) {
            return self.node(NodeKind::Local(index), range);
        }
        if let Some(variable) = self.known.iter().find(|known| known.name == text) {
            let index = self.index_of(variable.name);
            return self.node(NodeKind::Variable(index), range);
        }
        if let Some(named) = Type::from_name(&text) {
            return self.node(NodeKind::Literal(Literal::Type(named)), range);
        }
        let known: Vec<&str> = self.known.iter().map(|variable| variable.name).collect();
        Err(unknown("variable", &Name { text, range }, &known))
    }

    fn index_of(&mut self, variable: &'static str) -> usize {
        let found = self.variables.iter().position(|known| *known == variable);
        found.unwrap_or_else(|| {
            self.variables.push(variable);
            self.variables.len() - 1
        })
    }
}

/// Returns the error of a function that does not exist.
pub(super) fn unknown_function(name: &Name) -> ExpressionError {
    let known: Vec<&str> = Function::ALL.iter().map(|function| function.name()).collect();
    unknown("function", name, &known)
}

fn unknown(what: &str, name: &Name, known: &[&str]) -> ExpressionError {
    let nearest = known
        .iter()
        .map(|known| (strsim::damerau_levenshtein(known, &name.text), known))
        .min()
        .filter(|(distance, _)| *distance <= 1 + name.text.len() / 4);
    let hint = if let Some((_, known)) = nearest {
        format!("did you mean `{known}`?")
    } else {
        let all: Vec<String> = known.iter().map(|name| format!("`{name}`")).collect();
        format!("known: {}", all.join(", "))
    };
    let shown: String = name.text.chars().take(60).collect();
    ExpressionError {
        message: format!("unknown {what} `{shown}`"),
        range: name.range.clone(),
        hint: Some(hint),
    }
}
