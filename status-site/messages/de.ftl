# Die Texte der Seite auf Deutsch.

## Dates and numbers

month = { $month ->
    [1] Januar
    [2] Februar
    [3] März
    [4] April
    [5] Mai
    [6] Juni
    [7] Juli
    [8] August
    [9] September
    [10] Oktober
    [11] November
   *[12] Dezember
}
month_brief = { $month ->
    [1] Jan.
    [2] Feb.
    [3] März
    [4] Apr.
    [5] Mai
    [6] Juni
    [7] Juli
    [8] Aug.
    [9] Sep.
    [10] Okt.
    [11] Nov.
   *[12] Dez.
}
date = { $day }. { $month }
date_brief = { $day }. { $month }
date_with_year = { $day }. { $month } { $year }
date_and_time = { $date }, { $time }
time_utc = { $time } UTC
span = { $from } bis { $to }
span_to = bis
decimal = { $whole },{ $fraction }
percent = { $number } %
labeled = { $label }: { $text }
label = { $place }:{" "}
comma = {", "}
sentence = { $text }.
between_sentences = {" "}
two_units = { $larger } { $smaller }
n_s = { $n } s
n_min = { $n } min
n_h = { $n } h
n_d = { $n } d
n_minutes = { $n ->
    [one] { $n } Minute
   *[other] { $n } Minuten
}
n_hours = { $n ->
    [one] { $n } Stunde
   *[other] { $n } Stunden
}
n_days = { $n ->
    [one] { $n } Tag
   *[other] { $n } Tage
}

## States

operational = In Betrieb
degraded = Beeinträchtigt
outage = Ausfall
maintenance = Wartung
no_data = Keine Daten
day_operational = in Betrieb
day_degraded = beeinträchtigt
day_outage = Ausfall
day_maintenance = Wartung
day_no_data = keine Daten
group_operational = { $n } von { $total } in Betrieb
group_degraded = { $n } von { $total } beeinträchtigt
group_outage = { $n } von { $total } ausgefallen
group_maintenance = { $n } von { $total } in Wartung
group_no_data = { $n } von { $total } ohne Daten

## The answer

status_unknown = Status unbekannt
headline_without_services = Status unbekannt: kein Dienst wird überwacht
headline_never_measured = Status unbekannt: noch nichts gemessen
headline_stale = Status unbekannt: die Daten sind { $age } alt
headline_impaired = Status unbekannt: die Überwachung ist gestört
headline_unconfirmed = Status unbekannt: noch kein Status bestätigt
headline_all_without_data = Status unbekannt: kein Dienst hat Daten
headline_down = { $place } ist ausgefallen
headline_degraded = { $place } ist langsam oder teilweise gestört
headline_all_down = Alle { $total } Dienste sind ausgefallen
headline_problems = { $n } von { $total } Diensten haben Probleme
headline_no_data = Keine Daten für { $place }
headline_some_without_data = Keine Daten für { $n } von { $total } Diensten
headline_incident_of_service = Offene Störung: { $place }
headline_incident = Eine Störung ist offen
headline_incidents = { $n } Störungen sind offen
headline_in_maintenance = { $place } wird gewartet
headline_some_in_maintenance = { $n } von { $total } Diensten werden gewartet
headline_maintenance = Eine Wartung läuft
headline_operational = Alle Systeme in Betrieb
note_impaired = Einige Daten fehlen, weil die Überwachung gestört ist. Die Dienste selbst sind davon vielleicht nicht betroffen.
note_stale = Der gegenwärtige Status der Dienste ist unbekannt. Unten steht ihr Verlauf.
note_no_data = { $n ->
    [one] { $n } von { $total } Diensten hat keine Daten.
   *[other] { $n } von { $total } Diensten haben keine Daten.
}
title_with_state = { $state }: { $headline }
checked = Geprüft: { $place }.
never_checked = Noch nicht geprüft.
too_old = Daten, die älter als { $limit } sind, sind zu alt für eine Aussage.
ago = { $age } her

## Headings, links and labels

