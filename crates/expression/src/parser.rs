//! From the text of a condition to its tree, with every error at its place.
//!
//! The grammar is that of CEL without messages and optional values. Depth and size are limited while
//! the tree grows, so that neither reading, evaluating nor dropping it can overflow a stack.

mod calls;
mod names;

use std::ops::Range;
use std::sync::Arc;

use super::ExpressionError;
use super::lexer::{Lexer, Token, TokenKind};
use super::number::Arithmetic;
use super::pattern::Pattern;
use super::syntax::{ComparisonOperator, Literal, Node, NodeKind};
use super::vocabulary::Variable;
use super::{MAX_DEPTH, MAX_NODES};

/// A tree and the tables that its nodes refer to.
#[derive(Debug)]
pub(super) struct ParsedCondition {
    pub(super) root: Node,
    pub(super) variables: Vec<&'static str>,
    pub(super) patterns: Vec<Pattern>,
}

/// Parses a condition over `variables`.
pub(super) fn parse(
    text: &str,
    variables: &[Variable],
) -> Result<ParsedCondition, ExpressionError> {
    let mut lexer = Lexer::new(text);
    let next = lexer.next()?;
    let mut parser = Parser {
        text,
        lexer,
        next,
        known: variables,
        variables: Vec::new(),
        patterns: Vec::new(),
        bound: Vec::new(),
        nesting: 0,
        n_nodes: 0,
    };
    let root = parser.expression()?;
    if parser.next.kind != TokenKind::End {
        return Err(parser.unexpected());
    }
    Ok(ParsedCondition { root, variables: parser.variables, patterns: parser.patterns })
}

struct Parser<'t> {
    text: &'t str,
    lexer: Lexer<'t>,
    /// The word that is read next.
    next: Token,
    known: &'t [Variable],
    variables: Vec<&'static str>,
    patterns: Vec<Pattern>,
    /// The names that enclosing macros bind.
    bound: Vec<String>,
    nesting: usize,
    n_nodes: usize,
}

/// A result with the error of a condition.
type Parse<T> = Result<T, ExpressionError>;

