# ページの日本語の文。

## Dates and numbers

month = { $month }月
month_brief = { $month }月
date = { $month }{ $day }日
date_brief = { $month }{ $day }日
date_with_year = { $year }年{ $month }{ $day }日
date_and_time = { $date } { $time }
time_utc = { $time } UTC
span = { $from }～{ $to }
span_to = ～
decimal = { $whole }.{ $fraction }
percent = { $number }%
labeled = { $label }：{ $text }
label = { $place }：
comma = 、
sentence = { $text }。
between_sentences = {""}
two_units = { $larger }{ $smaller }
n_s = { $n }秒
n_min = { $n }分
n_h = { $n }時間
n_d = { $n }日
n_minutes = { $n }分
n_hours = { $n }時間
n_days = { $n }日

## States

operational = 正常
degraded = 性能低下
outage = 障害
maintenance = メンテナンス
no_data = データなし
day_operational = 正常
day_degraded = 性能低下
day_outage = 障害
day_maintenance = メンテナンス
day_no_data = データなし
group_operational = { $total }件中{ $n }件が正常
group_degraded = { $total }件中{ $n }件が性能低下
group_outage = { $total }件中{ $n }件が障害
group_maintenance = { $total }件中{ $n }件がメンテナンス中
group_no_data = { $total }件中{ $n }件がデータなし

## The answer

status_unknown = 状態不明
headline_without_services = 状態不明：監視中のサービスがありません
headline_never_measured = 状態不明：まだ測定されていません
headline_stale = 状態不明：データは{ $age }前のものです
headline_impaired = 状態不明：監視に支障があります
headline_unconfirmed = 状態不明：状態はまだ確認されていません
headline_all_without_data = 状態不明：データのあるサービスがありません
headline_down = { $place }は停止しています
headline_degraded = { $place }は遅いか、一部で失敗しています
headline_all_down = { $total }件のサービスがすべて停止しています
headline_problems = { $total }件中{ $n }件のサービスに問題があります
headline_no_data = { $place }のデータがありません
headline_some_without_data = { $total }件中{ $n }件のサービスのデータがありません
headline_incident_of_service = { $place }に未解決の障害があります
headline_incident = 未解決の障害があります
headline_incidents = 未解決の障害が{ $n }件あります
headline_in_maintenance = { $place }はメンテナンス中です
headline_some_in_maintenance = { $total }件中{ $n }件のサービスがメンテナンス中です
headline_maintenance = メンテナンス中です
headline_operational = すべてのシステムは正常です
note_impaired = 監視に支障があるため、一部のデータがありません。サービスには影響がない可能性があります。
note_stale = サービスの現在の状態は不明です。これまでの履歴は以下にあります。
note_no_data = { $total }件中{ $n }件のサービスにデータがありません。
title_with_state = { $state }：{ $headline }
checked = 最終確認：{ $place }
never_checked = まだ確認されていません。
too_old = { $limit }より古いデータは信頼できません。
ago = { $age }前

## Headings, links and labels

languages = 言語
subscribe = 購読
calendar = カレンダー
open_incidents = 未解決の障害
services = サービス
past_incidents = 過去の障害
earlier_incidents = 以前の障害
no_incidents = 障害はありません。
days_ago = 90日前
today = 今日
incident_open = 未解決：{ $place }
incident_continued = 継続：{ $place }
plain_text = テキスト
contact = 連絡先：{ $place }
notifications = 通知：{ $place }
mail_from_topic = メール（AWS のコマンド）：{ $place }
how_uptime = 稼働率は、性能低下を含む稼働時間を90日間の測定時間で割り、端数を切り捨てたものです。メンテナンスは含みません。
times_in_utc = 日時はUTCです。
page_made = ページ作成：{ $place }
not_found = 見つかりません
not_found_here = このアドレスにページはありません
current_status = 現在の状態

## Services

since = { $place }から
since_date = { $place }から
measured_since = { $place }から測定しています。
not_measured = まだ測定されていません。
service_not_measured = データなし：サービスは測定されていません。
period_not_measured = 未測定
some_regions = 一部の地域：{ $of }地域中{ $failing }地域に問題があります。
provider_reports_nothing = 提供元のステータスページは問題を報告していません。
provider_agrees = 提供元のステータスページも正常と報告しています。
provider_degraded = 提供元のステータスページは{ $since }から性能低下を報告しています
provider_outage = 提供元のステータスページは{ $since }から障害を報告しています
provider_maintenance = 提供元のステータスページは{ $since }からメンテナンスを報告しています
provider_unconfirmed = { $report }（このページでは未確認）。
provider_later = { $report }（このページより{ $lag }後）。
strip_not_measured = { $service }：まだ測定されていません
strip_since = { $service }：{ $date }から測定
strip_period = { $service }：過去90日間
uptime_share = 稼働率{ $uptime }
days_with_problems = 問題のあった日{ $n }日
days_with_maintenance = メンテナンスのあった日{ $n }日
days_without_data = データのない日{ $n }日
no_problems = 問題なし
down_for = 停止{ $length }
degraded_for = 性能低下{ $length }
day_since = { $time }から{ $state }
n_incidents = 障害{ $n }件

