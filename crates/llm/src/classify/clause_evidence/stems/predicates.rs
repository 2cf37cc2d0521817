//! Stems of predicates, with the way in which they count.

use super::Polarity::{self, Fixed, Negated, Stated};
use crate::classify::clause_evidence::Predicate;

/// Returns the stems that state a predicate.
pub(in crate::classify::clause_evidence) fn of(
    predicate: Predicate,
) -> &'static [(Polarity, &'static str)] {
    match predicate {
        Predicate::Insufficient => INSUFFICIENT,
        Predicate::Exhausted => EXHAUSTED,
        Predicate::Reached => REACHED,
        Predicate::Expired => EXPIRED,
        Predicate::Disabled => DISABLED,
        Predicate::Invalid => INVALID,
        Predicate::Missing => MISSING,
        Predicate::Denied => DENIED,
        Predicate::NotFound => NOT_FOUND,
        Predicate::Refused => REFUSED,
        Predicate::Violates => VIOLATES,
        Predicate::TooFast => TOO_FAST,
        Predicate::Overloaded => OVERLOADED,
        Predicate::Unavailable => UNAVAILABLE,
        Predicate::Failed => FAILED,
    }
}

const INSUFFICIENT: &[(Polarity, &str)] = &[
    (
        Stated,
        "\
    | insufficien| inadequate| too low | lack| empty | negative | shortage| short of | below \
    | needs more | requires more | need more | low balance | shortfall| out of capacity ",
    ),
    (
        Negated,
        "\
    | enough | sufficient| adequate| remaining | left | cover",
    ),
    (
        Fixed,
        "\
    | no credit| no balance| no fund| no money | zero balance| zero credit| balance 0 \
    | balance is 0 | balance is zero | 0 credits | 0 remaining | zero remaining | remaining 0 \
    |不足|不够|为零|为负|为0|过低|没有余额|欠|紧张|短缺|不充足",
    ),
];

const EXHAUSTED: &[(Polarity, &str)] = &[(
    Stated,
    "\
    | exhaust| deplet| used up | ran out | run out | runs out | out of | consumed | drained \
    | spent | no more | used all | all used | overdraw| overdraft| none left | burned through \
    |用完|用尽|耗尽|用光|花完|耗光|消耗完|已用|使用完",
)];

const REACHED: &[(Polarity, &str)] = &[(
    Stated,
    "\
    | exceed| reached | reach | hit | over your | over its | over the | over limit | surpass\
    | maxed| beyond | overrun| too large | too long |超出|超过|超限|达到|已达|上限|已满|超额\
    |过长|过大|触发",
)];

const EXPIRED: &[(Polarity, &str)] = &[
    (
        Stated,
        "\
    | expir| lapsed | ended | overdue | past due | cancel| terminated | outdated |过期|到期|失效\
    |结束|逾期|截止",
    ),
    (
        Fixed,
        "\
    | no longer active | no longer valid ",
    ),
];

const DISABLED: &[(Polarity, &str)] = &[
    (
        Stated,
        "\
    | disabled| suspend| banned| blocked| frozen| locked| deactivat| revoked| inactive\
    | restricted| paused| archived | declined | unpaid| delinquent| on hold | blacklist\
    | invalidated | deleted | flagged |禁用|停用|冻结|封禁|锁定|暂停|被封|停机|注销|封停|关闭\
    |拉黑|停服",
    ),
    (
        Negated,
        "\
    | active | activated | enabled | paid | set up | good standing ",
    ),
    (
        Fixed,
        "\
    |未激活|未启用|未支付|未生效",
    ),
];

const INVALID: &[(Polarity, &str)] = &[
    (
        Stated,
        "\
    | invalid| incorrect| wrong | malformed| mismatch| illegal| unrecognized| unknown | bad \
    | unexpected | must be | must have | should be | cannot be | not a valid |无效|错误|非法\
    |有误",
    ),
    (
        Negated,
        "\
    | valid | recogni| match | correct | verify | verified | validate| authenticate| decode\
    | parse| accept| registered ",
    ),
    (
        Fixed,
        "\
    |不正确|不合法|不匹配|不符合|校验失败|验证失败|未通过",
    ),
];

