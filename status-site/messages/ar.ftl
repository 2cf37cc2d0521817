# نصوص الصفحة بالعربية.

## Dates and numbers

month = { $month ->
    [1] يناير
    [2] فبراير
    [3] مارس
    [4] أبريل
    [5] مايو
    [6] يونيو
    [7] يوليو
    [8] أغسطس
    [9] سبتمبر
    [10] أكتوبر
    [11] نوفمبر
   *[12] ديسمبر
}
month_brief = { $month ->
    [1] يناير
    [2] فبراير
    [3] مارس
    [4] أبريل
    [5] مايو
    [6] يونيو
    [7] يوليو
    [8] أغسطس
    [9] سبتمبر
    [10] أكتوبر
    [11] نوفمبر
   *[12] ديسمبر
}
date = { $day } { $month }
date_brief = { $day } { $month }
date_with_year = { $day } { $month } { $year }
date_and_time = { $date }، { $time }
# The mark at the end keeps the following number apart.
time_utc = { $time } UTC{"\u200F"}
span = { $from } – { $to }
span_to = –
decimal = { $whole }.{ $fraction }
percent = { $number }%
labeled = { $label }: { $text }
label = { $place }:{" "}
comma = {"، "}
sentence = { $text }.
between_sentences = {" "}
two_units = { $larger } و{ $smaller }
n_s = { $n } ث
n_min = { $n } د
n_h = { $n } س
n_d = { $n } ي
n_minutes = { $n ->
    [zero] { $n } دقيقة
    [one] دقيقة واحدة
    [two] دقيقتان
    [few] { $n } دقائق
    [many] { $n } دقيقة
   *[other] { $n } دقيقة
}
n_hours = { $n ->
    [zero] { $n } ساعة
    [one] ساعة واحدة
    [two] ساعتان
    [few] { $n } ساعات
    [many] { $n } ساعة
   *[other] { $n } ساعة
}
n_days = { $n ->
    [zero] { $n } يوم
    [one] يوم واحد
    [two] يومان
    [few] { $n } أيام
    [many] { $n } يومًا
   *[other] { $n } يوم
}

## States

operational = يعمل
degraded = أداء متراجع
outage = متوقف
maintenance = صيانة
no_data = لا بيانات
day_operational = يعمل
day_degraded = أداء متراجع
day_outage = توقف
day_maintenance = صيانة
day_no_data = لا بيانات
group_operational = تعمل: { $n } من { $total }
group_degraded = أداء متراجع: { $n } من { $total }
group_outage = متوقفة: { $n } من { $total }
group_maintenance = في الصيانة: { $n } من { $total }
group_no_data = بلا بيانات: { $n } من { $total }

## The answer

status_unknown = الحالة غير معروفة
headline_without_services = الحالة غير معروفة: لا خدمات تحت المراقبة
headline_never_measured = الحالة غير معروفة: لم يُقَس شيء بعد
headline_stale = الحالة غير معروفة: عمر البيانات { $age }
headline_impaired = الحالة غير معروفة: المراقبة متعثرة
headline_unconfirmed = الحالة غير معروفة: لم تتأكد أي حالة بعد
headline_all_without_data = الحالة غير معروفة: لا بيانات لأي خدمة
headline_down = توقفت خدمة { $place }
headline_degraded = خدمة { $place } بطيئة أو متعثرة جزئيًا
headline_all_down = جميع الخدمات متوقفة ({ $total })
headline_problems = خدمات فيها مشكلات: { $n } من { $total }
headline_no_data = لا بيانات لخدمة { $place }
headline_some_without_data = خدمات بلا بيانات: { $n } من { $total }
headline_incident_of_service = حادث مفتوح في خدمة { $place }
headline_incident = يوجد حادث مفتوح
headline_incidents = حوادث مفتوحة: { $n }
headline_in_maintenance = خدمة { $place } تحت الصيانة
headline_some_in_maintenance = خدمات تحت الصيانة: { $n } من { $total }
headline_maintenance = الصيانة جارية
headline_operational = جميع الأنظمة تعمل
note_impaired = بعض البيانات مفقودة لأن المراقبة متعثرة. قد لا تكون الخدمات متأثرة.
note_stale = الحالة الراهنة للخدمات غير معروفة. سجلها معروض أدناه.
note_no_data = خدمات بلا بيانات: { $n } من { $total }.
title_with_state = { $state }: { $headline }
checked = آخر فحص: { $place }.
never_checked = لم يُفحص بعد.
too_old = البيانات الأقدم من { $limit } لا يُعتمد عليها.
ago = قبل { $age }

