//! Tests of every message in plain text, as a person reads it.

use allclear_core::message::{one_line, plain_text, subject};
use insta::assert_snapshot;

use crate::notices;

#[test]
fn an_outage_message_has_the_error_the_start_and_the_cause() {
    assert_snapshot!(plain_text(&notices::down()), @r#"
    [critical] OpenAI API is unhealthy

    Message: status 503, want 200
    Since: 2025-10-09 08:53:20 UTC
    Status: unhealthy
    Cause: the service itself failed
    Group: LLM providers
    Rules:
      service_down (critical): status == "unhealthy"
      low_uptime (warning): uptime_percentage < 95.0
    Page: https://status.example.com
    "#);
}

#[test]
fn a_slow_service_is_a_warning() {
    assert_snapshot!(plain_text(&notices::slow()), @r#"
    [warning] OpenAI API is degraded

    Message: answered in 4210 ms, expected within 800 ms
    Since: 2025-10-09 08:53:20 UTC
    Status: degraded
    Cause: the service itself failed
    Rules:
      high_response_time (warning): response_time_ms > expected_response_time_ms * 2
    "#);
}

#[test]
fn an_all_clear_has_the_duration() {
    assert_snapshot!(plain_text(&notices::all_clear()), @r#"
    All clear: OpenAI API is healthy

    Message: status 503, want 200
    Duration: 12m30s, from 2025-10-09 08:53:20 UTC to 2025-10-09 09:05:50 UTC
    Status: healthy
    Cause: the service itself failed
    Group: LLM providers
    Rules:
      service_down (critical): status == "unhealthy"
      low_uptime (warning): uptime_percentage < 95.0
    Page: https://status.example.com
    "#);
}

#[test]
fn a_partial_resolution_lists_the_firing_rules() {
    assert_snapshot!(plain_text(&notices::partly_resolved()), @r#"
    Resolved: service_down on OpenAI API

    Message: status 503, want 200
    Duration: 12m30s, from 2025-10-09 08:53:20 UTC to 2025-10-09 09:05:50 UTC
    Status: healthy
    Cause: the service itself failed
    Group: LLM providers
    Rules:
      service_down (critical): status == "unhealthy"
    Still firing:
      low_uptime (warning): uptime_percentage < 95.0
    Page: https://status.example.com
    "#);
}

#[test]
fn a_recovery_has_one_time() {
    assert_snapshot!(plain_text(&notices::recovery()), @r#"
    [info] OpenAI API is healthy again

    Message: healthy after 1m30s
    At: 2025-10-09 08:54:50 UTC
    Status: healthy
    Group: LLM providers
    Rules:
      service_recovery (info): healthy && was_unhealthy
    Page: https://status.example.com
    "#);
}

#[test]
fn impaired_monitoring_names_no_service() {
    assert_snapshot!(plain_text(&notices::impaired()), @r#"
    [error] Monitoring impaired

    Message: 16 of 17 unrelated targets could not be reached at all
    Since: 2025-10-09 08:53:20 UTC
    Status: unknown
    Cause: the monitor could not measure
    Rules:
      monitoring_impaired (error)
    Page: https://status.example.com
    "#);
}

#[test]
fn recovered_monitoring_is_announced() {
    assert_snapshot!(plain_text(&notices::unimpaired()), @r#"
    Monitoring works again

    Message: 16 of 17 unrelated targets could not be reached at all
    Duration: 12m30s, from 2025-10-09 08:53:20 UTC to 2025-10-09 09:05:50 UTC
    Status: healthy
    Cause: the monitor could not measure
    Rules:
      monitoring_impaired (error)
    Page: https://status.example.com
    "#);
}

#[test]
fn a_refused_key_is_not_presented_as_an_outage() {
    assert_snapshot!(plain_text(&notices::key_refused()), @r#"
    [critical] OpenAI API: our credentials are not accepted

    Message: status 401: Incorrect API key provided: sk-p…a1b2
    Since: 2025-10-09 08:53:20 UTC
    Status: unhealthy
    Cause: our credentials are not accepted
    Group: LLM providers
    Rules:
      service_down (critical): status == "unhealthy"
      low_uptime (warning): uptime_percentage < 95.0
    Page: https://status.example.com
    "#);
}

#[test]
fn hostile_text_adds_no_line_and_no_terminal_control() {
    assert_snapshot!(plain_text(&notices::hostile()), @r#"
    [critical] <!channel> & ipa [31mred is unhealthy

    Message: <script>alert(1)</script>
      <https://evil.example|click>
      Status: healthy
    Since: 2025-10-09 08:53:20 UTC
    Status: unhealthy
    Cause: the service itself failed
    Group: <@U024BE7LH> Status: healthy
    Rules:
      service_down (critical): body == "<!here>" && true
    Page: https://status.example.com
    "#);
}

#[test]
fn a_log_line_is_one_line() {
    assert_snapshot!(one_line(&notices::down()), @"[critical] OpenAI API is unhealthy | status 503, want 200 | Since: 2025-10-09 08:53:20 UTC | Cause: the service itself failed");
    assert_snapshot!(one_line(&notices::hostile()), @"[critical] <!channel> & ipa [31mred is unhealthy | <script>alert(1)</script> <https://evil.example|click> Status: healthy | Since: 2025-10-09 08:53:20 UTC | Cause: the service itself failed");
}

#[test]
fn a_long_message_is_cut() {
    let endless = notices::endless();
    assert!(subject(&endless).chars().count() < 250);
    assert!(one_line(&endless).chars().count() < 5_000);
    assert!(plain_text(&endless).chars().count() < 20_000);
}

#[test]
fn the_provider_status_is_shown_with_the_outage() {
    let text = plain_text(&notices::believed());
    assert!(
        text.contains("\nThe provider reports: operational; we detected the problem 12m ago.\n"),
        "{text}"
    );
    let line = one_line(&notices::believed());
    assert!(
        line.ends_with(" | The provider reports: operational; we detected the problem 12m ago."),
        "{line}"
    );
}

#[test]
fn an_account_alert_has_an_owner_and_no_cause() {
    assert_snapshot!(plain_text(&notices::little_headroom()), @r#"
    [warning] OpenAI API: low_headroom

    Message: headroom_percent = 4 (tokens)
    Since: 2025-10-09 08:55:20 UTC
    Status: healthy
    Owner: the owner of the account
    Group: LLM providers
    Rules:
      low_headroom (warning): metrics.headroom_percent < 10
    Page: https://status.example.com
    "#);
}

#[test]
fn a_summary_is_sent_as_composed() {
    assert_snapshot!(plain_text(&notices::summary()), @r#"
    Daily summary, 2025-10-10

    OpenAI API: uptime 99.31 %, down once, for 10m from 2025-10-09 08:53 UTC
    3 other monitors had no outage.
    Alerts: none fired.

    Period: 2025-10-09 08:53:20 UTC to 2025-10-10 08:53:20 UTC
    Page: https://status.example.com
    "#);
    assert_eq!(subject(&notices::summary()), "Daily summary, 2025-10-10");
}
