# Les textes de la page en français.

## Dates and numbers

month = { $month ->
    [1] janvier
    [2] février
    [3] mars
    [4] avril
    [5] mai
    [6] juin
    [7] juillet
    [8] août
    [9] septembre
    [10] octobre
    [11] novembre
   *[12] décembre
}
month_brief = { $month ->
    [1] janv.
    [2] févr.
    [3] mars
    [4] avr.
    [5] mai
    [6] juin
    [7] juil.
    [8] août
    [9] sept.
    [10] oct.
    [11] nov.
   *[12] déc.
}
date = { $day ->
    [1] 1er { $month }
   *[other] { $day } { $month }
}
date_brief = { $day ->
    [1] 1er { $month }
   *[other] { $day } { $month }
}
date_with_year = { $day ->
    [1] 1er { $month } { $year }
   *[other] { $day } { $month } { $year }
}
date_and_time = { $date } à { $time }
time_utc = { $time } UTC
span = { $from } – { $to }
span_to = –
decimal = { $whole },{ $fraction }
percent = { $number } %
labeled = { $label } : { $text }
label = { $place } :{" "}
comma = {", "}
sentence = { $text }.
between_sentences = {" "}
two_units = { $larger } { $smaller }
n_s = { $n } s
n_min = { $n } min
n_h = { $n } h
n_d = { $n } j
n_minutes = { $n ->
    [one] { $n } minute
   *[other] { $n } minutes
}
n_hours = { $n ->
    [one] { $n } heure
   *[other] { $n } heures
}
n_days = { $n ->
    [one] { $n } jour
   *[other] { $n } jours
}

## States

operational = Opérationnel
degraded = Perturbé
outage = Panne
maintenance = Maintenance
no_data = Aucune donnée
day_operational = opérationnel
day_degraded = perturbé
day_outage = panne
day_maintenance = maintenance
day_no_data = aucune donnée
group_operational = { $n ->
    [one] { $n } opérationnel sur { $total }
   *[other] { $n } opérationnels sur { $total }
}
group_degraded = { $n ->
    [one] { $n } perturbé sur { $total }
   *[other] { $n } perturbés sur { $total }
}
group_outage = { $n } en panne sur { $total }
group_maintenance = { $n } en maintenance sur { $total }
group_no_data = { $n } sans données sur { $total }

## The answer

status_unknown = État inconnu
headline_without_services = État inconnu : aucun service n’est surveillé
headline_never_measured = État inconnu : rien n’a encore été mesuré
headline_stale = État inconnu : les données datent d’il y a { $age }
headline_impaired = État inconnu : la surveillance est perturbée
headline_unconfirmed = État inconnu : aucun état n’a encore été confirmé
headline_all_without_data = État inconnu : aucun service n’a de données
headline_down = { $place } est en panne
headline_degraded = { $place } est lent ou partiellement indisponible
headline_all_down = Les { $total } services sont en panne
headline_problems = { $n } services sur { $total } rencontrent des problèmes
headline_no_data = Aucune donnée pour { $place }
headline_some_without_data = Aucune donnée pour { $n } services sur { $total }
headline_incident_of_service = Incident en cours : { $place }
headline_incident = Un incident est en cours
headline_incidents = { $n } incidents sont en cours
headline_in_maintenance = { $place } est en maintenance
headline_some_in_maintenance = { $n } services sur { $total } sont en maintenance
headline_maintenance = Une maintenance est en cours
headline_operational = Tous les systèmes sont opérationnels
note_impaired = Certaines données manquent, car la surveillance est perturbée. Les services ne sont peut-être pas touchés.
note_stale = L’état actuel des services est inconnu. Leur historique figure ci-dessous.
note_no_data = { $n ->
    [one] { $n } service sur { $total } n’a pas de données.
   *[other] { $n } services sur { $total } n’ont pas de données.
}
title_with_state = { $state } : { $headline }
checked = Dernière vérification : { $place }.
never_checked = Pas encore vérifié.
too_old = Des données de plus de { $limit } sont trop anciennes pour être fiables.
ago = il y a { $age }

## Headings, links and labels