## Headings, links and labels

languages = اللغات
subscribe = اشتراك
calendar = التقويم
open_incidents = الحوادث المفتوحة
services = الخدمات
past_incidents = الحوادث السابقة
earlier_incidents = الحوادث الأقدم
no_incidents = لا حوادث.
days_ago = قبل 90 يومًا
today = اليوم
incident_open = مفتوح: { $place }
incident_continued = مستمر: { $place }
plain_text = نص عادي
contact = للتواصل: { $place }
notifications = الإشعارات: { $place }
mail_from_topic = البريد الإلكتروني، بأمر AWS: { $place }
how_uptime = نسبة التوفر هي مدة العمل، ومنها الأداء المتراجع، مقسومة على المدة المقيسة في 90 يومًا، مقرَّبة إلى الأدنى. لا تُحسب الصيانة.
times_in_utc = الأوقات والأيام بتوقيت UTC.
page_made = أُنشئت الصفحة: { $place }.
not_found = غير موجودة
not_found_here = لا توجد صفحة في هذا العنوان
current_status = الحالة الراهنة

## Services

since = منذ { $place }
since_date = منذ { $place }
measured_since = تُقاس منذ { $place }.
not_measured = لم تُقَس بعد.
service_not_measured = لا بيانات: الخدمة لا تُقاس.
period_not_measured = لم تُقَس
some_regions = بعض المناطق: مشكلات في { $failing } من { $of }.
provider_reports_nothing = صفحة حالة المزود لا تذكر أي مشكلة.
provider_agrees = صفحة حالة المزود متفقة: يعمل.
provider_degraded = صفحة حالة المزود تذكر أداءً متراجعًا منذ { $since }
provider_outage = صفحة حالة المزود تذكر توقفًا منذ { $since }
provider_maintenance = صفحة حالة المزود تذكر صيانة منذ { $since }
provider_unconfirmed = { $report }، ولم تؤكده هذه الصفحة.
provider_later = { $report }، بعد هذه الصفحة بمدة { $lag }.
strip_not_measured = { $service }: لم تُقَس بعد
strip_since = { $service }: تُقاس منذ { $date }
strip_period = { $service }: آخر 90 يومًا
uptime_share = نسبة التوفر { $uptime }
days_with_problems = أيام فيها مشكلات: { $n }
days_with_maintenance = أيام فيها صيانة: { $n }
days_without_data = أيام بلا بيانات: { $n }
no_problems = لا مشكلات
down_for = توقف لمدة { $length }
degraded_for = أداء متراجع لمدة { $length }
day_since = { $state } منذ { $time }
n_incidents = حوادث: { $n }

## Incidents and maintenance

investigating = قيد التحقيق
identified = السبب معروف
monitoring = قيد المراقبة
resolved = انتهى
postmortem = تقرير لاحق
open_for = { $length } حتى { $time }
lasted = المدة { $length }
updated = حُدِّث: { $place }
next_update = التحديث التالي قبل { $place }
earlier_updates = تحديثات سابقة: { $n }
affected = الخدمات المتأثرة: { $services }
announced = معلنة
in_progress = جارية
completed = منتهية
planned = مقررة: { $from } – { $to }.
maintenance_in_progress = الصيانة جارية.
maintenance_completed = انتهت الصيانة.
calendar_title = { $page }: صيانة

## The page of a service