impl Parser<'_> {
    /// `condition ? value : value`, and all that binds tighter.
    fn expression(&mut self) -> Parse<Node> {
        self.nested(|parser| {
            let condition = parser.or()?;
            if !parser.skip("?")? {
                return Ok(condition);
            }
            let yes = parser.or()?;
            parser.expect(":")?;
            let no = parser.expression()?;
            let range = condition.range.start..no.range.end;
            parser.node(NodeKind::Conditional(Box::new([condition, yes, no])), range)
        })
    }

    fn or(&mut self) -> Parse<Node> {
        let first = self.and()?;
        if self.next.kind != TokenKind::Symbol("||") {
            return Ok(first);
        }
        let mut terms = vec![first];
        while self.skip("||")? {
            terms.push(self.and()?);
        }
        let range = span_of(&terms);
        self.node(NodeKind::Or(terms), range)
    }

    fn and(&mut self) -> Parse<Node> {
        let first = self.binary(0)?;
        if self.next.kind != TokenKind::Symbol("&&") {
            return Ok(first);
        }
        let mut terms = vec![first];
        while self.skip("&&")? {
            terms.push(self.binary(0)?);
        }
        let range = span_of(&terms);
        self.node(NodeKind::And(terms), range)
    }

    /// Comparisons, sums and products, of which those with a `strength` below are left to the
    /// caller.
    fn binary(&mut self, strength: usize) -> Parse<Node> {
        let mut left = self.unary()?;
        while let Some((operator, its_strength)) = self.operator()
            && its_strength >= strength
        {
            self.advance()?;
            let right = self.binary(its_strength + 1)?;
            let range = left.range.start..right.range.end;
            let (left_side, right_side) = (Box::new(left), Box::new(right));
            let form = match operator {
                Operator::Compare(comparison) => {
                    NodeKind::Compare(comparison, left_side, right_side)
                }
                Operator::Calculate(how) => NodeKind::Calculate(how, left_side, right_side),
            };
            left = self.node(form, range)?;
        }
        Ok(left)
    }

    fn operator(&self) -> Option<(Operator, usize)> {
        use Operator::{Calculate, Compare};
        if self.next_name() == Some("in") {
            return Some((Compare(ComparisonOperator::In), 0));
        }
        let TokenKind::Symbol(symbol) = self.next.kind else { return None };
        Some(match symbol {
            "==" => (Compare(ComparisonOperator::Equal), 0),
            "!=" => (Compare(ComparisonOperator::NotEqual), 0),
            "<" => (Compare(ComparisonOperator::Less), 0),
            "<=" => (Compare(ComparisonOperator::LessOrEqual), 0),
            ">" => (Compare(ComparisonOperator::Greater), 0),
            ">=" => (Compare(ComparisonOperator::GreaterOrEqual), 0),
            "+" => (Calculate(Arithmetic::Add), 1),
            "-" => (Calculate(Arithmetic::Subtract), 1),
            "*" => (Calculate(Arithmetic::Multiply), 2),
            "/" => (Calculate(Arithmetic::Divide), 2),
            "%" => (Calculate(Arithmetic::Remainder), 2),
            _ => return None,
        })
    }

    fn unary(&mut self) -> Parse<Node> {
        let start = self.next.range.start;
        let is_not = self.next.kind == TokenKind::Symbol("!");
        if !is_not && self.next.kind != TokenKind::Symbol("-") {
            return self.member();
        }
        self.advance()?;
        self.nested(|parser| {
            let operand = parser.unary()?;
            let range = start..operand.range.end;
            if is_not {
                return parser.node(NodeKind::Not(Box::new(operand)), range);
            }
            if let NodeKind::Literal(Literal::Number(number)) = &operand.form
                && let Ok(negated) = number.negated()
            {
                return parser.node(NodeKind::Literal(Literal::Number(negated)), range);
            }
            parser.node(NodeKind::Negate(Box::new(operand)), range)
        })
    }

    /// A value and what is asked of it: `.field`, `[key]`, `.method(…)`.
    fn member(&mut self) -> Parse<Node> {
        let mut node = self.primary()?;
        loop {
            if self.skip(".")? {
                let name = self.take_name()?;
                if self.skip("(")? {
                    node = self.method(node, &name)?;
                } else {
                    let range = node.range.start..name.range.end;
                    node = self.node(NodeKind::Select(Box::new(node), name.text), range)?;
                }
            } else if self.skip("[")? {
                let key = self.expression()?;
                let end = self.expect("]")?;
                let range = node.range.start..end;
                node = self.node(NodeKind::Index(Box::new(node), Box::new(key)), range)?;
            } else {
                return Ok(node);
            }
        }
    }

    fn primary(&mut self) -> Parse<Node> {
        let Token { kind: word, range } = self.next.clone();
        match word {
            TokenKind::Number(number) => {
                self.advance()?;
                self.node(NodeKind::Literal(Literal::Number(number.0)), range)
            }
            TokenKind::Text(text) => {
                self.advance()?;
                self.node(NodeKind::Literal(Literal::Text(Arc::from(text))), range)
            }
            TokenKind::Name => self.name(),
            TokenKind::Symbol("(") => {
                self.advance()?;
                let inner = self.expression()?;
                self.expect(")")?;
                Ok(inner)
            }
            TokenKind::Symbol("[") => {
                self.advance()?;
                let (elements, end) = self.list_until("]")?;
                self.node(NodeKind::List(elements), range.start..end)
            }
            TokenKind::Symbol("{") => self.map(),
            TokenKind::Symbol(_) | TokenKind::End => Err(self.unexpected()),
        }
    }

    fn map(&mut self) -> Parse<Node> {
        let start = self.next.range.start;
        self.advance()?;
        let mut entries = Vec::new();
        while self.next.kind != TokenKind::Symbol("}") {
            let key = self.expression()?;
            self.expect(":")?;
            entries.push((key, self.expression()?));
            if !self.skip(",")? {
                break;
            }
        }
        let end = self.expect("}")?;
        self.node(NodeKind::Map(entries), start..end)
    }

    /// Expressions with commas between them, to the symbol that closes them, and where that ends.
    fn list_until(&mut self, close: &'static str) -> Parse<(Vec<Node>, usize)> {
        let mut nodes = Vec::new();
        while self.next.kind != TokenKind::Symbol(close) {
            nodes.push(self.expression()?);
            if !self.skip(",")? {
                break;
            }
        }
        Ok((nodes, self.expect(close)?))
    }

    /// Reads a word.
    fn advance(&mut self) -> Parse<Token> {
        let next = self.lexer.next()?;
        Ok(std::mem::replace(&mut self.next, next))
    }

    /// Reads the symbol if it is next.
    fn skip(&mut self, symbol: &'static str) -> Parse<bool> {
        let is_next = self.next.kind == TokenKind::Symbol(symbol);
        if is_next {
            self.advance()?;
        }
        Ok(is_next)
    }

    /// Reads the symbol and returns where it ends.
    fn expect(&mut self, symbol: &'static str) -> Parse<usize> {
        let end = self.next.range.end;
        if self.skip(symbol)? {
            return Ok(end);
        }
        let mut error = self.unexpected();
        error.hint.get_or_insert_with(|| format!("expected `{symbol}`"));
        Err(error)
    }

    /// Reads what `read` reads, one level deeper.
    fn nested(&mut self, read: impl FnOnce(&mut Self) -> Parse<Node>) -> Parse<Node> {
        if self.nesting == MAX_DEPTH {
            return Err(too_deep(self.next.range.clone()));
        }
        self.nesting += 1;
        let result = read(self);
        self.nesting -= 1;
        result
    }

    /// Makes a node of the tree, within the limits of depth and size.
    fn node(&mut self, form: NodeKind, range: Range<usize>) -> Parse<Node> {
        self.n_nodes += 1;
        if self.n_nodes > MAX_NODES {
            return Err(ExpressionError {
                message: format!(
                    "the condition is too large: it has more than {MAX_NODES} values and operators"
                ),
                range,
                hint: Some("split it into several".to_owned()),
            });
        }
        let depth = 1 + form.children().iter().map(|child| child.depth).max().unwrap_or(0);
        if depth > MAX_DEPTH {
            return Err(too_deep(range));
        }
        Ok(Node { form, range, depth })
    }

    /// Returns the error of a word that does not belong where it is.
    fn unexpected(&self) -> ExpressionError {
        let range = self.next.range.clone();
        let written = self.text.get(range.clone()).unwrap_or_default();
        let message = match &self.next.kind {
            TokenKind::End => "unexpected end".to_owned(),
            TokenKind::Name | TokenKind::Number(_) | TokenKind::Text(_) | TokenKind::Symbol(_) => {
                let shown: String = written.escape_debug().take(40).collect();
                format!("unexpected `{shown}`")
            }
        };
        ExpressionError {
            message: format!("cannot parse the condition: {message}"),
            range,
            hint: None,
        }
    }
}

enum Operator {
    Compare(ComparisonOperator),
    Calculate(Arithmetic),
}

fn span_of(nodes: &[Node]) -> Range<usize> {
    let start = nodes.first().map_or(0, |node| node.range.start);
    start..nodes.last().map_or(start, |node| node.range.end)
}

fn too_deep(range: Range<usize>) -> ExpressionError {
    ExpressionError {
        message: format!("the condition is nested too deeply: at most {MAX_DEPTH} levels"),
        range,
        hint: Some("write it more simply, or split it into several".to_owned()),
    }
}
