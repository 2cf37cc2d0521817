use super::*;

fn hours(from: &str, to: &str) -> OpeningHours {
    OpeningHours::within_a_day(from.parse().unwrap(), to.parse().unwrap())
}

fn until(from: &str, to: WindowEnd) -> OpeningHours {
    OpeningHours { from: from.parse().unwrap(), to }
}

fn on_weekday(weekday: WeekDay, time: &str) -> WindowEnd {
    WindowEnd::OnWeekday { weekday, time: time.parse().unwrap() }
}

fn weekly(day: WeekDay, hours: OpeningHours, zone: &str) -> WindowSchedule {
    let days = OpeningDays::Weekly(vec![day]);
    WindowSchedule::Repeated { days, hours, time_zone: zone.to_owned() }
}

fn daily(hours: OpeningHours, zone: &str) -> WindowSchedule {
    let days = OpeningDays::Weekly(WeekDay::ALL.to_vec());
    WindowSchedule::Repeated { days, hours, time_zone: zone.to_owned() }
}

fn by_rule(rule: &str, first: &str, hours: OpeningHours, zone: &str) -> WindowSchedule {
    let first = first.parse::<Date>().unwrap().to_datetime(hours.from);
    let named = TimeZone::get(zone).unwrap();
    let days = OpeningDays::by_rule(rule.parse().unwrap(), first, &named).unwrap();
    WindowSchedule::Repeated { days, hours, time_zone: zone.to_owned() }
}

/// Returns the openings in the local time of the window's zone, with the offset.
fn openings(schedule: &WindowSchedule, from: &str, until: &str) -> Vec<String> {
    let WindowSchedule::Repeated { time_zone, .. } = schedule else { panic!("{schedule:?}") };
    let zone = TimeZone::get(time_zone).unwrap();
    let local = |at: Timestamp| at.to_zoned(zone.clone()).strftime("%m-%d %H:%M%:z").to_string();
    schedule
        .openings(from.parse().unwrap(), until.parse().unwrap())
        .iter()
        .map(|opening| format!("{} to {}", local(opening.start), local(opening.end)))
        .collect()
}

#[test]
fn a_weekend_ends_at_its_local_time_also_when_the_clocks_change() {
    let to = on_weekday(WeekDay::Sunday, "18:00");
    let weekend = |zone| weekly(WeekDay::Friday, until("18:00", to), zone);
    for (zone, from, until, expected) in [
        ("Europe/Berlin", "2026-03-26", "2026-03-31", "03-27 18:00+01:00 to 03-29 18:00+02:00"),
        ("Europe/Berlin", "2026-10-22", "2026-10-27", "10-23 18:00+02:00 to 10-25 18:00+01:00"),
        ("America/New_York", "2026-03-05", "2026-03-10", "03-06 18:00-05:00 to 03-08 18:00-04:00"),
        ("America/New_York", "2026-10-29", "2026-11-03", "10-30 18:00-04:00 to 11-01 18:00-05:00"),
        (
            "Australia/Lord_Howe",
            "2026-04-02",
            "2026-04-07",
            "04-03 18:00+11:00 to 04-05 18:00+10:30",
        ),
        (
            "Australia/Lord_Howe",
            "2026-10-01",
            "2026-10-06",
            "10-02 18:00+10:30 to 10-04 18:00+11:00",
        ),
        ("Asia/Kathmandu", "2026-03-26", "2026-03-31", "03-27 18:00+05:45 to 03-29 18:00+05:45"),
    ] {
        let (from, until) = (format!("{from}T00:00:00Z"), format!("{until}T00:00:00Z"));
        assert_eq!(openings(&weekend(zone), &from, &until), [expected], "{zone}");
    }
}