## Incidents and maintenance

investigating = 調査中
identified = 原因特定
monitoring = 経過観察中
resolved = 解決済み
postmortem = 事後報告
open_for = { $time }現在{ $length }
lasted = 継続時間{ $length }
updated = 更新：{ $place }
next_update = 次の更新は { $place }まで
earlier_updates = 以前の更新{ $n }件
affected = 影響を受けるサービス：{ $services }
announced = 予定
in_progress = 実施中
completed = 完了
planned = 予定：{ $from }～{ $to }。
maintenance_in_progress = メンテナンスを実施しています。
maintenance_completed = メンテナンスは完了しました。
calendar_title = { $page }：メンテナンス

## The page of a service

history_of = { $service }：履歴
about_service = { $service }の稼働率、応答時間、障害。
history_until = { $place }までの履歴。
uptime = 稼働率
period_hours = 24時間
period_week = 7日間
period_month = 30日間
period_quarter = 90日間
period_year = 12か月
response_time = 応答時間
lines_of_chart = 実線：中央値。破線：95パーセンタイル。点線：99パーセンタイル。
last_day = 過去24時間
last_week = 過去7日間
last_quarter = 過去90日間
table = 表
start = 開始
median = 中央値
chart_label = { $service }：{ $period }、応答時間の中央値は{ $least }～{ $most }、99パーセンタイルは最大{ $highest }
incidents = 障害
no_incidents_in_quarter = 過去90日間に障害はありません。
badge = バッジ
badge_markdown = README用のMarkdown：
uptime_of_service = 稼働率は、性能低下を含む稼働時間を測定時間で割り、端数を切り捨てたものです。日時はUTCです。

## The pages of months and the calendar

month_and_year = { $year }年{ $month }
weekday = { $day ->
    [1] 月曜日
    [2] 火曜日
    [3] 水曜日
    [4] 木曜日
    [5] 金曜日
    [6] 土曜日
   *[7] 日曜日
}
weekday_brief = { $day ->
    [1] 月
    [2] 火
    [3] 水
    [4] 木
    [5] 金
    [6] 土
   *[7] 日
}
incidents_of_month = { $month }：障害
about_month = { $month }の障害と稼働率。
months = 月
more_incidents = ほか{ $n }件の障害はここに表示されません。
more_services = ほか{ $n }件のサービス
uptime_of_month = 稼働率は、性能低下を含む稼働時間をその月の測定時間で割り、端数を切り捨てたものです。日時はUTCです。
calendar_of_incidents = 障害カレンダー
about_calendar = 各日には、サービスの最も悪い状態が表示されます。
linked_days = 日付はUTCです。リンクのある日には、障害または通常どおり動作しなかったサービスがあります。

## The texts of incidents

