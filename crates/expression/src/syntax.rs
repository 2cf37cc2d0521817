//! The tree of a compiled condition. Names are resolved, patterns compiled, calls checked.

use std::ops::Range;
use std::sync::Arc;

use super::number::{Arithmetic, Number};
use super::value::Type;

/// A node of the tree.
#[derive(Debug)]
pub(super) struct Node {
    pub(super) form: NodeKind,
    /// Its place in the text.
    pub(super) range: Range<usize>,
    /// Levels of the tree from here down.
    pub(super) depth: usize,
}

/// The form of a node.
#[derive(Debug)]
pub(super) enum NodeKind {
    Literal(Literal),
    /// A variable of the condition, by its index.
    Variable(usize),
    /// A name that an enclosing macro binds, by its index among them.
    Local(usize),
    Select(Box<Node>, String),
    Index(Box<Node>, Box<Node>),
    /// `has(operand.field)`, `has(operand["field"])`.
    Has(Box<Node>, Box<Node>),
    List(Vec<Node>),
    Map(Vec<(Node, Node)>),
    Not(Box<Node>),
    Negate(Box<Node>),
    And(Vec<Node>),
    Or(Vec<Node>),
    Compare(ComparisonOperator, Box<Node>, Box<Node>),
    Calculate(Arithmetic, Box<Node>, Box<Node>),
    Conditional(Box<[Node; 3]>),
    /// A method's receiver is the first argument.
    Call(Function, Vec<Node>),
    /// A text and the index of a pattern.
    Matches(Box<Node>, usize),
    Macro(Box<MacroCall>),
}

/// A literal value.
#[derive(Debug, Clone)]
pub(super) enum Literal {
    Null,
    Bool(bool),
    Number(Number),
    Text(Arc<str>),
    Type(Type),
}

/// An operator that compares.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ComparisonOperator {
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    In,
}

/// A macro over a list or over the keys of an object.
#[derive(Debug)]
pub(super) struct MacroCall {
    pub(super) kind: MacroKind,
    pub(super) over: Node,
    /// The condition of `map` with three arguments.
    pub(super) filter: Option<Node>,
    pub(super) body: Node,
}

/// The kind of a macro.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum MacroKind {
    All,
    Exists,
    ExistsOne,
    Map,
    Filter,
}

impl MacroKind {
    /// Returns the macro with this name.
    pub(super) fn from_name(name: &str) -> Option<Self> {
        Some(match name {
            "all" => Self::All,
            "exists" => Self::Exists,
            "exists_one" | "existsOne" => Self::ExistsOne,
            "map" => Self::Map,
            "filter" => Self::Filter,
            _ => return None,
        })
    }
}

macro_rules! functions {
    ($($variant:ident = $name:literal, $n_arguments:expr;)+) => {
        /// A function.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub(super) enum Function {
            $($variant,)+
        }

        impl Function {
            /// All functions, by name.
            pub(super) const ALL: &[Self] = &[$(Self::$variant,)+];

            /// Returns its name in a condition.
            pub(super) fn name(self) -> &'static str {
                match self { $(Self::$variant => $name,)+ }
            }

            /// Returns how many values it takes, the receiver of a method included.
            pub(super) fn n_arguments(self) -> std::ops::RangeInclusive<usize> {
                match self { $(Self::$variant => $n_arguments,)+ }
            }
        }
    };
}

functions! {
    Bool = "bool", 1..=1;
    Contains = "contains", 2..=2;
    Double = "double", 1..=1;
    Dyn = "dyn", 1..=1;
    EndsWith = "endsWith", 2..=2;
    Int = "int", 1..=1;
    Matches = "matches", 2..=2;
    Max = "max", 1..=usize::MAX;
    Min = "min", 1..=usize::MAX;
    Size = "size", 1..=1;
    StartsWith = "startsWith", 2..=2;
    String = "string", 1..=1;
    Type = "type", 1..=1;
}

impl Function {
    /// Returns the function with this name.
    pub(super) fn from_name(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|function| function.name() == name)
    }
}

impl NodeKind {
    /// Returns the nodes directly below.
    pub(super) fn children(&self) -> Vec<&Node> {
        match self {
            Self::Literal(_) | Self::Variable(_) | Self::Local(_) => Vec::new(),
            Self::Select(one, _) | Self::Not(one) | Self::Negate(one) | Self::Matches(one, _) => {
                vec![one]
            }
            Self::Index(left, right)
            | Self::Has(left, right)
            | Self::Compare(_, left, right)
            | Self::Calculate(_, left, right) => vec![left, right],
            Self::List(nodes) | Self::And(nodes) | Self::Or(nodes) | Self::Call(_, nodes) => {
                nodes.iter().collect()
            }
            Self::Map(entries) => entries.iter().flat_map(|(key, value)| [key, value]).collect(),
            Self::Conditional(three) => three.iter().collect(),
            Self::Macro(call) => {
                [&call.over].into_iter().chain(&call.filter).chain([&call.body]).collect()
            }
        }
    }
}
