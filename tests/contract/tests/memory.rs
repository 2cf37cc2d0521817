//! The contract of the ports, run on the adapters in memory.

use allclear_contract::{Fresh, budget_contract};
use allclear_core::budget::MemoryBudgets;

budget_contract!(in_memory, fresh);

async fn fresh() -> Fresh<MemoryBudgets> {
    Fresh { adapter: MemoryBudgets::default(), guard: () }
}