#[test]
fn a_limit_that_the_clocks_skip_is_at_the_jump() {
    for (zone, date, from, to, expected) in [
        (
            "Europe/Berlin",
            "2026-03-29",
            "02:30",
            "04:00",
            Some("03-29 03:00+02:00 to 03-29 04:00+02:00"),
        ),
        (
            "Europe/Berlin",
            "2026-03-29",
            "01:00",
            "02:30",
            Some("03-29 01:00+01:00 to 03-29 03:00+02:00"),
        ),
        // No clock shows a time between 02:15 and 02:45.
        ("Europe/Berlin", "2026-03-29", "02:15", "02:45", None),
        (
            "America/New_York",
            "2026-03-08",
            "02:30",
            "05:00",
            Some("03-08 03:00-04:00 to 03-08 05:00-04:00"),
        ),
        (
            "Australia/Lord_Howe",
            "2026-10-04",
            "02:15",
            "03:00",
            Some("10-04 02:30+11:00 to 10-04 03:00+11:00"),
        ),
        (
            "Asia/Kathmandu",
            "2026-03-29",
            "02:30",
            "04:00",
            Some("03-29 02:30+05:45 to 03-29 04:00+05:45"),
        ),
    ] {
        let date: Date = date.parse().unwrap();
        let (zone_of, hours) = (TimeZone::get(zone).unwrap(), hours(from, to));
        let schedule = daily(hours, zone);
        let start_of = |date: Date| date.to_zoned(zone_of.clone()).unwrap().timestamp().to_string();
        let found = openings(&schedule, &start_of(date), &start_of(date.tomorrow().unwrap()));
        assert_eq!(found, Vec::from_iter(expected), "{zone} {from} to {to}");
    }
}

#[test]
fn a_limit_that_the_clocks_repeat_opens_at_the_first_and_closes_at_the_second() {
    for (zone, date, from, to, expected) in [
        ("Europe/Berlin", "2026-10-25", "02:30", "04:00", "10-25 02:30+02:00 to 10-25 04:00+01:00"),
        ("Europe/Berlin", "2026-10-25", "01:00", "02:30", "10-25 01:00+02:00 to 10-25 02:30+01:00"),
        ("Europe/Berlin", "2026-10-25", "02:00", "02:30", "10-25 02:00+02:00 to 10-25 02:30+01:00"),
        (
            "America/New_York",
            "2026-11-01",
            "01:30",
            "03:00",
            "11-01 01:30-04:00 to 11-01 03:00-05:00",
        ),
        (
            "Australia/Lord_Howe",
            "2026-04-05",
            "01:45",
            "03:00",
            "04-05 01:45+11:00 to 04-05 03:00+10:30",
        ),
        (
            "Australia/Lord_Howe",
            "2026-04-05",
            "01:00",
            "01:45",
            "04-05 01:00+11:00 to 04-05 01:45+10:30",
        ),
    ] {
        let date: Date = date.parse().unwrap();
        let zone_of = TimeZone::get(zone).unwrap();
        let schedule = daily(hours(from, to), zone);
        let start_of = |date: Date| date.to_zoned(zone_of.clone()).unwrap().timestamp().to_string();
        let found = openings(&schedule, &start_of(date), &start_of(date.tomorrow().unwrap()));
        assert_eq!(found, [expected], "{zone} {from} to {to}");
    }
}

#[test]
fn a_window_is_open_exactly_while_the_local_clock_shows_its_hours() {
    let zones = ["Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu"];
    let nights =
        ["2026-03-08", "2026-03-29", "2026-04-05", "2026-10-04", "2026-10-25", "2026-11-01"];
    for (zone, (from, to)) in zones.iter().flat_map(|zone| {
        [("02:30", "04:00"), ("00:30", "02:15"), ("01:15", "01:45"), ("23:00", "02:30")]
            .map(|one| (zone, one))
    }) {
        let schedule = daily(hours(from, to), zone);
        let (from, to): (jiff::civil::Time, jiff::civil::Time) =
            (from.parse().unwrap(), to.parse().unwrap());
        let named = TimeZone::get(zone).unwrap();
        for night in nights {
            let midnight: Date = night.parse().unwrap();
            let mut at = midnight.yesterday().unwrap().to_zoned(named.clone()).unwrap().timestamp();
            for _ in 0..(3 * 24 * 4) {
                let clock = at.to_zoned(named.clone()).time();
                let is_inside = if from < to {
                    from <= clock && clock < to
                } else {
                    clock >= from || clock < to
                };
                // Between the two occurrences of a repeated limit the window stays open.
                let is_repeated =
                    named.to_ambiguous_zoned(at.to_zoned(named.clone()).datetime()).is_ambiguous();
                if is_inside || !is_repeated {
                    assert_eq!(schedule.is_open(at), is_inside, "{zone} {at} {from} {to}");
                }
                at += Duration::from_mins(15);
            }
        }
    }
}

