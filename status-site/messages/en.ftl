# The texts of the page in English. Each file of this folder has the same messages with the same variables.
# `$place` is the place of a time or a name that the page puts there with its markup.

## Dates and numbers

month = { $month ->
    [1] January
    [2] February
    [3] March
    [4] April
    [5] May
    [6] June
    [7] July
    [8] August
    [9] September
    [10] October
    [11] November
   *[12] December
}
month_brief = { $month ->
    [1] Jan
    [2] Feb
    [3] Mar
    [4] Apr
    [5] May
    [6] Jun
    [7] Jul
    [8] Aug
    [9] Sep
    [10] Oct
    [11] Nov
   *[12] Dec
}
# `$month` is the name of the month, `$number` its number.
date = { $day } { $month }
date_brief = { $day } { $month }
date_with_year = { $day } { $month } { $year }
date_and_time = { $date }, { $time }
time_utc = { $time } UTC
span = { $from } to { $to }
span_to = to
decimal = { $whole }.{ $fraction }
percent = { $number } %
labeled = { $label }: { $text }
label = { $place }:{" "}
comma = {", "}
sentence = { $text }.
between_sentences = {" "}
# Durations, such as "2 d 4 h".
two_units = { $larger } { $smaller }
n_s = { $n } s
n_min = { $n } min
n_h = { $n } h
n_d = { $n } d
n_minutes = { $n ->
    [one] { $n } minute
   *[other] { $n } minutes
}
n_hours = { $n ->
    [one] { $n } hour
   *[other] { $n } hours
}
n_days = { $n ->
    [one] { $n } day
   *[other] { $n } days
}

## States

operational = Operational
degraded = Degraded
outage = Outage
maintenance = Maintenance
no_data = No data
day_operational = operational
day_degraded = degraded
day_outage = outage
day_maintenance = maintenance
day_no_data = no data
group_operational = { $n } of { $total } operational
group_degraded = { $n } of { $total } degraded
group_outage = { $n } of { $total } down
group_maintenance = { $n } of { $total } in maintenance
group_no_data = { $n } of { $total } without data

## The answer

status_unknown = Status unknown
headline_without_services = Status unknown: no services are watched
headline_never_measured = Status unknown: nothing has been measured yet
headline_stale = Status unknown: the data is { $age } old
headline_impaired = Status unknown: monitoring is impaired
headline_unconfirmed = Status unknown: no status has been confirmed yet
headline_all_without_data = Status unknown: no service has data
headline_down = { $place } is down
headline_degraded = { $place } is slow or failing in part
headline_all_down = All { $total } services are down
headline_problems = { $n } of { $total } services have problems
headline_no_data = No data for { $place }
headline_some_without_data = No data for { $n } of { $total } services
headline_incident_of_service = { $place } has an open incident
headline_incident = An incident is open
headline_incidents = { $n } incidents are open
headline_in_maintenance = { $place } is under maintenance
headline_some_in_maintenance = { $n } of { $total } services are under maintenance
headline_maintenance = Maintenance is in progress
headline_operational = All systems operational
note_impaired = Some data is missing because monitoring is impaired. The services may be unaffected.
note_stale = The current status of the services is unknown. Their history is shown below.
note_no_data = { $n ->
    [one] { $n } of { $total } services has no data.
   *[other] { $n } of { $total } services have no data.
}
title_with_state = { $state }: { $headline }
checked = Checked { $place }.
never_checked = Not checked yet.
too_old = Data older than { $limit } is too old to trust.
ago = { $age } ago

## Headings, links and labels

languages = Languages
subscribe = Subscribe
calendar = Calendar
open_incidents = Open incidents
services = Services
past_incidents = Past incidents
earlier_incidents = Earlier incidents
no_incidents = No incidents.
days_ago = 90 days ago
today = today
incident_open = Open: { $place }
incident_continued = Continued: { $place }
plain_text = Plain text
contact = Contact: { $place }
notifications = Notifications: { $place }
mail_from_topic = E-mail, by the command of AWS: { $place }
how_uptime = Uptime is the time up, also degraded, divided by the time measured in 90 days, rounded down. Maintenance does not count.
times_in_utc = Times and days are in UTC.
page_made = Page made { $place }.
not_found = Not found
not_found_here = There is no page at this address
current_status = Current status