languages = Langues
subscribe = S’abonner
calendar = Calendrier
open_incidents = Incidents en cours
services = Services
past_incidents = Incidents passés
earlier_incidents = Incidents antérieurs
no_incidents = Aucun incident.
days_ago = il y a 90 jours
today = aujourd’hui
incident_open = En cours : { $place }
incident_continued = Suite : { $place }
plain_text = Texte brut
contact = Contact : { $place }
notifications = Notifications : { $place }
mail_from_topic = E-mail, avec la commande d’AWS : { $place }
how_uptime = La disponibilité est le temps de fonctionnement, même perturbé, divisé par le temps mesuré sur 90 jours, arrondi vers le bas. La maintenance ne compte pas.
times_in_utc = Heures et jours en UTC.
page_made = Page créée : { $place }.
not_found = Page introuvable
not_found_here = Il n’y a pas de page à cette adresse
current_status = État actuel

## Services

since = depuis { $place }
since_date = depuis le { $place }
measured_since = Mesuré depuis le { $place }.
not_measured = Pas encore mesuré.
service_not_measured = Aucune donnée : le service n’est pas mesuré.
period_not_measured = non mesuré
some_regions = Certaines régions : problèmes dans { $failing } sur { $of }.
provider_reports_nothing = Sa page d’état ne signale aucun problème.
provider_agrees = Sa page d’état le confirme : opérationnel.
provider_degraded = Sa page d’état signale une perturbation depuis : { $since }
provider_outage = Sa page d’état signale une panne depuis : { $since }
provider_maintenance = Sa page d’état signale une maintenance depuis : { $since }
provider_unconfirmed = { $report }, non confirmé par cette page.
provider_later = { $report }, { $lag } après cette page.
strip_not_measured = { $service } : pas encore mesuré
strip_since = { $service } : mesuré depuis le { $date }
strip_period = { $service } : 90 derniers jours
uptime_share = disponibilité { $uptime }
days_with_problems = { $n ->
    [one] { $n } jour avec problèmes
   *[other] { $n } jours avec problèmes
}
days_with_maintenance = { $n ->
    [one] { $n } jour avec maintenance
   *[other] { $n } jours avec maintenance
}
days_without_data = { $n ->
    [one] { $n } jour sans données
   *[other] { $n } jours sans données
}
no_problems = aucun problème
down_for = en panne pendant { $length }
degraded_for = perturbé pendant { $length }
day_since = { $state } depuis { $time }
n_incidents = { $n ->
    [one] { $n } incident
   *[other] { $n } incidents
}

## Incidents and maintenance

investigating = En cours d’analyse
identified = Cause identifiée
monitoring = En observation
resolved = Résolu
postmortem = Analyse post-incident
open_for = { $length } (à { $time })
lasted = durée { $length }
updated = Mise à jour : { $place }
next_update = Prochaine mise à jour au plus tard : { $place }
earlier_updates = { $n ->
    [one] { $n } mise à jour précédente
   *[other] { $n } mises à jour précédentes
}
affected = Services concernés : { $services }
announced = Annoncée
in_progress = En cours
completed = Terminée
planned = Prévue : { $from } – { $to }.
maintenance_in_progress = La maintenance est en cours.
maintenance_completed = La maintenance est terminée.
calendar_title = { $page } : maintenance

## The page of a service

history_of = { $service } : historique
about_service = Disponibilité, temps de réponse et incidents de { $service }.
history_until = Historique jusqu’au { $place }.
uptime = Disponibilité
period_hours = 24 heures
period_week = 7 jours
period_month = 30 jours
period_quarter = 90 jours
period_year = 12 mois
response_time = Temps de réponse
lines_of_chart = Trait plein : médiane. Tirets : 95e centile. Pointillés : 99e centile.
last_day = 24 dernières heures
last_week = 7 derniers jours
last_quarter = 90 derniers jours
table = Tableau
start = Début
median = Médiane
chart_label = { $service } : { $period }, temps de réponse médian de { $least } à { $most }, 99e centile jusqu’à { $highest }
incidents = Incidents
no_incidents_in_quarter = Aucun incident dans les 90 derniers jours.
badge = Badge
badge_markdown = Markdown pour un README :
uptime_of_service = La disponibilité est le temps de fonctionnement, même perturbé, divisé par le temps mesuré, arrondi vers le bas. Heures et jours en UTC.

## The pages of months and the calendar