#[test]
fn an_elapsed_time_is_not_changed_by_the_clocks() {
    let two_hours = WindowEnd::After(Duration::from_hours(2));
    let schedule = weekly(WeekDay::Sunday, until("01:00", two_hours), "Europe/Berlin");
    assert_eq!(
        openings(&schedule, "2026-03-28T12:00:00Z", "2026-03-29T12:00:00Z"),
        ["03-29 01:00+01:00 to 03-29 04:00+02:00"]
    );
}

#[test]
fn a_window_to_its_own_weekday_lasts_a_week_unless_it_ends_later_on_the_day() {
    let week = weekly(WeekDay::Monday, until("08:00", on_weekday(WeekDay::Monday, "08:00")), "UTC");
    assert_eq!(
        openings(&week, "2026-11-30T09:00:00Z", "2026-11-30T10:00:00Z"),
        ["11-30 08:00+00:00 to 12-07 08:00+00:00"]
    );
    let day = weekly(WeekDay::Monday, until("08:00", on_weekday(WeekDay::Monday, "09:00")), "UTC");
    assert_eq!(
        openings(&day, "2026-11-30T00:00:00Z", "2026-12-06T00:00:00Z"),
        ["11-30 08:00+00:00 to 11-30 09:00+00:00"]
    );
}

#[test]
fn a_window_that_opened_yesterday_is_still_open() {
    let schedule = weekly(WeekDay::Sunday, hours("23:30", "00:30"), "Europe/Berlin");
    assert!(schedule.is_open("2026-06-14T22:15:00Z".parse().unwrap()));
    assert!(!schedule.is_open("2026-06-14T22:30:00Z".parse().unwrap()));
    assert!(!schedule.is_open("2026-06-14T21:29:59Z".parse().unwrap()));
}

#[test]
fn a_day_of_the_month_counts_from_the_start_or_the_end() {
    let monthly = |day| WindowSchedule::Repeated {
        days: OpeningDays::Monthly(day),
        hours: hours("02:00", "04:00"),
        time_zone: "UTC".to_owned(),
    };
    let starts = |day| -> Vec<String> {
        let openings = monthly(day).openings(
            "2026-01-01T00:00:00Z".parse().unwrap(),
            "2026-06-01T00:00:00Z".parse().unwrap(),
        );
        openings.iter().map(|one| one.start.strftime("%m-%d").to_string()).collect()
    };
    assert_eq!(starts(DayOfMonth::Day(-1)), ["01-31", "02-28", "03-31", "04-30", "05-31"]);
    assert_eq!(starts(DayOfMonth::Day(31)), ["01-31", "03-31", "05-31"]);
    let tuesday = |nth| DayOfMonth::Weekday { weekday: WeekDay::Tuesday, nth };
    assert_eq!(starts(tuesday(2)), ["01-13", "02-10", "03-10", "04-14", "05-12"]);
    assert_eq!(starts(tuesday(-1)), ["01-27", "02-24", "03-31", "04-28", "05-26"]);
}

/// The days of `rrule_days.txt` are those of another implementation of RFC 5545, python-dateutil.
#[test]
fn the_days_of_a_rule_are_those_of_another_implementation() {
    let mut n_rules = 0;
    for line in include_str!("rrule_days.txt").lines() {
        let [rule, first, expected] = line.split(" | ").collect::<Vec<_>>()[..] else {
            panic!("{line}")
        };
        let expected: Vec<Date> = expected.split(' ').map(|day| day.parse().unwrap()).collect();
        let first: Date = first.parse().unwrap();
        let first_opening = first.to_datetime(jiff::civil::time(2, 0, 0, 0));
        let days =
            OpeningDays::by_rule(rule.parse().unwrap(), first_opening, &TimeZone::UTC).unwrap();
        let last = if expected.len() == 8 { expected[7] } else { "2100-12-31".parse().unwrap() };
        let found: Vec<Date> =
            opening_days::days(first, last).filter(|day| days.include(*day)).collect();
        assert_eq!(found, expected, "{rule}");
        n_rules += 1;
    }
    assert!(n_rules > 100, "{n_rules}");
}