history_of = { $service }: السجل
about_service = نسبة التوفر وزمن الاستجابة وحوادث خدمة { $service }.
history_until = السجل حتى { $place }.
uptime = نسبة التوفر
period_hours = 24 ساعة
period_week = 7 أيام
period_month = 30 يومًا
period_quarter = 90 يومًا
period_year = 12 شهرًا
response_time = زمن الاستجابة
lines_of_chart = خط متصل: الوسيط. خط متقطع: المئين 95. خط منقط: المئين 99.
last_day = آخر 24 ساعة
last_week = آخر 7 أيام
last_quarter = آخر 90 يومًا
table = جدول
start = البداية
median = الوسيط
chart_label = { $service }: { $period }، وسيط زمن الاستجابة من { $least } إلى { $most }، والمئين 99 حتى { $highest }
incidents = الحوادث
no_incidents_in_quarter = لا حوادث في آخر 90 يومًا.
badge = شارة
badge_markdown = صيغة Markdown لملف README:
uptime_of_service = نسبة التوفر هي مدة العمل، ومنها الأداء المتراجع، مقسومة على المدة المقيسة، مقرَّبة إلى الأدنى. الأوقات والأيام بتوقيت UTC.

## The pages of months and the calendar

month_and_year = { $month } { $year }
weekday = { $day ->
    [1] الاثنين
    [2] الثلاثاء
    [3] الأربعاء
    [4] الخميس
    [5] الجمعة
    [6] السبت
   *[7] الأحد
}
weekday_brief = { $day ->
    [1] اثن
    [2] ثلا
    [3] أرب
    [4] خمي
    [5] جمع
    [6] سبت
   *[7] أحد
}
incidents_of_month = { $month }: الحوادث
about_month = الحوادث ونسبة التوفر: { $month }.
months = الأشهر
more_incidents = حوادث أخرى غير معروضة هنا: { $n }
more_services = خدمات أخرى: { $n }
uptime_of_month = نسبة التوفر هي مدة العمل، ومنها الأداء المتراجع، مقسومة على المدة المقيسة في الشهر، مقرَّبة إلى الأدنى. الأوقات والأيام بتوقيت UTC.
calendar_of_incidents = تقويم الحوادث
about_calendar = يُظهر كل يوم أسوأ حالة لخدماته.
linked_days = الأيام بتوقيت UTC. لليوم الذي له رابط حوادث أو خدمات لم تعمل كالمعتاد.

## The texts of incidents

names_and = { $first } و{ $last }
names_and_more = { $first } وخدمات أخرى ({ $n })
is_down = { $tense ->
    [past] { $names }: توقف سابق
   *[present] { $names }: توقف
}
has_problems = { $tense ->
    [past] { $names }: مشكلات سابقة
   *[present] { $names }: مشكلات
}
in_all_regions = {" "}في جميع المناطق ({ $of })
in_some_regions = {" "}في { $failing } من { $of } مناطق
since_then = { $tense ->
    [past] {" "}ابتداءً من { $time }
   *[present] {" "}منذ { $time }
}
seen_unreachable = { $names }: تعذر الوصول{ $regions }{ $since }.
seen_late = { $names }: تأخر الاستجابة عن المهلة{ $regions }{ $since }.
seen_interrupted = { $names }: انقطاع الاستجابات{ $regions }{ $since }.
seen_invalid_certificate = { $names }: شهادة غير صالحة{ $regions }{ $since }.
seen_expiring_certificate = { $names }: شهادة توشك أن تنتهي{ $regions }{ $since }.
seen_errors = { $names }: أخطاء في الاستجابات{ $regions }{ $since }.
seen_wrong_answers = { $names }: استجابات خاطئة{ $regions }{ $since }.
seen_overloaded = { $names }: حمل زائد{ $regions }{ $since }.
seen_throttled = { $names }: تقييد الطلبات{ $regions }{ $since }.
seen_overdue = { $names }: تأخر عن الموعد{ $regions }{ $since }.
seen_degraded = { $names }: عمل دون المعتاد{ $regions }{ $since }.
seen_down = { $names }: توقف عن العمل{ $regions }{ $since }.
provider_confirms = { $tense ->
    [past] أكدت صفحة حالة المزود وجود مشكلة.
   *[present] تؤكد صفحة حالة المزود وجود مشكلة.
}
provider_now_confirms = { $tense ->
    [past] أكدت صفحة حالة المزود بعد ذلك وجود مشكلة.
   *[present] تؤكد صفحة حالة المزود الآن وجود مشكلة.
}
provider_sees_nothing = { $tense ->
    [past] لم تذكر صفحة حالة المزود أي مشكلة.
   *[present] لا تذكر صفحة حالة المزود أي مشكلة.
}
works_in_regions = { $name }: عودة إلى العمل في { $working } من { $of } مناطق{ $since }.
answers_again = { $name }: عودة إلى الاستجابة{ $since }، لكن دون المعتاد.
more_answer_again = خدمات أخرى عادت إلى الاستجابة دون المعتاد: { $n }.
works_again = { $names }: عودة إلى العمل{ $since }.
no_longer_monitored = { $names }: انتهاء المراقبة{ $since }.
says_investigating = يجري التحقيق في السبب.
says_identified = السبب معروف.
says_monitoring = يبدو أن المشكلة انتهت. الخدمات تحت المراقبة.
says_resolved = انتهى الحادث.
says_postmortem = جرى تحليل الحادث.
other_works = الخدمة الأخرى تعمل.
others_work = الخدمات الأخرى تعمل ({ $n }).
some_others_work = خدمات أخرى تعمل: { $working } من { $n }.