languages = Sprachen
subscribe = Abonnieren
calendar = Kalender
open_incidents = Offene Störungen
services = Dienste
past_incidents = Vergangene Störungen
earlier_incidents = Frühere Störungen
no_incidents = Keine Störungen.
days_ago = vor 90 Tagen
today = heute
incident_open = Offen: { $place }
incident_continued = Andauernd: { $place }
plain_text = Nur Text
contact = Kontakt: { $place }
notifications = Benachrichtigungen: { $place }
mail_from_topic = E-Mail, mit dem Befehl von AWS: { $place }
how_uptime = Die Verfügbarkeit ist die verfügbare Zeit, auch mit Beeinträchtigung, geteilt durch die gemessene Zeit in 90 Tagen, abgerundet. Wartung zählt nicht.
times_in_utc = Zeiten und Tage in UTC.
page_made = Seite erstellt: { $place }.
not_found = Nicht gefunden
not_found_here = Unter dieser Adresse gibt es keine Seite
current_status = Aktueller Status

## Services

since = seit { $place }
since_date = seit dem { $place }
measured_since = Gemessen seit dem { $place }.
not_measured = Noch nicht gemessen.
service_not_measured = Keine Daten: der Dienst wird nicht gemessen.
period_not_measured = nicht gemessen
some_regions = Einige Regionen: Probleme in { $failing } von { $of }.
provider_reports_nothing = Die Statusseite des Anbieters meldet keine Störung.
provider_agrees = Die Statusseite des Anbieters stimmt überein: in Betrieb.
provider_degraded = Die Statusseite des Anbieters meldet eine Beeinträchtigung seit { $since }
provider_outage = Die Statusseite des Anbieters meldet einen Ausfall seit { $since }
provider_maintenance = Die Statusseite des Anbieters meldet eine Wartung seit { $since }
provider_unconfirmed = { $report }, von dieser Seite nicht bestätigt.
provider_later = { $report }, { $lag } nach dieser Seite.
strip_not_measured = { $service }: noch nicht gemessen
strip_since = { $service }: gemessen seit { $date }
strip_period = { $service }: letzte 90 Tage
uptime_share = { $uptime } verfügbar
days_with_problems = { $n ->
    [one] { $n } Tag mit Störungen
   *[other] { $n } Tage mit Störungen
}
days_with_maintenance = { $n ->
    [one] { $n } Tag mit Wartung
   *[other] { $n } Tage mit Wartung
}
days_without_data = { $n ->
    [one] { $n } Tag ohne Daten
   *[other] { $n } Tage ohne Daten
}
no_problems = keine Störungen
down_for = { $length } ausgefallen
degraded_for = { $length } beeinträchtigt
day_since = { $state } seit { $time }
n_incidents = { $n ->
    [one] { $n } Störung
   *[other] { $n } Störungen
}

## Incidents and maintenance

investigating = Wird untersucht
identified = Ursache bekannt
monitoring = Wird beobachtet
resolved = Behoben
postmortem = Nachbetrachtung
open_for = { $length }, Stand { $time }
lasted = Dauer { $length }
updated = Aktualisiert: { $place }
next_update = Nächste Meldung bis { $place }
earlier_updates = { $n ->
    [one] { $n } frühere Meldung
   *[other] { $n } frühere Meldungen
}
affected = Betroffen: { $services }
announced = Angekündigt
in_progress = Läuft
completed = Abgeschlossen
planned = Geplant: { $from } bis { $to }.
maintenance_in_progress = Die Wartung läuft.
maintenance_completed = Die Wartung ist abgeschlossen.
calendar_title = { $page }: Wartung

## The page of a service

history_of = { $service }: Verlauf
about_service = Verfügbarkeit, Antwortzeiten und Störungen von { $service }.
history_until = Verlauf bis zum { $place }.
uptime = Verfügbarkeit
period_hours = 24 Stunden
period_week = 7 Tage
period_month = 30 Tage
period_quarter = 90 Tage
period_year = 12 Monate
response_time = Antwortzeit
lines_of_chart = Durchgezogen: Median. Gestrichelt: 95. Perzentil. Gepunktet: 99. Perzentil.
last_day = Letzte 24 Stunden
last_week = Letzte 7 Tage
last_quarter = Letzte 90 Tage
table = Tabelle
start = Beginn
median = Median
chart_label = { $service }: { $period }, Median der Antwortzeit von { $least } bis { $most }, 99. Perzentil bis { $highest }
incidents = Störungen
no_incidents_in_quarter = Keine Störungen in den letzten 90 Tagen.
badge = Badge
badge_markdown = Markdown für ein README:
uptime_of_service = Die Verfügbarkeit ist die verfügbare Zeit, auch mit Beeinträchtigung, geteilt durch die gemessene Zeit, abgerundet. Zeiten und Tage in UTC.

## The pages of months and the calendar