#[test]
fn the_end_of_a_rule_is_compared_with_the_local_start() {
    let last = |rule: &str, first: &str, zone: &str| {
        let first: DateTime = first.parse().unwrap();
        match OpeningDays::by_rule(rule.parse().unwrap(), first, &TimeZone::get(zone).unwrap()) {
            Ok(OpeningDays::Rule { last, .. }) => last.unwrap().to_string(),
            other => panic!("{other:?}"),
        }
    };
    let berlin = "Europe/Berlin";
    assert_eq!(last("FREQ=DAILY;UNTIL=20261210", "2026-12-01T02:00", berlin), "2026-12-10");
    assert_eq!(last("FREQ=DAILY;UNTIL=20261210T010000Z", "2026-12-01T02:00", berlin), "2026-12-10");
    assert_eq!(last("FREQ=DAILY;UNTIL=20261210T005959Z", "2026-12-01T02:00", berlin), "2026-12-09");
    assert_eq!(last("FREQ=DAILY;UNTIL=20261209T230000Z", "2026-12-01T00:00", berlin), "2026-12-10");
    assert_eq!(last("FREQ=DAILY;UNTIL=20261210T020000", "2026-12-01T02:00", berlin), "2026-12-10");
    assert_eq!(last("FREQ=DAILY;COUNT=3", "2026-12-01T02:00", berlin), "2026-12-03");
}

#[test]
fn a_rule_that_cannot_be_used_is_refused_with_its_remedy() {
    let error = |rule: &str| {
        let first = jiff::civil::date(2026, 12, 1).at(2, 0, 0, 0);
        let parsed = rule.parse::<RecurrenceRule>();
        parsed.and_then(|rule| OpeningDays::by_rule(rule, first, &TimeZone::UTC)).unwrap_err()
    };
    for (rule, expected) in [
        ("", "`` has no `=`"),
        ("INTERVAL=2", "the rule has no `FREQ`"),
        ("FREQ=HOURLY", "`FREQ=HOURLY` is not supported"),
        ("FREQ=WEEKLY;BYHOUR=3", "`BYHOUR` is not supported"),
        ("FREQ=WEEKLY;BYFOO=3", "unknown part `BYFOO`"),
        (
            "FREQ=WEEKLY;BYDAY=2TU",
            "`BYDAY` has a number before a weekday, and the rule is not monthly or yearly",
        ),
        ("FREQ=WEEKLY;BYDAY=DI", "`DI` is not a weekday"),
        ("FREQ=WEEKLY;BYDAY=ä", "`ä` is not a weekday"),
        ("FREQ=WEEKLY;BYMONTHDAY=1", "`BYMONTHDAY` has no meaning in a weekly rule"),
        ("FREQ=MONTHLY;BYMONTHDAY=32", "`32` in `BYMONTHDAY` is not a number up to 31"),
        ("FREQ=MONTHLY;BYMONTH=-1", "`BYMONTH=-1` has a negative month"),
        ("FREQ=DAILY;INTERVAL=0", "`INTERVAL=0` is out of range"),
        ("FREQ=DAILY;COUNT=2;UNTIL=20271231", "`UNTIL` is a second value"),
        ("FREQ=DAILY;UNTIL=tomorrow", "`UNTIL=tomorrow` is not a date"),
        (
            "FREQ=DAILY;UNTIL=20261130",
            "the rule `FREQ=DAILY;UNTIL=20261130` ends before its first day, 2026-12-01",
        ),
        (
            "FREQ=WEEKLY;BYDAY=MO",
            "the rule `FREQ=WEEKLY;BYDAY=MO` does not include its first day, 2026-12-01",
        ),
    ] {
        assert_eq!(error(rule).message, expected, "{rule}");
    }
    assert!(error("FREQ=HOURLY").hint.contains("`WEEKLY`"));
}

