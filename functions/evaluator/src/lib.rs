//! The evaluator: folds new runs into the state and commits decisions.