month_and_year = { $month } { $year }
weekday = { $day ->
    [1] Montag
    [2] Dienstag
    [3] Mittwoch
    [4] Donnerstag
    [5] Freitag
    [6] Samstag
   *[7] Sonntag
}
weekday_brief = { $day ->
    [1] Mo
    [2] Di
    [3] Mi
    [4] Do
    [5] Fr
    [6] Sa
   *[7] So
}
incidents_of_month = { $month }: Störungen
about_month = Störungen und Verfügbarkeit im { $month }.
months = Monate
more_incidents = { $n ->
    [one] { $n } weitere Störung wird hier nicht gezeigt.
   *[other] { $n } weitere Störungen werden hier nicht gezeigt.
}
more_services = { $n ->
    [one] { $n } weiterer Dienst
   *[other] { $n } weitere Dienste
}
uptime_of_month = Die Verfügbarkeit ist die verfügbare Zeit, auch mit Beeinträchtigung, geteilt durch die gemessene Zeit im Monat, abgerundet. Zeiten und Tage in UTC.
calendar_of_incidents = Kalender der Störungen
about_calendar = Jeder Tag zeigt den schlechtesten Zustand seiner Dienste.
linked_days = Tage in UTC. Ein verlinkter Tag hat Störungen oder Dienste, die nicht wie üblich funktionierten.

## The texts of incidents