names_and = { $first }、{ $last }
names_and_more = { $first }、ほか{ $n }件のサービス
is_down = { $tense ->
    [past] { $names }が停止していました
   *[present] { $names }が停止しています
}
has_problems = { $tense ->
    [past] { $names }に問題がありました
   *[present] { $names }に問題があります
}
in_all_regions = 全{ $of }地域で
in_some_regions = { $of }地域中{ $failing }地域で
since_then = { $time }から
seen_unreachable = { $tense ->
    [past] { $names }は{ $since }{ $regions }接続できませんでした。
   *[present] { $names }は{ $since }{ $regions }接続できません。
}
seen_late = { $tense ->
    [past] { $names }は{ $since }{ $regions }時間内に応答しませんでした。
   *[present] { $names }は{ $since }{ $regions }時間内に応答していません。
}
seen_interrupted = { $tense ->
    [past] { $names }は{ $since }{ $regions }応答が途中で切れていました。
   *[present] { $names }は{ $since }{ $regions }応答が途中で切れています。
}
seen_invalid_certificate = { $tense ->
    [past] { $names }の証明書は{ $since }{ $regions }無効でした。
   *[present] { $names }の証明書は{ $since }{ $regions }無効です。
}
seen_expiring_certificate = { $tense ->
    [past] { $names }の証明書は{ $since }{ $regions }期限切れが近づいていました。
   *[present] { $names }の証明書は{ $since }{ $regions }期限切れが近づいています。
}
seen_errors = { $tense ->
    [past] { $names }は{ $since }{ $regions }エラーを返していました。
   *[present] { $names }は{ $since }{ $regions }エラーを返しています。
}
seen_wrong_answers = { $tense ->
    [past] { $names }は{ $since }{ $regions }誤った応答を返していました。
   *[present] { $names }は{ $since }{ $regions }誤った応答を返しています。
}
seen_overloaded = { $tense ->
    [past] { $names }は{ $since }{ $regions }過負荷でした。
   *[present] { $names }は{ $since }{ $regions }過負荷です。
}
seen_throttled = { $tense ->
    [past] { $names }は{ $since }{ $regions }リクエストを制限していました。
   *[present] { $names }は{ $since }{ $regions }リクエストを制限しています。
}
seen_overdue = { $tense ->
    [past] { $names }は{ $since }{ $regions }予定より遅れていました。
   *[present] { $names }は{ $since }{ $regions }予定より遅れています。
}
seen_degraded = { $tense ->
    [past] { $names }は{ $since }{ $regions }動作していましたが、通常どおりではありませんでした。
   *[present] { $names }は{ $since }{ $regions }動作していますが、通常どおりではありません。
}
seen_down = { $tense ->
    [past] { $names }は{ $since }{ $regions }動作していませんでした。
   *[present] { $names }は{ $since }{ $regions }動作していません。
}
provider_confirms = { $tense ->
    [past] 提供元のステータスページも問題を認めていました。
   *[present] 提供元のステータスページも問題を認めています。
}
provider_now_confirms = { $tense ->
    [past] 提供元のステータスページもその後、問題を認めました。
   *[present] 提供元のステータスページも問題を認めました。
}
provider_sees_nothing = { $tense ->
    [past] 提供元のステータスページは問題を報告していませんでした。
   *[present] 提供元のステータスページは問題を報告していません。
}
works_in_regions = { $tense ->
    [past] { $name }は{ $since }{ $of }地域中{ $working }地域で再び動作していました。
   *[present] { $name }は{ $since }{ $of }地域中{ $working }地域で再び動作しています。
}
answers_again = { $tense ->
    [past] { $name }は{ $since }再び応答していましたが、通常どおりではありませんでした。
   *[present] { $name }は{ $since }再び応答していますが、通常どおりではありません。
}
more_answer_again = { $tense ->
    [past] ほか{ $n }件も再び応答していましたが、通常どおりではありませんでした。
   *[present] ほか{ $n }件も再び応答していますが、通常どおりではありません。
}
works_again = { $tense ->
    [past] { $names }は{ $since }再び動作していました。
   *[present] { $names }は{ $since }再び動作しています。
}
no_longer_monitored = { $tense ->
    [past] { $names }は{ $since }監視されていませんでした。
   *[present] { $names }は{ $since }監視されていません。
}
says_investigating = 原因を調査しています。
says_identified = 原因は判明しています。
says_monitoring = 問題は収まったとみられます。サービスの経過を観察しています。
says_resolved = 障害は解決しました。
says_postmortem = 障害の分析が完了しました。
other_works = もう1件のサービスは動作しています。
others_work = 他の{ $n }件のサービスは動作しています。
some_others_work = 他の{ $n }件のうち{ $working }件のサービスは動作しています。

## LLM プロバイダーとモデルのページ

llm_providers = LLM プロバイダー
models_and_prices = モデルと価格
about_providers = 測定にもとづく LLM プロバイダーの状態、速度、ステータスページ。
about_models = LLM プロバイダーのモデル：機能、コンテキスト、定価、測定した速度。
states_of = 状態は { $place } 以降のもので、速度はその時点までのものです。
checks = チェック
its_status_page = プロバイダーのステータスページ
its_incident = プロバイダーのインシデント
its_phase = 段階：{ $phase }。
comparison = 比較
compared_without_page = このページはプロバイダーのステータスページを読み取っていません。
compared_without_data = 比較できる測定値がありません。
compared_reported_only = ステータスページは、チェックでは確認されない問題を報告しています。
compared_measured_only = チェックは、ステータスページが報告していない問題を示しています。
compared_no_problem = チェックとステータスページは一致しています：問題なし。
compared_agreeing = チェックとステータスページは一致しています。
compared_before = チェックはステータスページより { $lead } 早く問題を検出しました。
compared_after = ステータスページはチェックより { $lead } 早く問題を報告しました。
reported_later = { $lead } 後
reported_before = 同時またはそれ以前
reported_not_yet = 未報告
reported_never = 報告なし
still_open = 継続中
speeds = 最初のトークンまでの時間と 1 秒あたりのトークン数
speeds_of = { $place }の最初のトークンまでの時間と 1 秒あたりのトークン数
last_period = 期間
tokens_per_second = トークン/秒
no_speed = 速度は測定されていません。
model_named = モデル { $place }。
problems_in_quarter = 過去 90 日間の問題
problems_compared = チェックが検出した問題と、ステータスページが報告した時点
first_failed_check = 最初に失敗したチェック
length = 継続時間
how_checked = チェックは各モデルに短い応答を求めます。状態はその結果だけから決まり、プロバイダーのステータスページからは決まりません。
provider = プロバイダー
provider_details = { $place }の詳細
provider_present = { $place }：現在の状態とステータスページ
search = 検索
capability = 機能
any = すべて
input_price_up_to = 入力価格の上限
context_from = コンテキストの下限
models_shown = { $total } 件中 { $shown } 件のモデル
model_table = コンテキストはトークン数、価格は 100 万トークンあたりの定価（米ドル）
model = モデル
context = コンテキスト
input = 入力
output = 出力
measured = 測定
first_token_after = 最初のトークン { $time }
tokens_each_second = { $rate } トークン/秒
shutdown_on = { $date } に提供終了
facts_from = コンテキストと価格は { $date } 時点、出典：{ $source }。
speeds_until = 測定した速度は { $place }までの 24 時間の中央値です。プロバイダーがここで測定されているモデルを掲載しています。