## Services

since = since { $place }
since_date = since { $place }
measured_since = Measured since { $place }.
not_measured = Not measured yet.
service_not_measured = No data: the service is not measured.
period_not_measured = not measured
some_regions = Some regions: problems in { $failing } of { $of }.
provider_reports_nothing = Its status page reports no problem.
provider_agrees = Its status page agrees: operational.
provider_degraded = Its status page reports degraded service since { $since }
provider_outage = Its status page reports an outage since { $since }
provider_maintenance = Its status page reports maintenance since { $since }
provider_unconfirmed = { $report }, not confirmed by this page.
provider_later = { $report }, { $lag } after this page.
strip_not_measured = { $service }: not measured yet
strip_since = { $service }: measured since { $date }
strip_period = { $service }: last 90 days
uptime_share = { $uptime } uptime
days_with_problems = { $n ->
    [one] { $n } day with problems
   *[other] { $n } days with problems
}
days_with_maintenance = { $n ->
    [one] { $n } day with maintenance
   *[other] { $n } days with maintenance
}
days_without_data = { $n ->
    [one] { $n } day without data
   *[other] { $n } days without data
}
no_problems = no problems
down_for = down for { $length }
degraded_for = degraded for { $length }
day_since = { $state } since { $time }
n_incidents = { $n ->
    [one] { $n } incident
   *[other] { $n } incidents
}

## Incidents and maintenance

investigating = Investigating
identified = Identified
monitoring = Monitoring
resolved = Resolved
postmortem = Postmortem
open_for = { $length } as of { $time }
lasted = lasted { $length }
updated = Updated { $place }
next_update = Next update by { $place }
earlier_updates = { $n ->
    [one] { $n } earlier update
   *[other] { $n } earlier updates
}
affected = Affected: { $services }
announced = Announced
in_progress = In progress
completed = Completed
planned = Planned from { $from } to { $to }.
maintenance_in_progress = The maintenance is in progress.
maintenance_completed = The maintenance is completed.
calendar_title = { $page }: maintenance

## The page of a service

history_of = { $service }: history
about_service = Uptime, response times and incidents of { $service }.
history_until = History until { $place }.
uptime = Uptime
period_hours = 24 hours
period_week = 7 days
period_month = 30 days
period_quarter = 90 days
period_year = 12 months
response_time = Response time
lines_of_chart = Solid: median. Dashed: 95th percentile. Dotted: 99th percentile.
last_day = Last 24 hours
last_week = Last 7 days
last_quarter = Last 90 days
table = Table
start = Start
median = Median
chart_label = { $service }: { $period }, median response time from { $least } to { $most }, 99th percentile up to { $highest }
incidents = Incidents
no_incidents_in_quarter = No incidents in the last 90 days.
badge = Badge
badge_markdown = Markdown for a README:
uptime_of_service = Uptime is the time up, degraded time included, divided by the time measured, rounded down. Times and days are in UTC.

## The pages of months and the calendar

month_and_year = { $month } { $year }
weekday = { $day ->
    [1] Monday
    [2] Tuesday
    [3] Wednesday
    [4] Thursday
    [5] Friday
    [6] Saturday
   *[7] Sunday
}
weekday_brief = { $day ->
    [1] Mo
    [2] Tu
    [3] We
    [4] Th
    [5] Fr
    [6] Sa
   *[7] Su
}
incidents_of_month = { $month }: incidents
about_month = Incidents and uptimes of { $month }.
months = Months
more_incidents = { $n ->
    [one] { $n } more incident is not shown here.
   *[other] { $n } more incidents are not shown here.
}
more_services = { $n ->
    [one] { $n } more service
   *[other] { $n } more services
}
uptime_of_month = Uptime is the time up, degraded time included, divided by the time measured in the month, rounded down. Times and days are in UTC.
calendar_of_incidents = Calendar of incidents
about_calendar = Each day shows the worst state of its services.
linked_days = Days are in UTC. A linked day has incidents, or services that did not work as usual.

## The texts of incidents. `$tense` is `present` or `past`; `$n` is the number of services in `$names`.

