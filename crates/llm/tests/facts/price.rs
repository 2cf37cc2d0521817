use allclear_core::cost::Cost;
use allclear_llm::model::TokenPrice;
use allclear_llm::price::{cost, worst_case};

const PRICE: TokenPrice = TokenPrice { input: 0.10, output: 0.50 };

#[test]
fn tokens_cost_what_a_million_of_them_cost_by_their_part() {
    assert_eq!(cost(PRICE, 10, 16), Cost::from_nanodollars(9_000));
    assert_eq!(cost(PRICE, 1_000_000, 1_000_000), Cost::from_nanodollars(600_000_000));
    assert_eq!(cost(PRICE, 0, 0), Cost::ZERO);
    // A fraction of a billionth is rounded up.
    assert_eq!(cost(TokenPrice { input: 0.0001, output: 0.0 }, 1, 0), Cost::from_nanodollars(1));
}

#[test]
fn invalid_values_cost_zero_or_the_maximum() {
    let most = Cost::from_nanodollars(u64::MAX);
    assert_eq!(cost(TokenPrice { input: f64::INFINITY, output: 0.0 }, 1, 1), most);
    assert_eq!(cost(TokenPrice { input: -1.0, output: 0.0 }, 1, 1), Cost::ZERO);
    assert_eq!(cost(TokenPrice { input: f64::NAN, output: 0.0 }, 1, 1), Cost::ZERO);
    assert_eq!(cost(TokenPrice { input: 1e300, output: 1e300 }, u64::MAX, u64::MAX), most);
}

#[test]
fn the_worst_case_is_no_less_than_what_any_completion_within_its_cap_costs() {
    let question = "What is 17 plus 25? KeyValidity with the number alone.";
    let worst = worst_case(PRICE, question, 16);
    for (input, output) in [(8, 4), (question.len() as u64, 16), (100, 16)] {
        assert!(worst >= cost(PRICE, input, output));
    }
    assert!(worst < cost(PRICE, 300, 17));
}
