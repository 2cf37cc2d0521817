//! The step `usage`: remaining credit and spending, if the provider reports them.

use allclear_core::Timestamp;
use allclear_core::reason::Reason;
use allclear_core::status::Fault;
use allclear_llm::classify;
use allclear_llm::classify::ProviderFailure;
use allclear_llm::provider::{Provider, Usage};
use allclear_llm::usage::{self, Balance, Limit, Spend, UsageReading};
use jiff::ToSpan;
use jiff::tz::TimeZone;

use super::calls::ProviderResponse;
use super::step_run::StepRun;
use super::steps::Step;
use super::{labels, metrics};

/// The most bytes of a report.
pub(super) const MAX_BYTES: usize = 2 * 1024 * 1024;

impl StepRun<'_> {
    /// Asks all sources. Only failures of the key or of the credit count; `None` if no source was asked.
    pub(super) async fn usage(&mut self) -> Option<Result<(), ProviderFailure>> {
        let mut result = None;
        for source in self.provider().usage {
            let team = self.state.team.clone();
            let call = self.check.account.usage(*source, self.now(), team.as_deref());
            let Some(call) = call else { continue };
            let asked = match self.answer(&call, MAX_BYTES).await {
                None => continue,
                Some(Ok(answer)) => self.reading(*source, answer).await,
                Some(Err(failure)) => Err(failure),
            };
            let asked = asked.and_then(|reading| self.take(&reading));
            let concerns_us = |failure: &ProviderFailure| {
                matches!(failure.fault, Fault::Credentials | Fault::Quota)
            };
            match asked {
                Ok(()) => drop(result.get_or_insert(Ok(()))),
                Err(failure) if concerns_us(&failure) => {
                    if !matches!(result, Some(Err(_))) {
                        result = Some(Err(failure));
                    }
                }
                Err(failure) => {
                    self.label(labels::USAGE, &format!("unreadable: {}", failure.message));
                    result.get_or_insert(Ok(()));
                }
            }
        }
        result
    }

    /// Returns the report of a source.
    pub(super) async fn reading(
        &self,
        source: Usage,
        answer: ProviderResponse,
    ) -> Result<UsageReading, ProviderFailure> {
        let (provider, now) = (self.provider(), self.now());
        self.read_answer(answer, move |answer| reading(provider, source, answer, now)).await?.0
    }

    fn take(&mut self, reading: &UsageReading) -> Result<(), ProviderFailure> {
        match reading {
            UsageReading::Balance(balance) => self.take_balance(balance),
            UsageReading::Limit(limit) => self.take_limit(limit),
            UsageReading::Spend(spend) => {
                self.take_spend(spend);
                Ok(())
            }
        }
    }

    fn take_balance(&mut self, balance: &Balance) -> Result<(), ProviderFailure> {
        if let Some(usd) = balance.usd {
            self.keep_balance(usd);
        }
        for (currency, amount) in &balance.others {
            let is_code = currency.len() == 3 && currency.bytes().all(|b| b.is_ascii_alphabetic());
            if is_code {
                self.measure_part(metrics::BALANCE, &currency.to_ascii_lowercase(), *amount);
            }
        }
        if balance.is_sufficient == Some(false) {
            let what = "the provider reports an insufficient balance";
            return Err(ProviderFailure::new(Reason::Billing, what));
        }
        Ok(())
    }

    fn take_limit(&mut self, limit: &Limit) -> Result<(), ProviderFailure> {
        if let Some(month) = limit.month_usd {
            self.measure(metrics::SPEND_MONTH_USD, month);
        }
        let Some(left) = limit.left_usd else { return Ok(()) };
        // The account's balance takes precedence over the rest of the key's limit.
        if !self.collected.metrics.contains_key(metrics::BALANCE_USD.name) {
            self.keep_balance(left);
        }
        if left <= 0.0 {
            let what = "the key's spending limit is used up";
            return Err(ProviderFailure::new(Reason::Billing, what));
        }
        Ok(())
    }

    fn keep_balance(&mut self, usd: f64) {
        let now = self.now();
        self.measure(metrics::BALANCE_USD, usd);
        self.state.keep_balance(now, usd);
        let mut samples = self.state.balances.clone();
        if samples.last().is_some_and(|(at, _)| *at != now) {
            samples.push((now, usd));
        }
        if let Some(days) = usage::days_left(&samples, now) {
            self.measure(metrics::BALANCE_DAYS_LEFT, days);
        }
    }

    fn take_spend(&mut self, spend: &Spend) {
        let today = self.now().to_zoned(TimeZone::UTC).date();
        let month = spend.days.range(today.first_of_month()..=today).map(|(_, usd)| usd).sum();
        self.measure(metrics::SPEND_MONTH_USD, month);
        let Ok(yesterday) = today.checked_sub(1.day()) else { return };
        if let Some(usd) = spend.days.get(&yesterday) {
            self.measure(metrics::SPEND_YESTERDAY_USD, *usd);
        }
        let days: Vec<_> = spend.days.iter().map(|(day, usd)| (*day, *usd)).collect();
        if let Some(anomaly) = usage::anomaly(&days, yesterday) {
            self.measure(metrics::SPEND_USUAL_USD, anomaly.usual_usd);
            self.measure(metrics::SPEND_ANOMALY, anomaly.ratio);
        }
    }
}

fn reading(
    provider: &Provider,
    source: Usage,
    answer: &ProviderResponse,
    now: Timestamp,
) -> Result<UsageReading, ProviderFailure> {
    let ProviderResponse { head, body, .. } = answer;
    let failed = || classify::failure(provider, Step::Usage.call_kind(), head, body, now);
    if !head.is_success() {
        let what = format!("the report of usage is HTTP {}", head.status);
        return Err(failed().unwrap_or_else(|| ProviderFailure::new(Reason::ResponseInvalid, what)));
    }
    usage::read(source, body, now).map_err(|what| {
        failed().unwrap_or_else(|| ProviderFailure::new(Reason::ResponseInvalid, what))
    })
}
