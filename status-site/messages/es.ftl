# Los textos de la página en español.

## Dates and numbers

month = { $month ->
    [1] enero
    [2] febrero
    [3] marzo
    [4] abril
    [5] mayo
    [6] junio
    [7] julio
    [8] agosto
    [9] septiembre
    [10] octubre
    [11] noviembre
   *[12] diciembre
}
month_brief = { $month ->
    [1] ene
    [2] feb
    [3] mar
    [4] abr
    [5] may
    [6] jun
    [7] jul
    [8] ago
    [9] sept
    [10] oct
    [11] nov
   *[12] dic
}
date = { $day } de { $month }
date_brief = { $day } { $month }
date_with_year = { $day } de { $month } de { $year }
date_and_time = { $date }, { $time }
time_utc = { $time } UTC
span = { $from } – { $to }
span_to = –
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
    [one] { $n } minuto
   *[other] { $n } minutos
}
n_hours = { $n ->
    [one] { $n } hora
   *[other] { $n } horas
}
n_days = { $n ->
    [one] { $n } día
   *[other] { $n } días
}

## States

operational = Operativo
degraded = Degradado
outage = Caído
maintenance = Mantenimiento
no_data = Sin datos
day_operational = operativo
day_degraded = degradado
day_outage = caído
day_maintenance = mantenimiento
day_no_data = sin datos
group_operational = { $n ->
    [one] { $n } de { $total } operativo
   *[other] { $n } de { $total } operativos
}
group_degraded = { $n ->
    [one] { $n } de { $total } degradado
   *[other] { $n } de { $total } degradados
}
group_outage = { $n ->
    [one] { $n } de { $total } caído
   *[other] { $n } de { $total } caídos
}
group_maintenance = { $n } de { $total } en mantenimiento
group_no_data = { $n } de { $total } sin datos

## The answer

status_unknown = Estado desconocido
headline_without_services = Estado desconocido: no se supervisa ningún servicio
headline_never_measured = Estado desconocido: aún no se ha medido nada
headline_stale = Estado desconocido: los datos tienen { $age }
headline_impaired = Estado desconocido: la supervisión tiene problemas
headline_unconfirmed = Estado desconocido: aún no se ha confirmado ningún estado
headline_all_without_data = Estado desconocido: ningún servicio tiene datos
headline_down = { $place } está caído
headline_degraded = { $place } funciona lento o falla parcialmente
headline_all_down = Los { $total } servicios están caídos
headline_problems = { $n } de { $total } servicios tienen problemas
headline_no_data = Sin datos de { $place }
headline_some_without_data = Sin datos de { $n } de { $total } servicios
headline_incident_of_service = { $place } tiene una incidencia abierta
headline_incident = Hay una incidencia abierta
headline_incidents = Hay { $n } incidencias abiertas
headline_in_maintenance = { $place } está en mantenimiento
headline_some_in_maintenance = { $n } de { $total } servicios están en mantenimiento
headline_maintenance = Hay un mantenimiento en curso
headline_operational = Todos los sistemas funcionan
note_impaired = Faltan algunos datos porque la supervisión tiene problemas. Puede que los servicios no estén afectados.
note_stale = Se desconoce el estado actual de los servicios. Abajo está su historial.
note_no_data = { $n ->
    [one] { $n } de { $total } servicios no tiene datos.
   *[other] { $n } de { $total } servicios no tienen datos.
}
title_with_state = { $state }: { $headline }
checked = Comprobado: { $place }.
never_checked = Aún sin comprobar.
too_old = Los datos de más de { $limit } son demasiado antiguos para ser fiables.
ago = hace { $age }

## Headings, links and labels