names_and = { $first } und { $last }
names_and_more = { $first } und { $n } weitere Dienste
is_down = { $tense ->
    [past] { $n ->
        [one] { $names } war ausgefallen
       *[other] { $names } waren ausgefallen
    }
   *[present] { $n ->
        [one] { $names } ist ausgefallen
       *[other] { $names } sind ausgefallen
    }
}
has_problems = { $tense ->
    [past] { $n ->
        [one] { $names } hatte Probleme
       *[other] { $names } hatten Probleme
    }
   *[present] { $n ->
        [one] { $names } hat Probleme
       *[other] { $names } haben Probleme
    }
}
in_all_regions = {" "}in allen { $of } Regionen
in_some_regions = {" "}in { $failing } von { $of } Regionen
since_then = { $tense ->
    [past] {" "}ab dem { $time }
   *[present] {" "}seit dem { $time }
}
seen_unreachable = { $tense ->
    [past] { $n ->
        [one] { $names } war{ $since }{ $regions } nicht erreichbar.
       *[other] { $names } waren{ $since }{ $regions } nicht erreichbar.
    }
   *[present] { $n ->
        [one] { $names } ist{ $since }{ $regions } nicht erreichbar.
       *[other] { $names } sind{ $since }{ $regions } nicht erreichbar.
    }
}
seen_late = { $tense ->
    [past] { $n ->
        [one] { $names } antwortete{ $since }{ $regions } nicht rechtzeitig.
       *[other] { $names } antworteten{ $since }{ $regions } nicht rechtzeitig.
    }
   *[present] { $n ->
        [one] { $names } antwortet{ $since }{ $regions } nicht rechtzeitig.
       *[other] { $names } antworten{ $since }{ $regions } nicht rechtzeitig.
    }
}
seen_interrupted = { $tense ->
    [past] { $n ->
        [one] { $names } brach{ $since }{ $regions } Antworten ab.
       *[other] { $names } brachen{ $since }{ $regions } Antworten ab.
    }
   *[present] { $n ->
        [one] { $names } bricht{ $since }{ $regions } Antworten ab.
       *[other] { $names } brechen{ $since }{ $regions } Antworten ab.
    }
}
seen_invalid_certificate = { $tense ->
    [past] { $n ->
        [one] { $names } hatte{ $since }{ $regions } ein ungültiges Zertifikat.
       *[other] { $names } hatten{ $since }{ $regions } ein ungültiges Zertifikat.
    }
   *[present] { $n ->
        [one] { $names } hat{ $since }{ $regions } ein ungültiges Zertifikat.
       *[other] { $names } haben{ $since }{ $regions } ein ungültiges Zertifikat.
    }
}
seen_expiring_certificate = { $tense ->
    [past] { $n ->
        [one] { $names } hatte{ $since }{ $regions } ein bald ablaufendes Zertifikat.
       *[other] { $names } hatten{ $since }{ $regions } ein bald ablaufendes Zertifikat.
    }
   *[present] { $n ->
        [one] { $names } hat{ $since }{ $regions } ein bald ablaufendes Zertifikat.
       *[other] { $names } haben{ $since }{ $regions } ein bald ablaufendes Zertifikat.
    }
}
seen_errors = { $tense ->
    [past] { $n ->
        [one] { $names } lieferte{ $since }{ $regions } Fehler.
       *[other] { $names } lieferten{ $since }{ $regions } Fehler.
    }
   *[present] { $n ->
        [one] { $names } liefert{ $since }{ $regions } Fehler.
       *[other] { $names } liefern{ $since }{ $regions } Fehler.
    }
}
seen_wrong_answers = { $tense ->
    [past] { $n ->
        [one] { $names } lieferte{ $since }{ $regions } falsche Antworten.
       *[other] { $names } lieferten{ $since }{ $regions } falsche Antworten.
    }
   *[present] { $n ->
        [one] { $names } liefert{ $since }{ $regions } falsche Antworten.
       *[other] { $names } liefern{ $since }{ $regions } falsche Antworten.
    }
}
seen_overloaded = { $tense ->
    [past] { $n ->
        [one] { $names } war{ $since }{ $regions } überlastet.
       *[other] { $names } waren{ $since }{ $regions } überlastet.
    }
   *[present] { $n ->
        [one] { $names } ist{ $since }{ $regions } überlastet.
       *[other] { $names } sind{ $since }{ $regions } überlastet.
    }
}
seen_throttled = { $tense ->
    [past] { $n ->
        [one] { $names } drosselte{ $since }{ $regions } Anfragen.
       *[other] { $names } drosselten{ $since }{ $regions } Anfragen.
    }
   *[present] { $n ->
        [one] { $names } drosselt{ $since }{ $regions } Anfragen.
       *[other] { $names } drosseln{ $since }{ $regions } Anfragen.
    }
}
seen_overdue = { $tense ->
    [past] { $n ->
        [one] { $names } war{ $since }{ $regions } überfällig.
       *[other] { $names } waren{ $since }{ $regions } überfällig.
    }
   *[present] { $n ->
        [one] { $names } ist{ $since }{ $regions } überfällig.
       *[other] { $names } sind{ $since }{ $regions } überfällig.
    }
}
seen_degraded = { $tense ->
    [past] { $n ->
        [one] { $names } funktionierte{ $since }{ $regions } nur eingeschränkt.
       *[other] { $names } funktionierten{ $since }{ $regions } nur eingeschränkt.
    }
   *[present] { $n ->
        [one] { $names } funktioniert{ $since }{ $regions } nur eingeschränkt.
       *[other] { $names } funktionieren{ $since }{ $regions } nur eingeschränkt.
    }
}
seen_down = { $tense ->
    [past] { $n ->
        [one] { $names } funktionierte{ $since }{ $regions } nicht.
       *[other] { $names } funktionierten{ $since }{ $regions } nicht.
    }
   *[present] { $n ->
        [one] { $names } funktioniert{ $since }{ $regions } nicht.
       *[other] { $names } funktionieren{ $since }{ $regions } nicht.
    }
}
provider_confirms = { $tense ->
    [past] Die eigene Statusseite des Anbieters bestätigte eine Störung.
   *[present] Die eigene Statusseite des Anbieters bestätigt eine Störung.
}
provider_now_confirms = { $tense ->
    [past] Die eigene Statusseite des Anbieters bestätigte dann eine Störung.
   *[present] Die eigene Statusseite des Anbieters bestätigt jetzt eine Störung.
}
provider_sees_nothing = { $tense ->
    [past] Die eigene Statusseite des Anbieters meldete keine Störung.
   *[present] Die eigene Statusseite des Anbieters meldet keine Störung.
}
works_in_regions = { $tense ->
    [past] { $name } funktionierte{ $since } in { $working } von { $of } Regionen wieder.
   *[present] { $name } funktioniert{ $since } in { $working } von { $of } Regionen wieder.
}
answers_again = { $tense ->
    [past] { $name } antwortete{ $since } wieder, aber nicht wie gewohnt.
   *[present] { $name } antwortet{ $since } wieder, aber nicht wie gewohnt.
}
more_answer_again = { $tense ->
    [past] { $n ->
        [one] { $n } weiterer antwortete wieder, aber nicht wie gewohnt.
       *[other] { $n } weitere antworteten wieder, aber nicht wie gewohnt.
    }
   *[present] { $n ->
        [one] { $n } weiterer antwortet wieder, aber nicht wie gewohnt.
       *[other] { $n } weitere antworten wieder, aber nicht wie gewohnt.
    }
}
works_again = { $tense ->
    [past] { $n ->
        [one] { $names } funktionierte{ $since } wieder.
       *[other] { $names } funktionierten{ $since } wieder.
    }
   *[present] { $n ->
        [one] { $names } funktioniert{ $since } wieder.
       *[other] { $names } funktionieren{ $since } wieder.
    }
}
no_longer_monitored = { $tense ->
    [past] { $n ->
        [one] { $names } wurde{ $since } nicht mehr überwacht.
       *[other] { $names } wurden{ $since } nicht mehr überwacht.
    }
   *[present] { $n ->
        [one] { $names } wird{ $since } nicht mehr überwacht.
       *[other] { $names } werden{ $since } nicht mehr überwacht.
    }
}
says_investigating = Die Ursache wird untersucht.
says_identified = Die Ursache ist bekannt.
says_monitoring = Die Störung scheint vorbei zu sein. Die Dienste werden beobachtet.
says_resolved = Die Störung ist behoben.
says_postmortem = Die Störung wurde ausgewertet.
other_works = Der andere Dienst funktioniert.
others_work = Die anderen { $n } Dienste funktionieren.
some_others_work = { $working ->
    [one] { $working } der anderen { $n } Dienste funktioniert.
   *[other] { $working } der anderen { $n } Dienste funktionieren.
}

