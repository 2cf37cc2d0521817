# 页面的简体中文文本。

## Dates and numbers

month = { $month }月
month_brief = { $month }月
date = { $month }{ $day }日
date_brief = { $month }{ $day }日
date_with_year = { $year }年{ $month }{ $day }日
date_and_time = { $date } { $time }
time_utc = { $time } UTC
span = { $from } 至 { $to }
span_to = 至
decimal = { $whole }.{ $fraction }
percent = { $number }%
labeled = { $label }：{ $text }
label = { $place }：
comma = ，
sentence = { $text }。
between_sentences = {""}
two_units = { $larger } { $smaller }
n_s = { $n } 秒
n_min = { $n } 分钟
n_h = { $n } 小时
n_d = { $n } 天
n_minutes = { $n } 分钟
n_hours = { $n } 小时
n_days = { $n } 天

## States

operational = 正常
degraded = 性能下降
outage = 故障
maintenance = 维护
no_data = 无数据
day_operational = 正常
day_degraded = 性能下降
day_outage = 故障
day_maintenance = 维护
day_no_data = 无数据
group_operational = { $total } 项中 { $n } 项正常
group_degraded = { $total } 项中 { $n } 项性能下降
group_outage = { $total } 项中 { $n } 项故障
group_maintenance = { $total } 项中 { $n } 项维护中
group_no_data = { $total } 项中 { $n } 项无数据

## The answer

status_unknown = 状态未知
headline_without_services = 状态未知：没有监控任何服务
headline_never_measured = 状态未知：尚未进行测量
headline_stale = 状态未知：数据已是 { $age }前的
headline_impaired = 状态未知：监控出现问题
headline_unconfirmed = 状态未知：尚未确认任何状态
headline_all_without_data = 状态未知：所有服务均无数据
headline_down = { $place } 已中断
headline_degraded = { $place } 响应缓慢或部分失败
headline_all_down = 全部 { $total } 项服务已中断
headline_problems = { $total } 项服务中有 { $n } 项出现问题
headline_no_data = { $place } 无数据
headline_some_without_data = { $total } 项服务中有 { $n } 项无数据
headline_incident_of_service = { $place } 有未解决的事件
headline_incident = 有一起未解决的事件
headline_incidents = 有 { $n } 起未解决的事件
headline_in_maintenance = { $place } 正在维护
headline_some_in_maintenance = { $total } 项服务中有 { $n } 项正在维护
headline_maintenance = 正在进行维护
headline_operational = 所有系统运行正常
note_impaired = 由于监控出现问题，部分数据缺失。服务可能未受影响。
note_stale = 服务的当前状态未知。历史记录见下文。
note_no_data = { $total } 项服务中有 { $n } 项无数据。
title_with_state = { $state }：{ $headline }
checked = 上次检查：{ $place }。
never_checked = 尚未检查。
too_old = 超过 { $limit }的数据已过时，不可信。
ago = { $age }前

## Headings, links and labels

languages = 语言
subscribe = 订阅
calendar = 日历
open_incidents = 未解决的事件
services = 服务
past_incidents = 过往事件
earlier_incidents = 更早的事件
no_incidents = 无事件。
days_ago = 90 天前
today = 今天
incident_open = 未解决：{ $place }
incident_continued = 持续：{ $place }
plain_text = 纯文本
contact = 联系方式：{ $place }
notifications = 通知：{ $place }
mail_from_topic = 邮件（AWS 命令）：{ $place }
how_uptime = 可用率为 90 天内的可用时间（含性能下降）除以已测量的时间，向下取整。维护时间不计入。
times_in_utc = 时间和日期均为 UTC。
page_made = 页面生成：{ $place }。
not_found = 未找到
not_found_here = 此地址没有页面
current_status = 当前状态

## Services

since = 自 { $place }
since_date = 自 { $place }
measured_since = 自 { $place } 起测量。
not_measured = 尚未测量。
service_not_measured = 无数据：该服务未被测量。
period_not_measured = 未测量
some_regions = 部分地区：{ $of } 个地区中有 { $failing } 个出现问题。
provider_reports_nothing = 其状态页未报告问题。
provider_agrees = 其状态页一致：正常。
provider_degraded = 其状态页自 { $since } 起报告性能下降
provider_outage = 其状态页自 { $since } 起报告故障
provider_maintenance = 其状态页自 { $since } 起报告维护
provider_unconfirmed = { $report }，本页未能证实。
provider_later = { $report }，比本页晚 { $lag }。
strip_not_measured = { $service }：尚未测量
strip_since = { $service }：自 { $date } 起测量
strip_period = { $service }：过去 90 天
uptime_share = 可用率 { $uptime }
days_with_problems = { $n } 天有问题
days_with_maintenance = { $n } 天有维护
days_without_data = { $n } 天无数据
no_problems = 无问题
down_for = 中断 { $length }
degraded_for = 性能下降 { $length }
day_since = 自 { $time } 起{ $state }
n_incidents = { $n } 起事件

