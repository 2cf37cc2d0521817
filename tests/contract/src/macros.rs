//! Generates tests from cases. The lists here and the functions in the modules must match: a
//! function that no list names is not tested. The cases of each module are listed together.

/// Generates a test, in a module called `$adapter`, for each case of the store's ports except
/// pruning.
#[macro_export]
macro_rules! store_contract {
    ($adapter:ident, $fresh:ident) => {
        $crate::cases! { $adapter, $fresh,
            runs::a_run_round_trips,
            runs::a_run_recorded_twice_is_recorded_once,
            runs::a_run_recorded_by_several_at_once_is_recorded_once,
            runs::each_part_of_a_key_identifies_another_run,
            runs::an_empty_log_has_no_unfolded_runs,
            runs::unfolded_runs_are_oldest_first_up_to_the_limit,
            runs::folded_runs_are_excluded,
            runs::a_late_run_within_the_limit_is_unfolded,
            runs::a_run_beyond_the_horizon_is_excluded,
            runs::a_run_at_the_horizon_is_included,
            runs::runs_of_another_shard_are_excluded,
            state::a_shard_without_a_state_has_version_0,
            state::versions_count_from_1,
            state::a_state_round_trips,
            state::a_state_of_thousands_of_monitors_round_trips,
            state::shards_have_their_own_versions,
            state::a_conflict_writes_nothing,
            state::a_lost_commit_succeeds_on_the_new_version,
            state::one_of_two_racing_commits_wins,
            history::every_part_of_a_decision_can_be_read,
            history::a_repeated_decision_changes_nothing,
            history::a_resolved_alert_replaces_the_firing_one,
            history::a_rollup_that_grew_replaces_the_smaller_one,
            history::history_begins_at_the_requested_time,
            history::all_history_is_read_from_the_beginning_of_time,
            history::a_firing_alert_of_any_age_is_read,
            history::runs_are_read_in_the_order_of_their_keys,
            history::the_shards_are_those_with_a_state,
            outbox::deliveries_are_owed_in_order_of_decision,
            outbox::reading_from_a_mark_returns_only_later_deliveries,
            outbox::a_delivery_round_trips,
            outbox::may_have_arrived_round_trips,
            outbox::a_message_ref_round_trips,
            outbox::an_attempt_that_could_not_be_executed_round_trips,
            outbox::many_attempts_are_read_together,
            outbox::the_result_of_an_attempt_is_read,
            claims::a_claimed_delivery_is_refused_to_others,
            claims::an_owner_recognizes_its_claim,
            claims::an_abandoned_claim_is_replaced_once,
            claims::the_result_of_a_try_ends_its_claim,
            claims::a_settled_delivery_cannot_be_claimed,
            claims::a_delivery_that_is_not_stored_cannot_be_taken_over,
            claims::one_of_many_racing_claims_is_granted,
            outbox::a_sent_or_given_up_delivery_is_no_longer_owed,
            outbox::a_failed_try_is_recorded,
            outbox::a_settled_delivery_is_not_changed,
            outbox::a_late_result_of_an_earlier_try_changes_nothing,
            outbox::a_predecessor_is_read_by_its_state,
            beats::the_latest_beat_replaces_the_one_before,
            beats::monitors_without_a_beat_are_absent,
            beats::a_failure_and_the_success_after_it_are_both_kept,
            beats::a_beat_based_on_an_older_one_is_a_conflict,
            beats::one_of_two_racing_beats_is_recorded,
            notes::the_latest_note_replaces_the_one_before,
            notes::each_region_has_its_own_notes,
            notes::monitors_without_a_note_are_absent,
            catalogs::a_catalog_replaces_the_previous_one_and_round_trips,
            catalogs::catalogs_are_ordered_by_monitor,
            catalogs::a_catalog_of_four_hundred_models_can_be_stored,
            operator_entries::entries_round_trip_in_the_order_of_their_ids,
            operator_entries::an_entry_does_not_replace_another_one,
            operator_entries::one_of_two_racing_entries_is_added,
            operator_entries::an_ended_entry_is_stored_with_its_end,
            operator_entries::an_unknown_entry_cannot_be_ended,
            operator_entries::an_expired_entry_is_read_while_it_is_needed,
            incidents::incidents_round_trip_by_their_latest_change,
            incidents::the_latest_form_of_an_incident_is_read_once,
            incidents::entries_round_trip_by_incident_and_time,
            incidents::an_entry_does_not_replace_another_one_of_the_same_time,
            incidents::one_of_two_racing_entries_of_the_same_time_is_added,
            incidents::entries_and_decisions_do_not_overwrite_each_other,
            incidents::the_largest_incident_round_trips,
            past::runs_are_read_in_slices_without_overlap,
            past::the_oldest_run_is_found,
            past::an_expired_entry_is_kept_for_the_past,
            past::an_ended_entry_is_kept_as_it_ended,
            past::a_refused_entry_leaves_no_copy,
        }
    };
}