languages = Idiomas
subscribe = Suscribirse
calendar = Calendario
open_incidents = Incidencias abiertas
services = Servicios
past_incidents = Incidencias pasadas
earlier_incidents = Incidencias anteriores
no_incidents = Sin incidencias.
days_ago = hace 90 días
today = hoy
incident_open = Abierta: { $place }
incident_continued = Continuación: { $place }
plain_text = Texto sin formato
contact = Contacto: { $place }
notifications = Notificaciones: { $place }
mail_from_topic = Correo, con el comando de AWS: { $place }
how_uptime = La disponibilidad es el tiempo en funcionamiento, también degradado, dividido por el tiempo medido en 90 días, redondeado hacia abajo. El mantenimiento no cuenta.
times_in_utc = Horas y días en UTC.
page_made = Página creada: { $place }.
not_found = No encontrada
not_found_here = No hay ninguna página en esta dirección
current_status = Estado actual

## Services

since = desde { $place }
since_date = desde el { $place }
measured_since = Medido desde el { $place }.
not_measured = Aún sin medir.
service_not_measured = Sin datos: el servicio no se mide.
period_not_measured = sin medir
some_regions = Algunas regiones: problemas en { $failing } de { $of }.
provider_reports_nothing = Su página de estado no informa de ningún problema.
provider_agrees = Su página de estado coincide: operativo.
provider_degraded = Su página de estado informa de un servicio degradado desde: { $since }
provider_outage = Su página de estado informa de una caída desde: { $since }
provider_maintenance = Su página de estado informa de un mantenimiento desde: { $since }
provider_unconfirmed = { $report }, sin confirmar por esta página.
provider_later = { $report }, { $lag } después de esta página.
strip_not_measured = { $service }: aún sin medir
strip_since = { $service }: medido desde el { $date }
strip_period = { $service }: últimos 90 días
uptime_share = disponibilidad { $uptime }
days_with_problems = { $n ->
    [one] { $n } día con problemas
   *[other] { $n } días con problemas
}
days_with_maintenance = { $n ->
    [one] { $n } día con mantenimiento
   *[other] { $n } días con mantenimiento
}
days_without_data = { $n ->
    [one] { $n } día sin datos
   *[other] { $n } días sin datos
}
no_problems = sin problemas
down_for = caído durante { $length }
degraded_for = degradado durante { $length }
day_since = { $state } desde { $time }
n_incidents = { $n ->
    [one] { $n } incidencia
   *[other] { $n } incidencias
}

## Incidents and maintenance

investigating = En investigación
identified = Causa identificada
monitoring = En observación
resolved = Resuelta
postmortem = Análisis posterior
open_for = { $length } (a las { $time })
lasted = duración { $length }
updated = Actualizado: { $place }
next_update = Próxima actualización antes de: { $place }
earlier_updates = { $n ->
    [one] { $n } actualización anterior
   *[other] { $n } actualizaciones anteriores
}
affected = Servicios afectados: { $services }
announced = Anunciado
in_progress = En curso
completed = Terminado
planned = Previsto: { $from } – { $to }.
maintenance_in_progress = El mantenimiento está en curso.
maintenance_completed = El mantenimiento ha terminado.
calendar_title = { $page }: mantenimiento

## The page of a service

history_of = { $service }: historial
about_service = Disponibilidad, tiempos de respuesta e incidencias de { $service }.
history_until = Historial hasta: { $place }.
uptime = Disponibilidad
period_hours = 24 horas
period_week = 7 días
period_month = 30 días
period_quarter = 90 días
period_year = 12 meses
response_time = Tiempo de respuesta
lines_of_chart = Línea continua: mediana. Rayas: percentil 95. Puntos: percentil 99.
last_day = Últimas 24 horas
last_week = Últimos 7 días
last_quarter = Últimos 90 días
table = Tabla
start = Inicio
median = Mediana
chart_label = { $service }: { $period }, mediana del tiempo de respuesta de { $least } a { $most }, percentil 99 hasta { $highest }
incidents = Incidencias
no_incidents_in_quarter = Sin incidencias en los últimos 90 días.
badge = Insignia
badge_markdown = Markdown para un README:
uptime_of_service = La disponibilidad es el tiempo en funcionamiento, también degradado, dividido por el tiempo medido, redondeado hacia abajo. Horas y días en UTC.

## The pages of months and the calendar