#[test]
fn an_old_rule_is_as_fast_as_a_new_one() {
    // Counting through the days since the first one would take minutes here.
    let schedule = by_rule("FREQ=DAILY;INTERVAL=2", "0001-01-01", hours("02:00", "04:00"), "UTC");
    let from: Timestamp = "9000-01-01T00:00:00Z".parse().unwrap();
    for n in 0..2_000 {
        let at = from + Duration::from_hours(24 * n);
        assert_eq!(schedule.openings(at, at + Duration::from_hours(48)).len(), 1, "{at}");
    }
}

#[test]
fn the_next_opening_is_the_one_that_is_open_or_the_following_one() {
    let schedule = by_rule(
        "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=29",
        "2028-02-29",
        hours("02:00", "04:00"),
        "UTC",
    );
    let next = |at: &str| schedule.next_opening(at.parse().unwrap()).unwrap().start.to_string();
    assert_eq!(next("2026-11-30T00:00:00Z"), "2028-02-29T02:00:00Z");
    assert_eq!(next("2028-02-29T03:00:00Z"), "2028-02-29T02:00:00Z");
    assert_eq!(next("2028-02-29T04:00:00Z"), "2032-02-29T02:00:00Z");
    let far = by_rule("FREQ=YEARLY", "2199-01-08", hours("02:00", "04:00"), "Pacific/Kiritimati");
    let next = far.next_opening("2026-11-30T00:00:00Z".parse().unwrap()).unwrap();
    assert_eq!(next.start.to_string(), "2199-01-07T12:00:00Z");
    let over = by_rule("FREQ=DAILY;COUNT=2", "2026-12-01", hours("02:00", "04:00"), "UTC");
    assert_eq!(over.next_opening("2026-12-03T00:00:00Z".parse().unwrap()), None);
}

#[test]
fn a_change_is_the_start_or_the_end_of_an_opening_after_the_time() {
    let at = |text: &str| text.parse::<Timestamp>().unwrap();
    let mut window = Maintenance {
        id: crate::id::MaintenanceId::new("night").unwrap(),
        title: "Night".to_owned(),
        description: None,
        scope: crate::rule::RuleScope::default(),
        schedule: daily(hours("22:00", "23:00"), "UTC"),
        ended_at: None,
    };
    for (now, change) in [
        ("2026-03-10T21:59:59Z", "2026-03-10T22:00:00Z"),
        ("2026-03-10T22:00:00Z", "2026-03-10T23:00:00Z"),
        ("2026-03-10T22:59:59Z", "2026-03-10T23:00:00Z"),
        ("2026-03-10T23:00:00Z", "2026-03-11T22:00:00Z"),
    ] {
        assert_eq!(window.next_change(at(now)), Some(at(change)), "{now}");
    }
    window.ended_at = Some(at("2026-03-10T22:30:00Z"));
    assert_eq!(window.next_change(at("2026-03-10T22:00:00Z")), window.ended_at);
    assert_eq!(window.next_change(at("2026-03-10T22:30:00Z")), None);
}

#[test]
fn a_schedule_is_described_in_words() {
    let to = on_weekday(WeekDay::Sunday, "18:00");
    for (schedule, expected) in [
        (
            weekly(WeekDay::Friday, until("18:00", to), "Europe/Berlin"),
            "each friday from 18:00 to sunday 18:00 (Europe/Berlin)",
        ),
        (
            weekly(WeekDay::Friday, hours("22:00", "02:00"), "UTC"),
            "each friday from 22:00 to 02:00 of the next day (UTC)",
        ),
        (
            by_rule("FREQ=DAILY", "2026-12-01", hours("02:00", "04:00"), "UTC"),
            "FREQ=DAILY from 02:00 to 04:00 (UTC)",
        ),
    ] {
        assert_eq!(schedule.to_string(), expected);
    }
}