const MISSING: &[(Polarity, &str)] = &[
    (
        Stated,
        "\
    | missing | empty | required | is needed | must provide | must include | must specify | not set \
    | need to | need a | requires | require |缺少|缺失|为空|请先",
    ),
    (
        Negated,
        "\
    | provided | supplied | present | specified | have | include| associated | attached | found \
    | subscribed | configured | given | set | purchased ",
    ),
    (
        Fixed,
        "\
    | no api key | no key | no active | no auth| no credential| no valid | no subscription \
    | no payment |未开通|未购买|未订阅|没有购买|未提供|不能为空|未传|未设置|未填|未登录|没有订阅",
    ),
];

const DENIED: &[(Polarity, &str)] = &[
    (
        Stated,
        "\
    | block access | blocks access | denied| forbidden| unauthorized| prohibited| rejected \
    | refused | disallowed| unauthorised|禁止|拒绝",
    ),
    (
        Negated,
        "\
    | allowed | permitted| authorized | authorised | access | permission| granted | available \
    | eligible | entitled | privilege",
    ),
    (
        Fixed,
        "\
    |无权|没有权限|权限不足|无权限|没有访问|不允许|未被授权|未授权|无访问",
    ),
];

const NOT_FOUND: &[(Polarity, &str)] = &[
    (
        Stated,
        "\
    | unsupported| unknown | deprecated| retired| archived | removed | sunset| decommission| discontinued\
    | nonexistent | obsolete| shut down |下线|下架|停止服务|弃用",
    ),
    (
        Negated,
        "\
    | found | exist| support| deployed | offered | such | served | configured | listed ",
    ),
    (
        Fixed,
        "\
    |不存在|未找到|找不到|不支持|未部署|没有找到|未配置",
    ),
];

const REFUSED: &[(Polarity, &str)] = &[
    (
        Stated,
        "\
    | violat| flagged | moderat| unsafe | harmful| inappropriate| offensive| sensitive| safety \
    | guardrail| suspicious| unusual | malicious| detected | filtered | content filter| nsfw \
    | risk| challenge | blocked |违反|敏感|违规|不合规|风险|审核|涉及|涉嫌|安全|拦截|屏蔽",
    ),
    (
        Negated,
        "\
    | comply | compliant | human ",
    ),
];

const VIOLATES: &[(Polarity, &str)] = &[
    (
        Stated,
        "\
    | violat| content policy | content policies |违反|违规",
    ),
    (
        Negated,
        "\
    | comply ",
    ),
];

const TOO_FAST: &[(Polarity, &str)] = &[(
    Stated,
    "\
    | too many | too fast | too frequent| too quickly | too often | throttl| slow down \
    | rate limited | ratelimited |过快|过多|频繁|过高|限频|限流|限速|受限",
)];

const OVERLOADED: &[(Polarity, &str)] = &[
    (
        Stated,
        "\
    | overload| busy | congest| saturated | full | heavy load | high load | high demand \
    | at capacity | demand | oversubscribed |繁忙|过载|拥挤|拥堵|排队|负载|火爆|忙碌|爆满|饱和",
    ),
    (
        Negated,
        "\
    | capacity ",
    ),
];

const UNAVAILABLE: &[(Polarity, &str)] = &[
    (
        Stated,
        "\
    | unavailable| offline|不可用",
    ),
    (
        Negated,
        "\
    | available | loaded | ready | running ",
    ),
    (
        Fixed,
        "\
    |无可用|没有可用|暂无可用|未加载",
    ),
];

const FAILED: &[(Polarity, &str)] = &[
    (
        Stated,
        "\
    | down | fail| crash| unreachable| timed out | timeout| time out | outage| maintenance\
    | disconnect| reset | closed | broken | degraded | internal error | internal server error \
    | exception| error occurred | went wrong | interrupted | loading | warming up | starting \
    | cold start| temporarily | connection error | network error |超时|失败|异常|维护|崩溃|宕机|故障|中断|断开|出错|加载中",
    ),
    (
        Negated,
        "\
    | reached | healthy | reach | respond| connect| alive | confirmed | verified | charged \
    | processed ",
    ),
    (
        Fixed,
        "\
    |无法连接|未响应|无响应",
    ),
];