month_and_year = { $month } de { $year }
weekday = { $day ->
    [1] lunes
    [2] martes
    [3] miércoles
    [4] jueves
    [5] viernes
    [6] sábado
   *[7] domingo
}
weekday_brief = { $day ->
    [1] lu
    [2] ma
    [3] mi
    [4] ju
    [5] vi
    [6] sá
   *[7] do
}
incidents_of_month = { $month }: incidencias
about_month = Incidencias y disponibilidad: { $month }.
months = Meses
more_incidents = { $n ->
    [one] { $n } incidencia más no se muestra aquí.
   *[other] { $n } incidencias más no se muestran aquí.
}
more_services = { $n ->
    [one] { $n } servicio más
   *[other] { $n } servicios más
}
uptime_of_month = La disponibilidad es el tiempo en funcionamiento, también degradado, dividido por el tiempo medido en el mes, redondeado hacia abajo. Horas y días en UTC.
calendar_of_incidents = Calendario de incidencias
about_calendar = Cada día muestra el peor estado de sus servicios.
linked_days = Días en UTC. Un día con enlace tiene incidencias o servicios que no funcionaban como de costumbre.

## The texts of incidents

names_and = { $first } y { $last }
names_and_more = { $first } y { $n } servicios más
is_down = { $tense ->
    [past] { $n ->
        [one] { $names } estaba caído
       *[other] { $names } estaban caídos
    }
   *[present] { $n ->
        [one] { $names } está caído
       *[other] { $names } están caídos
    }
}
has_problems = { $tense ->
    [past] { $n ->
        [one] { $names } tenía problemas
       *[other] { $names } tenían problemas
    }
   *[present] { $n ->
        [one] { $names } tiene problemas
       *[other] { $names } tienen problemas
    }
}
in_all_regions = {" "}en las { $of } regiones
in_some_regions = {" "}en { $failing } de { $of } regiones
since_then = { $tense ->
    [past] {" "}a partir del { $time }
   *[present] {" "}desde el { $time }
}
seen_unreachable = { $tense ->
    [past] No se podía acceder a { $names }{ $regions }{ $since }.
   *[present] No se puede acceder a { $names }{ $regions }{ $since }.
}
seen_late = { $tense ->
    [past] { $n ->
        [one] { $names } no respondía a tiempo{ $regions }{ $since }.
       *[other] { $names } no respondían a tiempo{ $regions }{ $since }.
    }
   *[present] { $n ->
        [one] { $names } no responde a tiempo{ $regions }{ $since }.
       *[other] { $names } no responden a tiempo{ $regions }{ $since }.
    }
}
seen_interrupted = { $tense ->
    [past] { $n ->
        [one] { $names } interrumpía sus respuestas{ $regions }{ $since }.
       *[other] { $names } interrumpían sus respuestas{ $regions }{ $since }.
    }
   *[present] { $n ->
        [one] { $names } interrumpe sus respuestas{ $regions }{ $since }.
       *[other] { $names } interrumpen sus respuestas{ $regions }{ $since }.
    }
}
seen_invalid_certificate = { $tense ->
    [past] { $n ->
        [one] { $names } tenía un certificado no válido{ $regions }{ $since }.
       *[other] { $names } tenían un certificado no válido{ $regions }{ $since }.
    }
   *[present] { $n ->
        [one] { $names } tiene un certificado no válido{ $regions }{ $since }.
       *[other] { $names } tienen un certificado no válido{ $regions }{ $since }.
    }
}
seen_expiring_certificate = { $tense ->
    [past] { $n ->
        [one] { $names } tenía un certificado a punto de caducar{ $regions }{ $since }.
       *[other] { $names } tenían un certificado a punto de caducar{ $regions }{ $since }.
    }
   *[present] { $n ->
        [one] { $names } tiene un certificado que caduca pronto{ $regions }{ $since }.
       *[other] { $names } tienen un certificado que caduca pronto{ $regions }{ $since }.
    }
}
seen_errors = { $tense ->
    [past] { $n ->
        [one] { $names } devolvía errores{ $regions }{ $since }.
       *[other] { $names } devolvían errores{ $regions }{ $since }.
    }
   *[present] { $n ->
        [one] { $names } devuelve errores{ $regions }{ $since }.
       *[other] { $names } devuelven errores{ $regions }{ $since }.
    }
}
seen_wrong_answers = { $tense ->
    [past] { $n ->
        [one] { $names } daba respuestas erróneas{ $regions }{ $since }.
       *[other] { $names } daban respuestas erróneas{ $regions }{ $since }.
    }
   *[present] { $n ->
        [one] { $names } da respuestas erróneas{ $regions }{ $since }.
       *[other] { $names } dan respuestas erróneas{ $regions }{ $since }.
    }
}
seen_overloaded = { $tense ->
    [past] { $n ->
        [one] { $names } estaba sobrecargado{ $regions }{ $since }.
       *[other] { $names } estaban sobrecargados{ $regions }{ $since }.
    }
   *[present] { $n ->
        [one] { $names } está sobrecargado{ $regions }{ $since }.
       *[other] { $names } están sobrecargados{ $regions }{ $since }.
    }
}
seen_throttled = { $tense ->
    [past] { $n ->
        [one] { $names } limitaba las solicitudes{ $regions }{ $since }.
       *[other] { $names } limitaban las solicitudes{ $regions }{ $since }.
    }
   *[present] { $n ->
        [one] { $names } limita las solicitudes{ $regions }{ $since }.
       *[other] { $names } limitan las solicitudes{ $regions }{ $since }.
    }
}
seen_overdue = { $tense ->
    [past] { $n ->
        [one] { $names } iba con retraso{ $regions }{ $since }.
       *[other] { $names } iban con retraso{ $regions }{ $since }.
    }
   *[present] { $n ->
        [one] { $names } va con retraso{ $regions }{ $since }.
       *[other] { $names } van con retraso{ $regions }{ $since }.
    }
}
seen_degraded = { $tense ->
    [past] { $n ->
        [one] { $names } funcionaba de forma degradada{ $regions }{ $since }.
       *[other] { $names } funcionaban de forma degradada{ $regions }{ $since }.
    }
   *[present] { $n ->
        [one] { $names } funciona de forma degradada{ $regions }{ $since }.
       *[other] { $names } funcionan de forma degradada{ $regions }{ $since }.
    }
}
seen_down = { $tense ->
    [past] { $n ->
        [one] { $names } no funcionaba{ $regions }{ $since }.
       *[other] { $names } no funcionaban{ $regions }{ $since }.
    }
   *[present] { $n ->
        [one] { $names } no funciona{ $regions }{ $since }.
       *[other] { $names } no funcionan{ $regions }{ $since }.
    }
}
provider_confirms = { $tense ->
    [past] La página de estado del proveedor confirmó un problema.
   *[present] La página de estado del proveedor confirma un problema.
}
provider_now_confirms = { $tense ->
    [past] La página de estado del proveedor confirmó después un problema.
   *[present] La página de estado del proveedor confirma ahora un problema.
}
provider_sees_nothing = { $tense ->
    [past] La página de estado del proveedor no informaba de ningún problema.
   *[present] La página de estado del proveedor no informa de ningún problema.
}
works_in_regions = { $tense ->
    [past] { $name } volvió a funcionar en { $working } de { $of } regiones{ $since }.
   *[present] { $name } vuelve a funcionar en { $working } de { $of } regiones{ $since }.
}
answers_again = { $tense ->
    [past] { $name } volvió a responder{ $since }, pero no como de costumbre.
   *[present] { $name } vuelve a responder{ $since }, pero no como de costumbre.
}
more_answer_again = { $tense ->
    [past] { $n ->
        [one] { $n } más volvió a responder, pero no como de costumbre.
       *[other] { $n } más volvieron a responder, pero no como de costumbre.
    }
   *[present] { $n ->
        [one] { $n } más vuelve a responder, pero no como de costumbre.
       *[other] { $n } más vuelven a responder, pero no como de costumbre.
    }
}
works_again = { $tense ->
    [past] { $n ->
        [one] { $names } volvió a funcionar{ $since }.
       *[other] { $names } volvieron a funcionar{ $since }.
    }
   *[present] { $n ->
        [one] { $names } vuelve a funcionar{ $since }.
       *[other] { $names } vuelven a funcionar{ $since }.
    }
}
no_longer_monitored = { $tense ->
    [past] { $n ->
        [one] { $names } ya no se supervisaba{ $since }.
       *[other] { $names } ya no se supervisaban{ $since }.
    }
   *[present] { $n ->
        [one] { $names } ya no se supervisa{ $since }.
       *[other] { $names } ya no se supervisan{ $since }.
    }
}
says_investigating = Se está investigando la causa.
says_identified = Se conoce la causa.
says_monitoring = El problema parece haber terminado. Los servicios están en observación.
says_resolved = La incidencia está resuelta.
says_postmortem = La incidencia se ha analizado.
other_works = El otro servicio funciona.
others_work = Los demás { $n } servicios funcionan.
some_others_work = { $working ->
    [one] { $working } de los demás { $n } servicios funciona.
   *[other] { $working } de los demás { $n } servicios funcionan.
}

