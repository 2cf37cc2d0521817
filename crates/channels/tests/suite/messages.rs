//! Tests of every message in plain text, as a person reads it.

use allclear_core::message::{one_line, plain_text, subject};
use insta::assert_snapshot;

use crate::notices;

#[test]
fn an_outage_message_has_the_error_the_start_and_the_cause() {
    assert_snapshot!(plain_text(&notices::down()), @r#"
    [critical] OpenAI API is unhealthy

    Message: status 503, want 200
    Since: 2025-10-09 08:53:20 UTC, for 2m
    Status: unhealthy
    Cause: the service itself failed
    Remedy: Read the log of the service at the time of the outcome. If the status is correct, write it into `expect`. See `allclear explain http_status`.
    Group: LLM providers
    Rules:
      service_down (critical): status == "unhealthy"
      low_uptime (warning): uptime_percentage < 95.0
    Page: https://status.example.com
    "#);
}

#[test]
fn a_slow_service_is_a_warning() {
    assert_snapshot!(plain_text(&notices::slow()), @"
    [warning] OpenAI API is degraded

    Message: answered in 4210 ms, expected within 800 ms
    Since: 2025-10-09 08:53:20 UTC, for 2m
    Status: degraded
    Cause: the service itself failed
    Remedy: Compare the values in the message with `degraded`. See `allclear explain degraded_condition`.
    Rules:
      high_response_time (warning): response_time_ms > expected_response_time_ms * 2
    ");
}

#[test]
fn an_all_clear_has_the_duration() {
    assert_snapshot!(plain_text(&notices::all_clear()), @r#"
    All clear: OpenAI API is healthy

    Was: status 503, want 200
    Duration: 12m30s, from 2025-10-09 08:53:20 UTC to 2025-10-09 09:05:50 UTC
    Status: healthy
    Cause: the service itself failed
    Group: LLM providers
    Resolved rules:
      service_down (critical): status == "unhealthy"
      low_uptime (warning): uptime_percentage < 95.0
    Page: https://status.example.com
    "#);
}

#[test]
fn a_partial_resolution_lists_the_firing_rules() {
    assert_snapshot!(plain_text(&notices::partly_resolved()), @r#"
    Resolved: service_down on OpenAI API

    Was: status 503, want 200
    Duration: 12m30s, from 2025-10-09 08:53:20 UTC to 2025-10-09 09:05:50 UTC
    Status: healthy
    Cause: the service itself failed
    Group: LLM providers
    Resolved rules:
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
    assert_snapshot!(plain_text(&notices::impaired()), @"
    [error] Monitoring impaired

    Message: 16 of 17 unrelated targets could not be reached at all
    Since: 2025-10-09 08:53:20 UTC, for 2m
    Status: unknown
    Cause: the monitor could not measure
    Remedy: Repair the network or the name servers of the machine of the monitor. See `allclear explain monitoring_impaired`.
    Rules:
      monitoring_impaired (error)
    Page: https://status.example.com
    ");
}

#[test]
fn recovered_monitoring_is_announced() {
    assert_snapshot!(plain_text(&notices::unimpaired()), @"
    Monitoring works again

    Was: 16 of 17 unrelated targets could not be reached at all
    Duration: 12m30s, from 2025-10-09 08:53:20 UTC to 2025-10-09 09:05:50 UTC
    Status: healthy
    Cause: the monitor could not measure
    Resolved rules:
      monitoring_impaired (error)
    Page: https://status.example.com
    ");
}

#[test]
fn a_refused_key_is_not_presented_as_an_outage() {
    assert_snapshot!(plain_text(&notices::key_refused()), @r#"
    [critical] OpenAI API: our credentials are not accepted

    Message: status 401: Incorrect API key provided: sk-p…a1b2
    Since: 2025-10-09 08:53:20 UTC, for 2m
    Status: unhealthy
    Cause: our credentials are not accepted
    Remedy: Issue a new key and store it with `allclear keys set NAME`; the next check uses it. See `allclear explain auth_invalid`.
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
    Since: 2025-10-09 08:53:20 UTC, for 2m
    Status: unhealthy
    Cause: the service itself failed
    Remedy: Read the log of the service at the time of the outcome. If the status is correct, write it into `expect`. See `allclear explain http_status`.
    Group: <@U024BE7LH> Status: healthy
    Rules:
      service_down (critical): body == "<!here>" && true
    Page: https://status.example.com
    "#);
}

#[test]
fn a_log_line_is_one_line() {
    assert_snapshot!(one_line(&notices::down()), @"[critical] OpenAI API is unhealthy | status 503, want 200 | Since: 2025-10-09 08:53:20 UTC, for 2m | Cause: the service itself failed");
    assert_snapshot!(one_line(&notices::hostile()), @"[critical] <!channel> & ipa [31mred is unhealthy | <script>alert(1)</script> <https://evil.example|click> Status: healthy | Since: 2025-10-09 08:53:20 UTC, for 2m | Cause: the service itself failed");
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
        text.contains("\nProvider reports: operational; we detected the problem 12m ago.\n"),
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

#[test]
fn an_outage_of_a_group_leads_with_the_likely_root() {
    assert_snapshot!(plain_text(&notices::group_down()), @r#"
    [critical] Shop 1 and 11 more are failing (host db1.example.com)

    Message: connection refused
    Since: 2025-10-09 08:53:20 UTC, for 2m
    Status: unhealthy
    Cause: the service itself failed
    In common: host db1.example.com
    Remedy: Start the service, or correct the port in the check. See `allclear explain connect_refused`.
    Group: Shops
    Also failing:
      Shop 2 is unhealthy: connection refused
      Shop 3 is degraded: answered in 4210 ms, expected within 800 ms
      Shop 4 is unhealthy: connection refused
      Shop 5 is unhealthy: connection refused
      Shop 6 is degraded: answered in 4210 ms, expected within 800 ms
      Shop 7 is unhealthy: connection refused
      Shop 8 is unhealthy: connection refused
      Shop 9 is degraded: answered in 4210 ms, expected within 800 ms
      Shop 10 is unhealthy: connection refused
      Shop 11 is unhealthy: connection refused
      Shop 12 is degraded: answered in 4210 ms, expected within 800 ms
    Rules:
      service_down (critical): status == "unhealthy"
    Runbook: https://wiki.example.com/runbooks/shops
    Page: https://status.example.com
    "#);
    assert_snapshot!(one_line(&notices::group_down()), @"[critical] Shop 1 and 11 more are failing (host db1.example.com) | connection refused | Since: 2025-10-09 08:53:20 UTC, for 2m | Cause: the service itself failed");
}

#[test]
fn an_update_of_a_group_has_the_new_severity_and_monitors() {
    assert_snapshot!(plain_text(&notices::group_updated()), @r#"
    [critical] Update: Shop 1 and 14 more are failing (host db1.example.com)

    Message: connection refused
    Since: 2025-10-09 08:53:20 UTC, for 4m
    Status: unhealthy
    Cause: the service itself failed
    In common: host db1.example.com
    Remedy: Start the service, or correct the port in the check. See `allclear explain connect_refused`.
    Group: Shops
    Also failing:
      Shop 2 is unhealthy: connection refused
      Shop 3 is degraded: answered in 4210 ms, expected within 800 ms
      Shop 4 is unhealthy: connection refused
      Shop 5 is unhealthy: connection refused
      Shop 6 is degraded: answered in 4210 ms, expected within 800 ms
      Shop 7 is unhealthy: connection refused
      Shop 8 is unhealthy: connection refused
      Shop 9 is degraded: answered in 4210 ms, expected within 800 ms
      Shop 10 is unhealthy: connection refused
      Shop 11 is unhealthy: connection refused
      Shop 12 is degraded: answered in 4210 ms, expected within 800 ms
      Shop 13 is unhealthy: connection refused
      Shop 14 is unhealthy: connection refused
      Shop 15 is degraded: answered in 4210 ms, expected within 800 ms
    Rules:
      service_down (critical): status == "unhealthy"
    Runbook: https://wiki.example.com/runbooks/shops
    Page: https://status.example.com
    "#);
}

#[test]
fn a_reminder_has_its_number_and_the_duration_so_far() {
    assert_snapshot!(plain_text(&notices::group_reminder()), @r#"
    [critical] Reminder: Shop 1 and 11 more are failing (host db1.example.com)

    Message: connection refused
    Since: 2025-10-09 08:53:20 UTC, for 2h2m
    Status: unhealthy
    Cause: the service itself failed
    In common: host db1.example.com
    Remedy: Start the service, or correct the port in the check. See `allclear explain connect_refused`.
    Reminder: number 2
    Group: Shops
    Also failing:
      Shop 2 is unhealthy: connection refused
      Shop 3 is degraded: answered in 4210 ms, expected within 800 ms
      Shop 4 is unhealthy: connection refused
      Shop 5 is unhealthy: connection refused
      Shop 6 is degraded: answered in 4210 ms, expected within 800 ms
      Shop 7 is unhealthy: connection refused
      Shop 8 is unhealthy: connection refused
      Shop 9 is degraded: answered in 4210 ms, expected within 800 ms
      Shop 10 is unhealthy: connection refused
      Shop 11 is unhealthy: connection refused
      Shop 12 is degraded: answered in 4210 ms, expected within 800 ms
    Rules:
      service_down (critical): status == "unhealthy"
    Runbook: https://wiki.example.com/runbooks/shops
    Page: https://status.example.com
    "#);
}

#[test]
fn an_acknowledged_notice_names_the_person() {
    assert_snapshot!(plain_text(&notices::group_acknowledged()), @r#"
    [critical] Update: Shop 1 and 11 more are failing (host db1.example.com)

    Message: connection refused
    Since: 2025-10-09 08:53:20 UTC, for 10m
    Status: unhealthy
    Cause: the service itself failed
    In common: host db1.example.com
    Remedy: Start the service, or correct the port in the check. See `allclear explain connect_refused`.
    Acknowledged: by ann@laptop at 2025-10-09 09:03:20 UTC: disk of db1 is full
    Group: Shops
    Also failing:
      Shop 2 is unhealthy: connection refused
      Shop 3 is degraded: answered in 4210 ms, expected within 800 ms
      Shop 4 is unhealthy: connection refused
      Shop 5 is unhealthy: connection refused
      Shop 6 is degraded: answered in 4210 ms, expected within 800 ms
      Shop 7 is unhealthy: connection refused
      Shop 8 is unhealthy: connection refused
      Shop 9 is degraded: answered in 4210 ms, expected within 800 ms
      Shop 10 is unhealthy: connection refused
      Shop 11 is unhealthy: connection refused
      Shop 12 is degraded: answered in 4210 ms, expected within 800 ms
    Rules:
      service_down (critical): status == "unhealthy"
    Runbook: https://wiki.example.com/runbooks/shops
    Page: https://status.example.com
    "#);
}

#[test]
fn a_partial_resolution_of_a_group_lists_the_monitors_that_still_fail() {
    assert_snapshot!(plain_text(&notices::group_partly_resolved()), @r#"
    Partly resolved: Shop 1 and 7 more are healthy, 4 still failing

    Was: connection refused
    Duration: 12m30s, from 2025-10-09 08:53:20 UTC to 2025-10-09 09:05:50 UTC
    Status: healthy
    Cause: the service itself failed
    In common: host db1.example.com
    Group: Shops
    Still failing:
      Shop 9 is degraded: answered in 4210 ms, expected within 800 ms
      Shop 10 is unhealthy: connection refused
      Shop 11 is unhealthy: connection refused
      Shop 12 is degraded: answered in 4210 ms, expected within 800 ms
    Also resolved:
      Shop 2 is healthy, was: connection refused
      Shop 3 is healthy, was: answered in 4210 ms, expected within 800 ms
      Shop 4 is healthy, was: connection refused
      Shop 5 is healthy, was: connection refused
      Shop 6 is healthy, was: answered in 4210 ms, expected within 800 ms
      Shop 7 is healthy, was: connection refused
      Shop 8 is healthy, was: connection refused
    Resolved rules:
      service_down (critical): status == "unhealthy"
    Runbook: https://wiki.example.com/runbooks/shops
    Page: https://status.example.com
    "#);
    assert_snapshot!(one_line(&notices::group_partly_resolved()), @"Partly resolved: Shop 1 and 7 more are healthy, 4 still failing | was: connection refused | Duration: 12m30s, from 2025-10-09 08:53:20 UTC to 2025-10-09 09:05:50 UTC | Cause: the service itself failed");
}

#[test]
fn an_all_clear_of_a_group_lists_its_monitors() {
    assert_snapshot!(plain_text(&notices::group_all_clear()), @r#"
    All clear: Shop 1 and 11 more are healthy

    Was: connection refused
    Duration: 12m30s, from 2025-10-09 08:53:20 UTC to 2025-10-09 09:05:50 UTC
    Status: healthy
    Cause: the service itself failed
    In common: host db1.example.com
    Group: Shops
    Also resolved:
      Shop 2 is healthy, was: connection refused
      Shop 3 is healthy, was: answered in 4210 ms, expected within 800 ms
      Shop 4 is healthy, was: connection refused
      Shop 5 is healthy, was: connection refused
      Shop 6 is healthy, was: answered in 4210 ms, expected within 800 ms
      Shop 7 is healthy, was: connection refused
      Shop 8 is healthy, was: connection refused
      Shop 9 is healthy, was: answered in 4210 ms, expected within 800 ms
      Shop 10 is healthy, was: connection refused
      Shop 11 is healthy, was: connection refused
      Shop 12 is healthy, was: answered in 4210 ms, expected within 800 ms
    Resolved rules:
      service_down (critical): status == "unhealthy"
    Runbook: https://wiki.example.com/runbooks/shops
    Page: https://status.example.com
    "#);
    assert_snapshot!(subject(&notices::group_all_clear()), @"All clear: Shop 1 and 11 more are healthy");
}

#[test]
fn a_failed_parent_is_the_subject_of_its_group() {
    assert_snapshot!(subject(&notices::group_acknowledged_reminder()), @"[critical] Reminder: Shop 1 and 11 more are failing (host db1.example.com)");
    assert_snapshot!(subject(&notices::parent_down()), @"[critical] Shop 1 and 11 that depend on it are failing");
}

#[test]
fn a_group_of_hundreds_is_cut_with_the_number_of_the_others() {
    let text = plain_text(&notices::huge_group());
    assert!(text.starts_with("[critical] Shop 1 and 299 more are failing (host db1"), "{text}");
    assert!(text.contains("\n  and 279 more\n"), "{text}");
    assert!(text.lines().count() < 50, "{text}");
}

#[test]
fn the_progress_of_actions_is_named_in_one_line_each() {
    let mut notification = notices::down();
    notification.details.change = Some("attempt 2 of the action `restart`".to_owned());
    notification.details.actions = vec![
        "attempt 2 of 3 of the action `restart` failed:\nexited with 3".to_owned(),
        "dry run of the action `recycle`, attempt 1 of 3: would run `/bin/recycle`".to_owned(),
    ];
    let text = allclear_core::message::plain_text(&notification);
    let failed = "Action: attempt 2 of 3 of the action `restart` failed: exited with 3";
    let dry = "Action: dry run of the action `recycle`, attempt 1 of 3: would run `/bin/recycle`";
    for line in [failed, dry] {
        assert!(text.lines().any(|one| one == line), "{text}");
        assert!(one_line(&notification).contains(line), "{}", one_line(&notification));
    }
}