/// Generates a test, in a module called `$adapter`, for each case of counting the costs of checks.
#[macro_export]
macro_rules! budget_contract {
    ($adapter:ident, $fresh:ident) => {
        $crate::cases! { $adapter, $fresh,
            budgets::reservations_are_granted_up_to_the_cap,
            budgets::a_settled_reservation_counts_its_actual_cost,
            budgets::a_reservation_that_is_never_settled_counts,
            budgets::each_monitor_and_month_has_its_own_budget,
            budgets::concurrent_reservations_never_exceed_the_cap,
            budgets::concurrent_settlements_are_all_counted,
        }
    };
}

/// Generates a test, in a module called `$adapter`, for each case of the times at which notifications are due. Only
/// deployments need them: `allclear up` has a timer.
#[macro_export]
macro_rules! next_notice_contract {
    ($adapter:ident, $fresh:ident) => {
        $crate::cases! { $adapter, $fresh,
            next_notices::the_latest_time_replaces_the_one_before,
            next_notices::a_shard_without_a_due_notice_is_absent,
        }
    };
}

/// Generates a test, in a module called `$adapter`, for each case of pruning. A store that deletes
/// expired records itself does not need it.
#[macro_export]
macro_rules! prune_contract {
    ($adapter:ident, $fresh:ident) => {
        $crate::cases! { $adapter, $fresh,
            prune::records_older_than_the_retention_are_removed,
            prune::owed_deliveries_are_kept,
            prune::the_records_of_an_open_alert_are_kept,
            prune::an_unlimited_retention_removes_nothing,
            prune::runs_that_may_still_be_folded_are_kept,
            prune::counters_of_past_months_are_removed,
            prune::entries_that_are_still_needed_are_kept,
            prune::an_open_incident_and_its_entries_are_kept,
            prune::the_entries_of_an_incident_are_removed_together,
            prune::the_entries_of_an_incident_are_removed_with_its_record,
            prune::the_entries_of_an_open_incident_by_hand_are_kept,
        }
    };
}

/// Generates a test, in a module called `$adapter`, for each case of reading secrets.
#[macro_export]
macro_rules! secrets_contract {
    ($adapter:ident, $secrets_of:ident) => {
        $crate::cases! { $adapter, $secrets_of; arguments
            secrets::every_requested_secret_is_returned,
            secrets::a_missing_secret_is_named_with_a_hint,
            secrets::a_request_without_names_succeeds,
            secrets::a_blank_secret_is_a_missing_one,
        }
    };
}

/// Generates a test, in a module called `$adapter`, for each case of publishing.
#[macro_export]
macro_rules! site_contract {
    ($adapter:ident, $fresh:ident) => {
        $crate::cases! { $adapter, $fresh,
            site::published_files_can_be_read,
            site::a_changed_file_replaces_the_old_one,
            site::a_path_outside_the_site_changes_nothing,
            site::publishing_the_same_site_again_succeeds,
            site::a_file_that_left_the_site_is_removed_in_the_same_publication,
            site::a_file_that_returns_to_the_site_is_written_again,
        }
    };
}

/// Generates one test for each case; each test prints the adapter that it runs on.
#[doc(hidden)]
#[macro_export]
macro_rules! cases {
    ($adapter:ident, $fresh:ident, $($module:ident :: $case:ident,)+) => {
        mod $adapter {
            $(
                #[tokio::test]
                async fn $case() {
                    println!("{} on {}", stringify!($case), stringify!($adapter));
                    let fresh = super::$fresh().await;
                    $crate::$module::$case(&fresh.adapter).await;
                    drop(fresh);
                }
            )+
        }
    };
    ($adapter:ident, $secrets_of:ident; arguments $($module:ident :: $case:ident,)+) => {
        mod $adapter {
            $(
                #[tokio::test]
                async fn $case() {
                    println!("{} on {}", stringify!($case), stringify!($adapter));
                    let fresh = super::$secrets_of($crate::$module::SECRETS).await;
                    $crate::$module::$case(&fresh.adapter).await;
                    drop(fresh);
                }
            )+
        }
    };
}