## Incidents and maintenance

investigating = 调查中
identified = 原因已确定
monitoring = 观察中
resolved = 已解决
postmortem = 事后分析
open_for = 截至 { $time } 已持续 { $length }
lasted = 持续 { $length }
updated = 更新：{ $place }
next_update = 下次更新不晚于 { $place }
earlier_updates = { $n } 条较早的更新
affected = 受影响的服务：{ $services }
announced = 已预告
in_progress = 进行中
completed = 已完成
planned = 计划时间：{ $from } 至 { $to }。
maintenance_in_progress = 维护正在进行。
maintenance_completed = 维护已完成。
calendar_title = { $page }：维护

## The page of a service

history_of = { $service }：历史
about_service = { $service } 的可用率、响应时间和事件。
history_until = 截至 { $place } 的历史。
uptime = 可用率
period_hours = 24 小时
period_week = 7 天
period_month = 30 天
period_quarter = 90 天
period_year = 12 个月
response_time = 响应时间
lines_of_chart = 实线：中位数。虚线：第 95 百分位。点线：第 99 百分位。
last_day = 过去 24 小时
last_week = 过去 7 天
last_quarter = 过去 90 天
table = 表格
start = 开始
median = 中位数
chart_label = { $service }：{ $period }，响应时间中位数 { $least } 至 { $most }，第 99 百分位最高 { $highest }
incidents = 事件
no_incidents_in_quarter = 过去 90 天无事件。
badge = 徽章
badge_markdown = 用于 README 的 Markdown：
uptime_of_service = 可用率为可用时间（含性能下降）除以已测量的时间，向下取整。时间和日期均为 UTC。

## The pages of months and the calendar

month_and_year = { $year }年{ $month }
weekday = { $day ->
    [1] 星期一
    [2] 星期二
    [3] 星期三
    [4] 星期四
    [5] 星期五
    [6] 星期六
   *[7] 星期日
}
weekday_brief = { $day ->
    [1] 一
    [2] 二
    [3] 三
    [4] 四
    [5] 五
    [6] 六
   *[7] 日
}
incidents_of_month = { $month }：事件
about_month = { $month }的事件和可用率。
months = 月份
more_incidents = 另外 { $n } 起事件未在此显示。
more_services = 另外 { $n } 项服务
uptime_of_month = 可用率为可用时间（含性能下降）除以当月已测量的时间，向下取整。时间和日期均为 UTC。
calendar_of_incidents = 事件日历
about_calendar = 每一天显示各服务的最差状态。
linked_days = 日期为 UTC。带链接的日期有事件，或有服务未正常运行。

## The texts of incidents

