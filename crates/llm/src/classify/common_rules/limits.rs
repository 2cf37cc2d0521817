//! Limits over time: those of a minute pass, those of a day or longer are quotas.

use allclear_core::reason::Reason::{QuotaDaily, Throttled};

use super::super::rule::ErrorRule;
use super::{code, words};

/// Limits whose text mentions money or a quota.
pub(super) const BEFORE_MONEY: &[ErrorRule] = &[
    words(Throttled, &["concurren"]),
    words(Throttled, &["并发"]),
    words(QuotaDaily, &["rate limit reached for", "per day"]).status(429),
    // The advice to add a payment method or credits for a higher limit follows.
    words(Throttled, &["rate limit reached for", "per min"]).status(429),
    words(Throttled, &["rate limit reached for", "/ min"]).status(429),
    words(Throttled, &["temporarily rate-limited"]).status(429),
    words(Throttled, &["hourly"]).status(429),
];

/// Limits of a day or longer.
pub(super) const LONG: &[ErrorRule] = &[
    words(QuotaDaily, &["per day"]),
    words(QuotaDaily, &["-per-day"]),
    words(QuotaDaily, &["perday"]),
    words(QuotaDaily, &["/ day"]),
    words(QuotaDaily, &["(tpd)"]),
    words(QuotaDaily, &["(rpd)"]),
    words(QuotaDaily, &["bymodelbyday"]),
    words(QuotaDaily, &["per 86400s"]),
    words(QuotaDaily, &["daily", "limit"]),
    words(QuotaDaily, &["daily", "quota"]),
    words(QuotaDaily, &["daily", "allocation"]),
    words(QuotaDaily, &["daily", "allowance"]),
    words(QuotaDaily, &["weekly", "limit"]),
    words(QuotaDaily, &["weekly", "quota"]),
    words(QuotaDaily, &["monthly", "limit"]),
    words(QuotaDaily, &["monthly", "quota"]),
    words(QuotaDaily, &["per month"]),
    words(QuotaDaily, &["/ month"]),
    words(QuotaDaily, &["每日"]),
    words(QuotaDaily, &["每天"]),
    words(QuotaDaily, &["当日"]),
    words(QuotaDaily, &["今日"]),
    words(QuotaDaily, &["日限"]),
    words(QuotaDaily, &["每月"]),
    words(QuotaDaily, &["本月"]),
    words(QuotaDaily, &["每周"]),
];

/// Limits of a minute or less, at a status that would mean something else.
pub(super) const SHORT: &[ErrorRule] = &[
    code(Throttled, "rate_limit_exceeded").status(403),
    code(Throttled, "rate_limit_exceeded").status(400),
    words(Throttled, &["rate limit"]).status(403),
    words(Throttled, &["ratelimit"]).status(403),
    words(Throttled, &["too many requests"]).status(403),
    words(Throttled, &["throttl"]).status(403),
    words(Throttled, &["qps"]).status(403),
    words(Throttled, &["qpm"]).status(403),
    words(Throttled, &["rpm", "limit"]).status(403),
    words(Throttled, &["tpm", "limit"]).status(403),
    words(Throttled, &["rate limit exceeded"]).status(400),
    words(Throttled, &["too many requests"]).status(400),
    words(Throttled, &["频率"]),
    words(Throttled, &["频繁"]),
    words(Throttled, &["速率"]),
    words(Throttled, &["限流"]),
    words(Throttled, &["限频"]),
    words(Throttled, &["限速"]),
    words(Throttled, &["额度", "tpm"]),
    words(Throttled, &["额度", "rpm"]),
    words(Throttled, &["配额", "tpm"]),
    words(Throttled, &["配额", "rpm"]),
    words(Throttled, &["每分钟"]),
    words(Throttled, &["每秒"]),
    words(Throttled, &["分钟内"]),
    words(Throttled, &["请求数限制"]),
    words(Throttled, &["访问过快"]),
    words(Throttled, &["请求过快"]),
];
