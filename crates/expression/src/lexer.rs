//! The words of a condition: names, numbers, texts and symbols, each with its place.

use std::ops::Range;

use super::ExpressionError;
use super::literal;
use super::number::Number;

/// A word of a condition.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum TokenKind {
    /// A name, a keyword or a reserved word.
    Name,
    Number(NumberLiteral),
    Text(String),
    Symbol(&'static str),
    End,
}

/// A number as it is written.
#[derive(Debug, Clone, Copy)]
pub(super) struct NumberLiteral(pub(super) Number);

impl PartialEq for NumberLiteral {
    fn eq(&self, other: &Self) -> bool {
        self.0.compare(other.0).is_some_and(std::cmp::Ordering::is_eq)
    }
}

/// A word and its place.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Token {
    pub(super) kind: TokenKind,
    pub(super) range: Range<usize>,
}

/// The symbols, longer ones before those that they begin with.
const SYMBOLS: [&str; 23] = [
    "&&", "||", "==", "!=", "<=", ">=", "<", ">", "(", ")", "[", "]", "{", "}", ".", ",", "+", "-",
    "*", "/", "%", "?", ":",
];

/// Reads a condition word by word.
pub(super) struct Lexer<'t> {
    text: &'t str,
    position: usize,
}

impl<'t> Lexer<'t> {
    pub(super) fn new(text: &'t str) -> Self {
        Self { text, position: 0 }
    }

    /// Returns the next word.
    pub(super) fn next(&mut self) -> Result<Token, ExpressionError> {
        self.skip_blanks();
        let start = self.position;
        let rest = self.text.get(start..).unwrap_or_default();
        let Some(first) = rest.chars().next() else {
            return Ok(Token { kind: TokenKind::End, range: start..start });
        };
        if let Some(quoted) = literal::quoted(rest) {
            return self.quoted(start, &quoted);
        }
        if first.is_ascii_alphabetic() || first == '_' {
            let is_part = |c: char| c.is_ascii_alphanumeric() || c == '_';
            let len = rest.find(|c| !is_part(c)).unwrap_or(rest.len());
            return Ok(self.take(TokenKind::Name, len));
        }
        if starts_with_number(rest) {
            return self.number(start, rest);
        }
        if let Some(symbol) = SYMBOLS.into_iter().find(|symbol| rest.starts_with(symbol)) {
            return Ok(self.take(TokenKind::Symbol(symbol), symbol.len()));
        }
        if first == '!' {
            return Ok(self.take(TokenKind::Symbol("!"), 1));
        }
        let shown =
            if first.is_control() { first.escape_default().to_string() } else { first.to_string() };
        Err(ExpressionError {
            message: format!("cannot parse the condition: unexpected `{shown}`"),
            range: start..start + first.len_utf8(),
            hint: match first {
                '=' => Some("compare with `==`".to_owned()),
                '&' => Some("write `&&`".to_owned()),
                '|' => Some("write `||`".to_owned()),
                _ => None,
            },
        })
    }

    fn take(&mut self, word: TokenKind, len: usize) -> Token {
        let range = self.position..self.position + len;
        self.position = range.end;
        Token { kind: word, range }
    }

    /// Skips white space and comments, which go from `//` to the end of their line.
    fn skip_blanks(&mut self) {
        loop {
            let rest = self.text.get(self.position..).unwrap_or_default();
            let trimmed = rest.trim_ascii_start();
            self.position += rest.len() - trimmed.len();
            if !trimmed.starts_with("//") {
                return;
            }
            self.position += trimmed.find('\n').unwrap_or(trimmed.len());
        }
    }

    fn quoted(
        &mut self,
        start: usize,
        quoted: &literal::Quoted<'_>,
    ) -> Result<Token, ExpressionError> {
        let error = |range: Range<usize>, message: &str, hint: Option<&str>| ExpressionError {
            message: message.to_owned(),
            range: start + range.start..start + range.end,
            hint: hint.map(str::to_owned),
        };
        let Some(len) = quoted.len else {
            let what = "the text has no closing quote";
            return Err(error(0..quoted.open, what, Some("close it with the same quotes")));
        };
        if quoted.is_bytes {
            let what = "a condition has texts, but no bytes";
            return Err(error(0..len, what, Some("remove the `b` before the quotes")));
        }
        let text = quoted.value().map_err(|wrong| {
            let range = quoted.open + wrong.start..quoted.open + wrong.end;
            error(range, "unknown escape in a text", Some("write `\\\\` for a backslash"))
        })?;
        Ok(self.take(TokenKind::Text(text), len))
    }

    fn number(&mut self, start: usize, rest: &str) -> Result<Token, ExpressionError> {
        let len = literal::number_len(rest);
        let written = rest.get(..len).unwrap_or_default();
        let range = start..start + len;
        let number = literal::number(written).map_err(|what| ExpressionError {
            message: format!("`{}` {what}", shortened(written)),
            range,
            hint: None,
        })?;
        Ok(self.take(TokenKind::Number(NumberLiteral(number)), len))
    }
}

fn starts_with_number(rest: &str) -> bool {
    let digits = rest.strip_prefix('.').unwrap_or(rest);
    digits.starts_with(|c: char| c.is_ascii_digit())
}

fn shortened(written: &str) -> String {
    match written.get(..40) {
        Some(beginning) if written.len() > 40 => format!("{beginning}…"),
        Some(_) | None => written.to_owned(),
    }
}