month_and_year = { $month } { $year }
weekday = { $day ->
    [1] lundi
    [2] mardi
    [3] mercredi
    [4] jeudi
    [5] vendredi
    [6] samedi
   *[7] dimanche
}
weekday_brief = { $day ->
    [1] lu
    [2] ma
    [3] me
    [4] je
    [5] ve
    [6] sa
   *[7] di
}
incidents_of_month = { $month } : incidents
about_month = Incidents et disponibilité : { $month }.
months = Mois
more_incidents = { $n ->
    [one] { $n } autre incident n’est pas affiché ici.
   *[other] { $n } autres incidents ne sont pas affichés ici.
}
more_services = { $n ->
    [one] { $n } autre service
   *[other] { $n } autres services
}
uptime_of_month = La disponibilité est le temps de fonctionnement, même perturbé, divisé par le temps mesuré dans le mois, arrondi vers le bas. Heures et jours en UTC.
calendar_of_incidents = Calendrier des incidents
about_calendar = Chaque jour montre le pire état de ses services.
linked_days = Jours en UTC. Un jour avec un lien a des incidents ou des services qui ne fonctionnaient pas comme d’habitude.

## The texts of incidents

names_and = { $first } et { $last }
names_and_more = { $first } et { $n } autres services
is_down = { $tense ->
    [past] { $n ->
        [one] { $names } était en panne
       *[other] { $names } étaient en panne
    }
   *[present] { $n ->
        [one] { $names } est en panne
       *[other] { $names } sont en panne
    }
}
has_problems = { $tense ->
    [past] { $n ->
        [one] { $names } a rencontré des problèmes
       *[other] { $names } ont rencontré des problèmes
    }
   *[present] { $n ->
        [one] { $names } rencontre des problèmes
       *[other] { $names } rencontrent des problèmes
    }
}
in_all_regions = {" "}dans les { $of } régions
in_some_regions = { $failing ->
    [one] {" "}dans { $failing } région sur { $of }
   *[other] {" "}dans { $failing } régions sur { $of }
}
since_then = { $tense ->
    [past] {" "}à partir du { $time }
   *[present] {" "}depuis le { $time }
}
seen_unreachable = { $tense ->
    [past] { $n ->
        [one] { $names } était injoignable{ $regions }{ $since }.
       *[other] { $names } étaient injoignables{ $regions }{ $since }.
    }
   *[present] { $n ->
        [one] { $names } est injoignable{ $regions }{ $since }.
       *[other] { $names } sont injoignables{ $regions }{ $since }.
    }
}
seen_late = { $tense ->
    [past] { $n ->
        [one] { $names } ne répondait pas à temps{ $regions }{ $since }.
       *[other] { $names } ne répondaient pas à temps{ $regions }{ $since }.
    }
   *[present] { $n ->
        [one] { $names } ne répond pas à temps{ $regions }{ $since }.
       *[other] { $names } ne répondent pas à temps{ $regions }{ $since }.
    }
}
seen_interrupted = { $tense ->
    [past] { $n ->
        [one] { $names } interrompait ses réponses{ $regions }{ $since }.
       *[other] { $names } interrompaient leurs réponses{ $regions }{ $since }.
    }
   *[present] { $n ->
        [one] { $names } interrompt ses réponses{ $regions }{ $since }.
       *[other] { $names } interrompent leurs réponses{ $regions }{ $since }.
    }
}
seen_invalid_certificate = { $tense ->
    [past] { $n ->
        [one] { $names } avait un certificat non valide{ $regions }{ $since }.
       *[other] { $names } avaient un certificat non valide{ $regions }{ $since }.
    }
   *[present] { $n ->
        [one] { $names } a un certificat non valide{ $regions }{ $since }.
       *[other] { $names } ont un certificat non valide{ $regions }{ $since }.
    }
}
seen_expiring_certificate = { $tense ->
    [past] { $n ->
        [one] { $names } avait un certificat sur le point d’expirer{ $regions }{ $since }.
       *[other] { $names } avaient un certificat sur le point d’expirer{ $regions }{ $since }.
    }
   *[present] { $n ->
        [one] { $names } a un certificat qui expire bientôt{ $regions }{ $since }.
       *[other] { $names } ont un certificat qui expire bientôt{ $regions }{ $since }.
    }
}
seen_errors = { $tense ->
    [past] { $n ->
        [one] { $names } renvoyait des erreurs{ $regions }{ $since }.
       *[other] { $names } renvoyaient des erreurs{ $regions }{ $since }.
    }
   *[present] { $n ->
        [one] { $names } renvoie des erreurs{ $regions }{ $since }.
       *[other] { $names } renvoient des erreurs{ $regions }{ $since }.
    }
}
seen_wrong_answers = { $tense ->
    [past] { $n ->
        [one] { $names } donnait des réponses erronées{ $regions }{ $since }.
       *[other] { $names } donnaient des réponses erronées{ $regions }{ $since }.
    }
   *[present] { $n ->
        [one] { $names } donne des réponses erronées{ $regions }{ $since }.
       *[other] { $names } donnent des réponses erronées{ $regions }{ $since }.
    }
}
seen_overloaded = { $tense ->
    [past] { $n ->
        [one] { $names } était surchargé{ $regions }{ $since }.
       *[other] { $names } étaient surchargés{ $regions }{ $since }.
    }
   *[present] { $n ->
        [one] { $names } est surchargé{ $regions }{ $since }.
       *[other] { $names } sont surchargés{ $regions }{ $since }.
    }
}
seen_throttled = { $tense ->
    [past] { $n ->
        [one] { $names } limitait les requêtes{ $regions }{ $since }.
       *[other] { $names } limitaient les requêtes{ $regions }{ $since }.
    }
   *[present] { $n ->
        [one] { $names } limite les requêtes{ $regions }{ $since }.
       *[other] { $names } limitent les requêtes{ $regions }{ $since }.
    }
}
seen_overdue = { $tense ->
    [past] { $n ->
        [one] { $names } était en retard{ $regions }{ $since }.
       *[other] { $names } étaient en retard{ $regions }{ $since }.
    }
   *[present] { $n ->
        [one] { $names } est en retard{ $regions }{ $since }.
       *[other] { $names } sont en retard{ $regions }{ $since }.
    }
}
seen_degraded = { $tense ->
    [past] { $n ->
        [one] { $names } fonctionnait de façon dégradée{ $regions }{ $since }.
       *[other] { $names } fonctionnaient de façon dégradée{ $regions }{ $since }.
    }
   *[present] { $n ->
        [one] { $names } fonctionne de façon dégradée{ $regions }{ $since }.
       *[other] { $names } fonctionnent de façon dégradée{ $regions }{ $since }.
    }
}
seen_down = { $tense ->
    [past] { $n ->
        [one] { $names } ne fonctionnait pas{ $regions }{ $since }.
       *[other] { $names } ne fonctionnaient pas{ $regions }{ $since }.
    }
   *[present] { $n ->
        [one] { $names } ne fonctionne pas{ $regions }{ $since }.
       *[other] { $names } ne fonctionnent pas{ $regions }{ $since }.
    }
}
provider_confirms = { $tense ->
    [past] La page d’état du fournisseur confirmait un problème.
   *[present] La page d’état du fournisseur confirme un problème.
}
provider_now_confirms = { $tense ->
    [past] La page d’état du fournisseur a ensuite confirmé un problème.
   *[present] La page d’état du fournisseur confirme maintenant un problème.
}
provider_sees_nothing = { $tense ->
    [past] La page d’état du fournisseur ne signalait aucun problème.
   *[present] La page d’état du fournisseur ne signale aucun problème.
}
works_in_regions = { $tense ->
    [past] { $name } a de nouveau fonctionné dans { $working ->
        [one] { $working } région
       *[other] { $working } régions
    } sur { $of }{ $since }.
   *[present] { $name } fonctionne à nouveau dans { $working ->
        [one] { $working } région
       *[other] { $working } régions
    } sur { $of }{ $since }.
}
answers_again = { $tense ->
    [past] { $name } répondait à nouveau{ $since }, mais pas comme d’habitude.
   *[present] { $name } répond à nouveau{ $since }, mais pas comme d’habitude.
}
more_answer_again = { $tense ->
    [past] { $n ->
        [one] { $n } autre répondait à nouveau, mais pas comme d’habitude.
       *[other] { $n } autres répondaient à nouveau, mais pas comme d’habitude.
    }
   *[present] { $n ->
        [one] { $n } autre répond à nouveau, mais pas comme d’habitude.
       *[other] { $n } autres répondent à nouveau, mais pas comme d’habitude.
    }
}
works_again = { $tense ->
    [past] { $n ->
        [one] { $names } a de nouveau fonctionné{ $since }.
       *[other] { $names } ont de nouveau fonctionné{ $since }.
    }
   *[present] { $n ->
        [one] { $names } fonctionne à nouveau{ $since }.
       *[other] { $names } fonctionnent à nouveau{ $since }.
    }
}
no_longer_monitored = { $tense ->
    [past] { $n ->
        [one] { $names } n’était plus surveillé{ $since }.
       *[other] { $names } n’étaient plus surveillés{ $since }.
    }
   *[present] { $n ->
        [one] { $names } n’est plus surveillé{ $since }.
       *[other] { $names } ne sont plus surveillés{ $since }.
    }
}
says_investigating = La cause est en cours d’analyse.
says_identified = La cause est connue.
says_monitoring = Le problème semble résolu. Les services restent sous surveillance.
says_resolved = L’incident est résolu.
says_postmortem = L’incident a été analysé.
other_works = L’autre service fonctionne.
others_work = Les { $n } autres services fonctionnent.
some_others_work = { $working ->
    [one] { $working } des { $n } autres services fonctionne.
   *[other] { $working } des { $n } autres services fonctionnent.
}