## Die Seiten der LLM-Anbieter und ihrer Modelle

llm_providers = LLM-Anbieter
models_and_prices = Modelle und Preise
about_providers = Zustand, Geschwindigkeit und Statusseiten der LLM-Anbieter, wie gemessen.
about_models = Modelle der LLM-Anbieter: Fähigkeiten, Kontext, Listenpreise und gemessene Geschwindigkeit.
states_of = Zustände: Stand { $place } oder neuer; Geschwindigkeiten bis dahin.
checks = Prüfungen
its_status_page = Seine Statusseite
its_incident = Gemeldete Störung
its_phase = Phase: { $phase }.
comparison = Vergleich
compared_without_page = Diese Seite liest keine Statusseite des Anbieters.
compared_without_data = Es gibt keine Messung zum Vergleich.
compared_reported_only = Seine Statusseite meldet ein Problem, das die Prüfungen nicht zeigen.
compared_measured_only = Die Prüfungen zeigen ein Problem, das seine Statusseite nicht meldet.
compared_no_problem = Prüfungen und Statusseite stimmen überein: kein Problem.
compared_agreeing = Prüfungen und Statusseite stimmen überein.
compared_before = Die Prüfungen sahen das Problem { $lead } vor seiner Statusseite.
compared_after = Seine Statusseite meldete das Problem { $lead }, bevor die Prüfungen es sahen.
reported_later = { $lead } später
reported_before = gleichzeitig oder früher
reported_not_yet = noch nicht
reported_never = nie
still_open = offen
speeds = Zeit bis zum ersten Token und Token pro Sekunde
speeds_of = Zeit bis zum ersten Token und Token pro Sekunde von { $place }
last_period = Zeitraum
tokens_per_second = Token/s
no_speed = Es wird keine Geschwindigkeit gemessen.
model_named = Modell { $place }.
problems_in_quarter = Probleme der letzten 90 Tage
problems_compared = Probleme, die die Prüfungen sahen, und wann seine Statusseite sie meldete
first_failed_check = Erste fehlgeschlagene Prüfung
length = Dauer
how_checked = Die Prüfungen fragen jedes Modell nach einer kurzen Antwort. Die Zustände folgen nur aus ihren Ergebnissen, nie aus der Statusseite eines Anbieters.
provider = Anbieter
provider_details = Einzelheiten zu { $place }
provider_present = { $place }: gegenwärtiger Zustand und Statusseite
search = Suche
capability = Fähigkeit
any = Beliebig
input_price_up_to = Eingabepreis bis
context_from = Kontext ab
models_shown = { $shown } von { $total } Modellen
model_table = Kontext in Token, Listenpreise für eine Million Token in US-Dollar
model = Modell
context = Kontext
input = Eingabe
output = Ausgabe
measured = gemessen
first_token_after = erstes Token { $time }
tokens_each_second = { $rate } Token/s
shutdown_on = Abschaltung am { $date }
facts_from = Kontexte und Preise vom { $date }, aus { $source }.
speeds_until = Gemessene Geschwindigkeiten sind Mediane der 24 Stunden bis { $place }. Ein Modell ist aufgeführt, wenn sein Anbieter hier gemessen wird.
