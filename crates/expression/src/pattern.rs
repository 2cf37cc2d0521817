//! Regular expressions of bounded cost: `matches` takes a literal pattern, compiled once.
//!
//! A lazily built automaton reads each byte once. It gives up where the text makes it build state
//! after state; then the nodes of the pattern are followed one by one, at a cost that is spent
//! before. So neither the author of a page nor that of a pattern can make a match run long.

use regex_automata::hybrid::dfa::{Cache, DFA};
use regex_automata::nfa::thompson::pikevm::PikeVM;
use regex_automata::nfa::thompson::{Compiler, Config, NFA, WhichCaptures};
use regex_automata::{Anchored, Input};
use regex_syntax::ParserBuilder;

use super::budget::EvaluationBudget;
use super::failure::NoValue;

/// The largest compiled pattern, in bytes.
const MAX_COMPILED_BYTES: usize = 512 * 1024;

/// The deepest nesting of groups and repetitions in a pattern.
const MAX_NESTING: u32 = 50;

/// Memory for the states that the automaton has built, in bytes.
const CACHE_BYTES: usize = 512 * 1024;

/// Times that the automaton may forget its states before it gives up on a text that does not repay
/// them with [`MIN_BYTES_PER_STATE`].
const MAX_CACHE_CLEARS: usize = 2;

/// Bytes of text that a built state must serve on average.
const MIN_BYTES_PER_STATE: usize = 500;

/// Steps of the slow search that cost one operation.
const STEPS_PER_OPERATION: u64 = 8;

/// A compiled pattern.
#[derive(Debug)]
pub(super) struct Pattern {
    automaton: DFA,
    slow: PikeVM,
    n_nodes: u64,
}

/// Memory that a pattern needs while it searches.
#[derive(Debug)]
pub(super) struct Scratch(Cache);

impl Pattern {
    /// Compiles a pattern; the error explains the problem.
    pub(super) fn compile(text: &str) -> Result<Self, String> {
        let parsed = ParserBuilder::new().nest_limit(MAX_NESTING).build().parse(text);
        let tree = parsed.map_err(|error| match error {
            regex_syntax::Error::Parse(error) => error.kind().to_string(),
            regex_syntax::Error::Translate(error) => error.kind().to_string(),
            _ => "it cannot be read".to_owned(),
        })?;
        let config = Config::new()
            .nfa_size_limit(Some(MAX_COMPILED_BYTES))
            .which_captures(WhichCaptures::None);
        let too_large = || "it is too large with its repetitions expanded".to_owned();
        let nfa = Compiler::new().configure(config).build_from_hir(&tree);
        let nfa: NFA = nfa.map_err(|_| too_large())?;
        let n_nodes = nfa.states().len() as u64;
        let config = DFA::config()
            .cache_capacity(CACHE_BYTES)
            .skip_cache_capacity_check(true)
            .minimum_cache_clear_count(Some(MAX_CACHE_CLEARS))
            .minimum_bytes_per_state(Some(MIN_BYTES_PER_STATE))
            .unicode_word_boundary(true);
        let automaton = DFA::builder().configure(config).build_from_nfa(nfa.clone());
        let automaton = automaton.map_err(|_| too_large())?;
        let slow = PikeVM::new_from_nfa(nfa).map_err(|_| too_large())?;
        Ok(Self { automaton, slow, n_nodes })
    }

    /// Returns the memory that a search needs.
    pub(super) fn scratch(&self) -> Scratch {
        Scratch(self.automaton.create_cache())
    }

    /// Searches the text for a match.
    pub(super) fn is_match(
        &self,
        text: &str,
        scratch: &mut Scratch,
        budget: &mut EvaluationBudget<'_>,
    ) -> Result<bool, NoValue> {
        budget.spend_bytes(text.len())?;
        let input = Input::new(text).anchored(Anchored::No).earliest(true);
        if let Ok(found) = self.automaton.try_search_fwd(&mut scratch.0, &input) {
            return Ok(found.is_some());
        }
        let steps = self.n_nodes.saturating_mul(text.len() as u64);
        budget.spend(steps / STEPS_PER_OPERATION)?;
        Ok(self.slow.is_match(&mut self.slow.create_cache(), input))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_match(pattern: &str, text: &str) -> Result<bool, NoValue> {
        let pattern = Pattern::compile(pattern).unwrap();
        pattern.is_match(text, &mut pattern.scratch(), &mut EvaluationBudget::new(20_000_000, 0))
    }

    #[test]
    fn ordinary_patterns_compile_and_match() {
        for (pattern, text, wanted) in [
            ("^[a-z]+$", "abc", true),
            ("(?i)\\b(error|fatal|panic)\\b", "all Fatal here", true),
            ("(?i)\\b(error|fatal|panic)\\b", "é Fatal é", true),
            ("^\\w+([.-]\\w+)*@\\w+(\\.\\w+)+$", "jörg.x@example.com", true),
            ("[\\p{L}]{1,20}b", "ab", true),
            ("\\d{4}-\\d{2}-\\d{2}T", "on 2026-01-01", false),
            ("version: [0-9]+\\.[0-9]+", "version: 1.2", true),
        ] {
            assert_eq!(is_match(pattern, text), Ok(wanted), "{pattern}");
        }
    }

    #[test]
    fn an_exploding_pattern_is_refused() {
        for pattern in ["(?i)[\\p{L}]{1,200}b", "((a{1,100}){1,100}){1,100}", "\\w{500}"] {
            let error = Pattern::compile(pattern).unwrap_err();
            assert!(error.contains("too large"), "{pattern}: {error}");
        }
        let deep = "(".repeat(2_000) + &")".repeat(2_000);
        assert!(Pattern::compile(&deep).is_err());
        assert!(Pattern::compile("a(").unwrap_err().contains("unclosed"));
    }

    #[test]
    fn a_hostile_text_uses_up_the_budget_quickly() {
        // Each position starts a thread that lives as long as the repetition.
        let text = "aaab".repeat(250_000);
        let result = is_match("(a|b)[ab]{1,400}[^ab]{3}x", &text);
        assert!(matches!(result, Ok(false) | Err(NoValue::OverBudget)), "{result:?}");
    }
}