## Las páginas de los proveedores de LLM y de sus modelos

llm_providers = Proveedores de LLM
models_and_prices = Modelos y precios
about_providers = Estado, velocidad y páginas de estado de los proveedores de LLM, según las mediciones.
about_models = Modelos de los proveedores de LLM: capacidades, contexto, precios de lista y velocidad medida.
states_of = Los estados son del { $place } o posteriores; las velocidades llegan hasta entonces.
checks = Comprobaciones
its_status_page = Su página de estado
its_incident = Su incidencia
its_phase = Fase: { $phase }.
comparison = Comparación
compared_without_page = Esta página no lee ninguna página de estado de este proveedor.
compared_without_data = No hay ninguna medición con la que comparar.
compared_reported_only = Su página de estado informa de un problema que las comprobaciones no muestran.
compared_measured_only = Las comprobaciones muestran un problema del que su página de estado no informa.
compared_no_problem = Las comprobaciones y su página de estado coinciden: ningún problema.
compared_agreeing = Las comprobaciones y su página de estado coinciden.
compared_before = Las comprobaciones vieron el problema { $lead } antes que su página de estado.
compared_after = Su página de estado informó del problema { $lead } antes de que lo vieran las comprobaciones.
reported_later = { $lead } después
reported_before = al mismo tiempo o antes
reported_not_yet = todavía no
reported_never = nunca
still_open = abierto
speeds = Tiempo hasta el primer token y tokens por segundo
speeds_of = Tiempo hasta el primer token y tokens por segundo de { $place }
last_period = Período
tokens_per_second = Tokens/s
no_speed = No se mide ninguna velocidad.
model_named = Modelo { $place }.
problems_in_quarter = Problemas de los últimos 90 días
problems_compared = Problemas que vieron las comprobaciones, y cuándo informó de ellos su página de estado
first_failed_check = Primera comprobación fallida
length = Duración
how_checked = Las comprobaciones piden a cada modelo una respuesta breve. Los estados se derivan solo de sus resultados, nunca de la página de estado de un proveedor.
provider = Proveedor
provider_details = Detalles de { $place }
provider_present = { $place }: estado actual y página de estado
search = Buscar
capability = Capacidad
any = Cualquiera
input_price_up_to = Precio de entrada hasta
context_from = Contexto desde
models_shown = { $shown } de { $total } modelos
model_table = Contexto en tokens, precios de lista por millón de tokens en dólares estadounidenses
model = Modelo
context = Contexto
input = Entrada
output = Salida
measured = medido
first_token_after = primer token { $time }
tokens_each_second = { $rate } tokens/s
shutdown_on = cierre el { $date }
facts_from = Contextos y precios del { $date }, de { $source }.
speeds_until = Las velocidades medidas son medianas de las 24 horas hasta el { $place }. Un modelo aparece si su proveedor se mide aquí.