names_and = { $first } 和 { $last }
names_and_more = { $first } 和另外 { $n } 项服务
is_down = { $tense ->
    [past] { $names } 曾经中断
   *[present] { $names } 已中断
}
has_problems = { $tense ->
    [past] { $names } 曾出现问题
   *[present] { $names } 出现问题
}
in_all_regions = 在全部 { $of } 个地区
in_some_regions = 在 { $of } 个地区中的 { $failing } 个
since_then = 自 { $time } 起
seen_unreachable = { $tense ->
    [past] { $names } { $since }{ $regions }无法访问过。
   *[present] { $names } { $since }{ $regions }无法访问。
}
seen_late = { $tense ->
    [past] { $names } { $since }{ $regions }未能及时响应过。
   *[present] { $names } { $since }{ $regions }未能及时响应。
}
seen_interrupted = { $tense ->
    [past] { $names } { $since }{ $regions }曾出现响应中断。
   *[present] { $names } { $since }{ $regions }响应中断。
}
seen_invalid_certificate = { $tense ->
    [past] { $names } 的证书{ $since }{ $regions }曾经无效。
   *[present] { $names } 的证书{ $since }{ $regions }无效。
}
seen_expiring_certificate = { $tense ->
    [past] { $names } 的证书{ $since }{ $regions }曾临近过期。
   *[present] { $names } 的证书{ $since }{ $regions }即将过期。
}
seen_errors = { $tense ->
    [past] { $names } { $since }{ $regions }曾返回错误。
   *[present] { $names } { $since }{ $regions }返回错误。
}
seen_wrong_answers = { $tense ->
    [past] { $names } { $since }{ $regions }曾返回错误的回答。
   *[present] { $names } { $since }{ $regions }返回错误的回答。
}
seen_overloaded = { $tense ->
    [past] { $names } { $since }{ $regions }曾经过载。
   *[present] { $names } { $since }{ $regions }过载。
}
seen_throttled = { $tense ->
    [past] { $names } { $since }{ $regions }曾限制请求。
   *[present] { $names } { $since }{ $regions }限制请求。
}
seen_overdue = { $tense ->
    [past] { $names } { $since }{ $regions }曾经逾期。
   *[present] { $names } { $since }{ $regions }已逾期。
}
seen_degraded = { $tense ->
    [past] { $names } { $since }{ $regions }曾经可用，但不如平常。
   *[present] { $names } { $since }{ $regions }可用，但不如平常。
}
seen_down = { $tense ->
    [past] { $names } { $since }{ $regions }曾无法使用。
   *[present] { $names } { $since }{ $regions }无法使用。
}
provider_confirms = { $tense ->
    [past] 提供商自己的状态页当时证实了问题。
   *[present] 提供商自己的状态页证实了问题。
}
provider_now_confirms = { $tense ->
    [past] 提供商自己的状态页随后证实了问题。
   *[present] 提供商自己的状态页现已证实问题。
}
provider_sees_nothing = { $tense ->
    [past] 提供商自己的状态页当时未报告问题。
   *[present] 提供商自己的状态页未报告问题。
}
works_in_regions = { $tense ->
    [past] { $name } { $since }曾在 { $of } 个地区中的 { $working } 个恢复运行。
   *[present] { $name } { $since }在 { $of } 个地区中的 { $working } 个恢复运行。
}
answers_again = { $tense ->
    [past] { $name } { $since }曾恢复响应，但不如平常。
   *[present] { $name } { $since }恢复响应，但不如平常。
}
more_answer_again = { $tense ->
    [past] 另外 { $n } 项曾恢复响应，但不如平常。
   *[present] 另外 { $n } 项恢复响应，但不如平常。
}
works_again = { $tense ->
    [past] { $names } { $since }已恢复运行。
   *[present] { $names } { $since }恢复运行。
}
no_longer_monitored = { $tense ->
    [past] { $names } { $since }已不再受监控。
   *[present] { $names } { $since }不再受监控。
}
says_investigating = 正在调查原因。
says_identified = 原因已查明。
says_monitoring = 问题似乎已经结束。正在观察各项服务。
says_resolved = 事件已解决。
says_postmortem = 事件已分析完毕。
other_works = 另一项服务正常。
others_work = 其他 { $n } 项服务正常。
some_others_work = 其他 { $n } 项服务中有 { $working } 项正常。

## LLM 提供商及其模型的页面

llm_providers = LLM 提供商
models_and_prices = 模型和价格
about_providers = 根据测量得出的 LLM 提供商的状态、速度和状态页面。
about_models = LLM 提供商的模型：功能、上下文、标价和测得的速度。
states_of = 状态截至 { $place } 或更晚，速度截至该时间。
checks = 检查
its_status_page = 提供商的状态页面
its_incident = 提供商的事件
its_phase = 阶段：{ $phase }。
comparison = 对比
compared_without_page = 本页面不读取该提供商的状态页面。
compared_without_data = 没有可供对比的测量数据。
compared_reported_only = 其状态页面报告了检查未发现的问题。
compared_measured_only = 检查发现了其状态页面未报告的问题。
compared_no_problem = 检查与其状态页面一致：没有问题。
compared_agreeing = 检查与其状态页面一致。
compared_before = 检查比其状态页面早 { $lead } 发现问题。
compared_after = 其状态页面比检查早 { $lead } 报告问题。
reported_later = { $lead }后
reported_before = 同时或更早
reported_not_yet = 尚未报告
reported_never = 从未报告
still_open = 持续中
speeds = 首个 token 的时间和每秒 token 数
speeds_of = { $place } 的首个 token 时间和每秒 token 数
last_period = 时段
tokens_per_second = token/秒
no_speed = 未测量速度。
model_named = 模型 { $place }。
problems_in_quarter = 最近 90 天的问题
problems_compared = 检查发现的问题，以及其状态页面报告的时间
first_failed_check = 首次失败的检查
length = 持续时间
how_checked = 检查会请求每个模型给出简短的回答。状态只由检查结果得出，绝不来自提供商的状态页面。
provider = 提供商
provider_details = { $place } 的详情
provider_present = { $place }：当前状态和状态页面
search = 搜索
capability = 功能
any = 不限
input_price_up_to = 输入价格上限
context_from = 上下文下限
models_shown = { $shown } / { $total } 个模型
model_table = 上下文以 token 计，价格为每百万 token 的标价（美元）
model = 模型
context = 上下文
input = 输入
output = 输出
measured = 测得
first_token_after = 首个 token { $time }
tokens_each_second = { $rate } token/秒
shutdown_on = { $date }停止服务
facts_from = 上下文和价格截至 { $date }，来源：{ $source }。
speeds_until = 测得的速度是截至 { $place } 的 24 小时内的中位数。列出的模型其提供商均在此测量。