names_and = { $first } and { $last }
names_and_more = { $first } and { $n } more services
is_down = { $tense ->
    [past] { $n ->
        [one] { $names } was down
       *[other] { $names } were down
    }
   *[present] { $n ->
        [one] { $names } is down
       *[other] { $names } are down
    }
}
has_problems = { $tense ->
    [past] { $names } had problems
   *[present] { $n ->
        [one] { $names } has problems
       *[other] { $names } have problems
    }
}
# Fragments of the sentences below; empty without such a fact.
in_all_regions = {" "}in all { $of } regions
in_some_regions = {" "}in { $failing } of { $of } regions
since_then = { $tense ->
    [past] {" "}from { $time }
   *[present] {" "}since { $time }
}
seen_unreachable = { $tense ->
    [past] { $names } could not be reached{ $regions }{ $since }.
   *[present] { $names } cannot be reached{ $regions }{ $since }.
}
seen_late = { $tense ->
    [past] { $names } did not answer in time{ $regions }{ $since }.
   *[present] { $n ->
        [one] { $names } does not answer in time{ $regions }{ $since }.
       *[other] { $names } do not answer in time{ $regions }{ $since }.
    }
}
seen_interrupted = { $tense ->
    [past] { $n ->
        [one] { $names } broke off its answers{ $regions }{ $since }.
       *[other] { $names } broke off their answers{ $regions }{ $since }.
    }
   *[present] { $n ->
        [one] { $names } breaks off its answers{ $regions }{ $since }.
       *[other] { $names } break off their answers{ $regions }{ $since }.
    }
}
seen_invalid_certificate = { $tense ->
    [past] { $names } had an invalid certificate{ $regions }{ $since }.
   *[present] { $n ->
        [one] { $names } has an invalid certificate{ $regions }{ $since }.
       *[other] { $names } have an invalid certificate{ $regions }{ $since }.
    }
}
seen_expiring_certificate = { $tense ->
    [past] { $names } had a certificate that was about to expire{ $regions }{ $since }.
   *[present] { $n ->
        [one] { $names } has a certificate that expires soon{ $regions }{ $since }.
       *[other] { $names } have a certificate that expires soon{ $regions }{ $since }.
    }
}
seen_errors = { $tense ->
    [past] { $names } returned errors{ $regions }{ $since }.
   *[present] { $n ->
        [one] { $names } returns errors{ $regions }{ $since }.
       *[other] { $names } return errors{ $regions }{ $since }.
    }
}
seen_wrong_answers = { $tense ->
    [past] { $names } gave wrong answers{ $regions }{ $since }.
   *[present] { $n ->
        [one] { $names } gives wrong answers{ $regions }{ $since }.
       *[other] { $names } give wrong answers{ $regions }{ $since }.
    }
}
seen_overloaded = { $tense ->
    [past] { $n ->
        [one] { $names } was overloaded{ $regions }{ $since }.
       *[other] { $names } were overloaded{ $regions }{ $since }.
    }
   *[present] { $n ->
        [one] { $names } is overloaded{ $regions }{ $since }.
       *[other] { $names } are overloaded{ $regions }{ $since }.
    }
}
seen_throttled = { $tense ->
    [past] { $names } limited requests{ $regions }{ $since }.
   *[present] { $n ->
        [one] { $names } limits requests{ $regions }{ $since }.
       *[other] { $names } limit requests{ $regions }{ $since }.
    }
}
seen_overdue = { $tense ->
    [past] { $n ->
        [one] { $names } was overdue{ $regions }{ $since }.
       *[other] { $names } were overdue{ $regions }{ $since }.
    }
   *[present] { $n ->
        [one] { $names } is overdue{ $regions }{ $since }.
       *[other] { $names } are overdue{ $regions }{ $since }.
    }
}
seen_degraded = { $tense ->
    [past] { $names } worked, but not as usual,{ $regions }{ $since }.
   *[present] { $n ->
        [one] { $names } works, but not as usual,{ $regions }{ $since }.
       *[other] { $names } work, but not as usual,{ $regions }{ $since }.
    }
}
seen_down = { $tense ->
    [past] { $names } did not work{ $regions }{ $since }.
   *[present] { $n ->
        [one] { $names } does not work{ $regions }{ $since }.
       *[other] { $names } do not work{ $regions }{ $since }.
    }
}
provider_confirms = { $tense ->
    [past] The provider's own status page confirmed a problem.
   *[present] The provider's own status page confirms a problem.
}
provider_now_confirms = { $tense ->
    [past] The provider's own status page then confirmed a problem.
   *[present] The provider's own status page now confirms a problem.
}
provider_sees_nothing = { $tense ->
    [past] The provider's own status page reported no problem.
   *[present] The provider's own status page reports no problem.
}
works_in_regions = { $tense ->
    [past] { $name } worked again in { $working } of { $of } regions{ $since }.
   *[present] { $name } works again in { $working } of { $of } regions{ $since }.
}
answers_again = { $tense ->
    [past] { $name } answered again{ $since }, but not as usual.
   *[present] { $name } answers again{ $since }, but not as usual.
}
more_answer_again = { $tense ->
    [past] { $n } more answered again, but not as usual.
   *[present] { $n } more answer again, but not as usual.
}
works_again = { $tense ->
    [past] { $names } worked again{ $since }.
   *[present] { $n ->
        [one] { $names } works again{ $since }.
       *[other] { $names } work again{ $since }.
    }
}
no_longer_monitored = { $tense ->
    [past] { $n ->
        [one] { $names } was no longer monitored{ $since }.
       *[other] { $names } were no longer monitored{ $since }.
    }
   *[present] { $n ->
        [one] { $names } is no longer monitored{ $since }.
       *[other] { $names } are no longer monitored{ $since }.
    }
}
says_investigating = The cause is being investigated.
says_identified = The cause is known.
says_monitoring = The problem seems to be over. The services are being observed.
says_resolved = The incident is resolved.
says_postmortem = The incident has been analyzed.
other_works = The other service works.
others_work = The other { $n } services work.
some_others_work = { $working ->
    [one] { $working } of the other { $n } services works.
   *[other] { $working } of the other { $n } services work.
}