## صفحات مزودي النماذج اللغوية ونماذجهم

llm_providers = مزودو النماذج اللغوية
models_and_prices = النماذج والأسعار
about_providers = حالة مزودي النماذج اللغوية وسرعتهم وصفحات حالتهم وفق القياسات.
about_models = نماذج مزودي النماذج اللغوية: القدرات والسياق والأسعار المعلنة والسرعة المقاسة.
states_of = الحالات بتاريخ { $place } أو بعده، والسرعات حتى ذلك الوقت.
checks = الفحوص
its_status_page = صفحة حالته
its_incident = حادثته
its_phase = المرحلة: { $phase }.
comparison = المقارنة
compared_without_page = لا تقرأ هذه الصفحة أي صفحة حالة لهذا المزود.
compared_without_data = لا يوجد قياس للمقارنة به.
compared_reported_only = تبلغ صفحة حالته عن مشكلة لا تظهرها الفحوص.
compared_measured_only = تظهر الفحوص مشكلة لا تبلغ عنها صفحة حالته.
compared_no_problem = تتفق الفحوص مع صفحة حالته: لا توجد مشكلة.
compared_agreeing = تتفق الفحوص مع صفحة حالته.
compared_before = رصدت الفحوص المشكلة قبل صفحة حالته بمدة { $lead }.
compared_after = أبلغت صفحة حالته عن المشكلة قبل أن ترصدها الفحوص بمدة { $lead }.
reported_later = بعد { $lead }
reported_before = في الوقت نفسه أو قبله
reported_not_yet = ليس بعد
reported_never = لم تبلغ قط
still_open = مستمرة
speeds = الزمن حتى أول رمز وعدد الرموز في الثانية
speeds_of = الزمن حتى أول رمز وعدد الرموز في الثانية للنموذج { $place }
last_period = آخر
tokens_per_second = رمز/ث
no_speed = لا تقاس أي سرعة.
model_named = النموذج { $place }.
problems_in_quarter = مشكلات آخر 90 يومًا
problems_compared = المشكلات التي رصدتها الفحوص، ووقت إبلاغ صفحة حالته عنها
first_failed_check = أول فحص فاشل
length = المدة
how_checked = تطلب الفحوص من كل نموذج إجابة قصيرة. تستنتج الحالات من نتائجها وحدها، وليس من صفحة حالة المزود أبدًا.
provider = المزود
provider_details = تفاصيل { $place }
provider_present = { $place }: الحالة الراهنة وصفحة حالته
search = بحث
capability = القدرة
any = الكل
input_price_up_to = سعر الإدخال حتى
context_from = السياق من
models_shown = النماذج: { $shown } من { $total }
model_table = السياق بالرموز، والأسعار المعلنة لكل مليون رمز بالدولار الأمريكي
model = النموذج
context = السياق
input = الإدخال
output = الإخراج
measured = مقاس
# The invisible characters keep the number before its unit.
first_token_after = أول رمز {"\u2066"}{ $time }{"\u2069"}
tokens_each_second = { $rate } رمز/ث
shutdown_on = يتوقف في { $date }
facts_from = السياقات والأسعار بتاريخ { $date }، من { $source }.
speeds_until = السرعات المقاسة هي وسيط الساعات الأربع والعشرين حتى { $place }. يدرج النموذج إذا كان مزوده يقاس هنا.