## Les pages des fournisseurs de LLM et de leurs modèles

llm_providers = Fournisseurs de LLM
models_and_prices = Modèles et prix
about_providers = État, vitesse et pages d’état des fournisseurs de LLM, d’après les mesures.
about_models = Modèles des fournisseurs de LLM : capacités, contexte, prix publics et vitesse mesurée.
states_of = États au { $place } ou plus récents ; vitesses jusqu’à cette date.
checks = Contrôles
its_status_page = Sa page d’état
its_incident = Son incident
its_phase = Phase : { $phase }.
comparison = Comparaison
compared_without_page = Cette page ne lit aucune page d’état de ce fournisseur.
compared_without_data = Il n’y a pas de mesure à comparer.
compared_reported_only = Sa page d’état signale un problème que les contrôles ne montrent pas.
compared_measured_only = Les contrôles montrent un problème que sa page d’état ne signale pas.
compared_no_problem = Les contrôles et sa page d’état concordent : aucun problème.
compared_agreeing = Les contrôles et sa page d’état concordent.
compared_before = Les contrôles ont vu le problème { $lead } avant sa page d’état.
compared_after = Sa page d’état a signalé le problème { $lead } avant que les contrôles ne le voient.
reported_later = { $lead } plus tard
reported_before = en même temps ou avant
reported_not_yet = pas encore
reported_never = jamais
still_open = en cours
speeds = Délai jusqu’au premier token et tokens par seconde
speeds_of = Délai jusqu’au premier token et tokens par seconde de { $place }
last_period = Période
tokens_per_second = Tokens/s
no_speed = Aucune vitesse n’est mesurée.
model_named = Modèle { $place }.
problems_in_quarter = Problèmes des 90 derniers jours
problems_compared = Problèmes vus par les contrôles, et moment où sa page d’état les a signalés
first_failed_check = Premier contrôle en échec
length = Durée
how_checked = Les contrôles demandent à chaque modèle une réponse courte. Les états découlent de leurs seuls résultats, jamais de la page d’état d’un fournisseur.
provider = Fournisseur
provider_details = Détails sur { $place }
provider_present = { $place } : état actuel et page d’état
search = Recherche
capability = Capacité
any = Indifférent
input_price_up_to = Prix d’entrée maximal
context_from = Contexte minimal
models_shown = Modèles : { $shown } sur { $total }
model_table = Contexte en tokens, prix publics par million de tokens en dollars américains
model = Modèle
context = Contexte
input = Entrée
output = Sortie
measured = mesuré
first_token_after = premier token { $time }
tokens_each_second = { $rate } tokens/s
shutdown_on = arrêt le { $date }
facts_from = Contextes et prix du { $date }, source : { $source }.
speeds_until = Les vitesses mesurées sont des médianes des 24 heures jusqu’au { $place }. Un modèle figure ici si son fournisseur est mesuré.