## The pages of LLM providers and their models. "Checks" are the measurements of this page; "its" refers to the provider.

llm_providers = LLM providers
models_and_prices = Models and prices
about_providers = State, speed and status pages of the LLM providers, as measured.
about_models = Models of the LLM providers: capabilities, context, list prices and measured speed.
states_of = States as of { $place } or newer; speeds up to then.
checks = Checks
its_status_page = Its status page
its_incident = Its incident
its_phase = Phase: { $phase }.
comparison = Comparison
compared_without_page = This page reads no status page of it.
compared_without_data = There is no measurement to compare with.
compared_reported_only = Its status page reports a problem that the checks do not show.
compared_measured_only = The checks show a problem that its status page does not report.
compared_no_problem = The checks and its status page agree: no problem.
compared_agreeing = The checks and its status page agree.
compared_before = The checks saw the problem { $lead } before its status page.
compared_after = Its status page reported the problem { $lead } before the checks saw it.
reported_later = { $lead } later
reported_before = at the same time or before
reported_not_yet = not yet
reported_never = never
still_open = open
speeds = Time to the first token, and tokens per second
speeds_of = Time to the first token, and tokens per second of { $place }
last_period = Period
tokens_per_second = Tokens/s
no_speed = No speed is measured.
model_named = Model { $place }.
problems_in_quarter = Problems of the last 90 days
problems_compared = Problems that the checks saw, and when its status page reported them
first_failed_check = First failed check
length = Duration
how_checked = Checks ask each model for a short answer. The states follow from their outcomes alone, never from the status page of a provider.
provider = Provider
provider_details = Details of { $place }
provider_present = { $place }: present state and its status page
search = Search
capability = Capability
any = Any
input_price_up_to = Input price up to
context_from = Context from
models_shown = { $shown } of { $total } models
model_table = Context in tokens, list prices of a million tokens in US dollars
model = Model
context = Context
input = Input
output = Output
measured = measured
first_token_after = first token { $time }
tokens_each_second = { $rate } tokens/s
shutdown_on = shutdown on { $date }
facts_from = Contexts and prices as of { $date }, from { $source }.
speeds_until = Measured speeds are medians of the 24 hours until { $place }. A model is listed if its provider is measured here.
