//! Stems of subjects and predicates, in English and Chinese.
//!
//! A list holds stems behind bars. A stem is compared with a clause, whose words stand between single
//! spaces: a space in front is the beginning of a word, a space behind is its end. Chinese has no
//! spaces between words.

use super::{Predicate, Subject};

/// The way in which a stem counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Sense {
    /// It states the predicate unless it is negated: "exceeded".
    Stated,
    /// It states the predicate only where it is negated: "not enough".
    Negated,
    /// It holds its own negation: "no longer".
    Fixed,
}

/// Checks whether a clause contains a stem of a list.
pub(super) fn contains(clause: &str, list: &str) -> bool {
    stems(list).any(|stem| clause.contains(stem))
}

/// Returns the stems of a list.
pub(super) fn stems(list: &str) -> impl Iterator<Item = &str> {
    list.split('|').filter(|stem| !stem.is_empty())
}

impl Subject {
    /// Returns the name in ids of rules.
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Credit => "credit",
            Self::Plan => "plan",
            Self::Quota => "quota",
            Self::Rate => "rate",
            Self::Key => "key",
            Self::Account => "account",
            Self::Access => "access",
            Self::Region => "region",
            Self::Model => "model",
            Self::Service => "service",
            Self::Content => "content",
            Self::Form => "form",
            Self::Client => "client",
        }
    }
}

impl Predicate {
    /// Returns the name in ids of rules.
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Insufficient => "insufficient",
            Self::Exhausted => "exhausted",
            Self::Reached => "reached",
            Self::Expired => "expired",
            Self::Disabled => "disabled",
            Self::Invalid => "invalid",
            Self::Missing => "missing",
            Self::Denied => "denied",
            Self::NotFound => "not-found",
            Self::Refused => "refused",
            Self::Violates => "violates",
            Self::TooFast => "too-fast",
            Self::Overloaded => "overloaded",
            Self::Unavailable => "unavailable",
            Self::Failed => "failed",
        }
    }
}

/// Windows of a minute or less.
pub(super) const SHORT_WINDOWS: &str = "|minute| min | rpm | tpm | qps | qpm | tps | rps |second| sec | rate |concurren|分钟\
    |每秒|频率|速率|并发";

/// Windows of several hours or longer.
pub(super) const LONG_WINDOWS: &str = "| day|daily| rpd | tpd | week| month|24 hour| 24h |每天|每日|当日|今日|当天|今天\
    |每周|本周|每月|本月|当月| 3 hour| 4 hour| 5 hour| 6 hour| 8 hour| 12 hour|小时额度\
    |小时配额";

/// Marks of a state that lasts until a person acts.
pub(super) const HALTED: &str = "| paused | suspended | has been stopped | to continue using | contact your admin\
    | contact an admin| ask an admin|暂停|停用|联系管理员";

/// Marks of a state that passes.
pub(super) const TEMPORARY: &str = "| later | temporar| currently | at the moment | right now | at this time | again in \
    | momentarily | shortly | again soon |稍后|稍候|暂时|当前|稍等";

/// Returns the stems that name a subject.
pub(super) fn of_subject(subject: Subject) -> &'static str {
    match subject {
        Subject::Credit => {
            "| credit | credits | balance| fund | funds | wallet| money | budget| payment\
            | invoice| billing | bill | bills | prepaid| prepay| deposit| spend \
            | spending | debt| top up | topup| recharge| payg | cost limit | usd \
            | coins | points |余额|额度|积分|点数|账单|资金|预算|钱包|金币|费用|点券\
            |余量"
        }
        Subject::Plan => {
            "| subscription| subscribed | plan | plans | trial| package | membership\
            | license | licence | free tier | paid tier | entitlement|订阅|套餐|会员\
            |试用|授权码|卡密"
        }
        Subject::Quota => {
            "| inference limit| set limit| limit set | quota| allowance| allocation\
            | usage limit| usage cap| account limit| user limit| key limit| plan limit\
            | usage allotment| token grant| tokens remaining |配额|限额|用量|次数\
            |token数量"
        }
        Subject::Rate => {
            "| rate limit| ratelimit| rate | rpm | tpm | qps | qpm | tps | requests \
            | concurren| simultaneous|频率|速率|并发|请求数|请求次数|调用频|访问频"
        }
        Subject::Key => {
            "| key | apikey| api token| access token| auth token| bearer| credential\
            | secret | signature | authorization | authentication | auth | jwt \
            | id token| session | login | virtual key| token |密钥|秘钥|令牌|凭证|签名\
            |鉴权|认证|登录|身份|密匙"
        }
        Subject::Account => {
            "| account| user | organization| organisation| org | team | workspace| tenant\
            | customer | member | owner | project |账号|账户|帐号|帐户|用户|组织|团队\
            |租户|企业"
        }
        Subject::Access => "| access | permission| privilege| authorized |权限|授权",
        Subject::Region => {
            "| region| country| countries| territor| location| geo| jurisdiction|地区\
            |区域|国家|地域"
        }
        Subject::Model => {
            "| model | models | deployment| engine | checkpoint | lora | adapter |模型\
            "
        }
        Subject::Service => {
            "| server| service| system | upstream| backend| provider| cluster| worker\
            | gpu| node | nodes | replica| instance| pool | channel| gateway | queue\
            | capacity| resource| compute | infrastructure| slots | inference | runner\
            | container| connection| database | network | internal | engine |服务|系统\
            |上游|渠道|通道|后端|节点|资源|队列|机器|算力|引擎|网络|号池|线路"
        }
        Subject::Content => {
            "| content| prompt| input | output | message | messages | text | image \
            | response | request | query | topic|内容|输入|输出|提示词|文本|图片|信息\
            |请求|话题"
        }
        Subject::Form => {
            "| parameter| param | params | argument| field | fields | property| json \
            | schema| body | payload| header | format | role | value | max tokens \
            | temperature| tool | tools | messages | input | prompt | context| sequence\
            | stop | content type | unmarshal| parse| encoding | response format |参数\
            |字段|格式|长度|上下文|入参|请求体"
        }
        Subject::Client => {
            "| blocked | you have been | your access | your request| request | requests \
            | traffic| bot | bots | browser| client | user agent | activity| automated\
            | firewall| waf | vpn | your ip | captcha| visitor"
        }
    }
}

/// Returns the stems that show that a clause with a stem of the subject is about something else.
pub(super) fn others_of(subject: Subject) -> &'static str {
    match subject {
        Subject::Credit => "| permission| settings | thinking | tokens ",
        Subject::Plan => "| subscription key| plan and billing | rate ",
        Subject::Rate => "| tokens in | images ",
        Subject::Key => {
            "| limit| exceed| json| unexpected token | position | object| body | param| propert| dict\
            | token id| max token| context| logit| thinking | field| upstream| tokens \
            | schema| template| long | least | message |上游"
        }
        Subject::Account => {
            "| field| param| propert| value| role| messages | assistant | upstream| tool|上游|角色"
        }
        Subject::Access => "| upstream| file | url |上游",
        Subject::Region => "| projects | resource",
        Subject::Model => {
            "| subscription| plan | tier | account| key | project | organization| team \
            | group | user |账号|账户|分组|套餐|权限"
        }
        Subject::Form => {
            "| upstream| server| response | provider| backend| end of | engine | service\
            |上游|响应|服务"
        }
        Subject::Client => "| key | account| user | token | organization|账号|账户",
        Subject::Quota | Subject::Service | Subject::Content => "",
    }
}

/// Returns the stems that state a predicate, by the way in which they count.
pub(super) fn of_predicate(predicate: Predicate) -> &'static [(Sense, &'static str)] {
    use Sense::{Fixed, Negated, Stated};
    match predicate {
        Predicate::Insufficient => &[
            (
                Stated,
                "| insufficien| inadequate| too low | lack| empty | negative | shortage\
                | short of | below | needs more | requires more | need more \
                | low balance | shortfall| out of capacity ",
            ),
            (Negated, "| enough | sufficient| adequate| remaining | left | cover"),
            (
                Fixed,
                "| no credit| no balance| no fund| no money | zero balance| zero credit\
                | balance 0 | balance is 0 | balance is zero | 0 credits | 0 remaining \
                | zero remaining | remaining 0 |不足|不够|为零|为负|为0|过低|没有余额|欠\
                |紧张|短缺|不充足",
            ),
        ],
        Predicate::Exhausted => &[(
            Stated,
            "| exhaust| deplet| used up | ran out | run out | runs out | out of \
                | consumed | drained | spent | no more | used all | all used | overdraw\
                | overdraft| none left | burned through |用完|用尽|耗尽|用光|花完|耗光\
                |消耗完|已用|使用完",
        )],
        Predicate::Reached => &[(
            Stated,
            "| exceed| reached | reach | hit | over your | over its | over the \
                | over limit | surpass| maxed| beyond | overrun| too large | too long \
                |超出|超过|超限|达到|已达|上限|已满|超额|过长|过大|触发",
        )],
        Predicate::Expired => &[
            (
                Stated,
                "| expir| lapsed | ended | overdue | past due | cancel| terminated \
                | outdated |过期|到期|失效|结束|逾期|截止",
            ),
            (Fixed, "| no longer active | no longer valid "),
        ],
        Predicate::Disabled => &[
            (
                Stated,
                "| disabled| suspend| banned| blocked| frozen| locked| deactivat| revoked\
                | inactive| restricted| paused| archived | declined | unpaid| delinquent\
                | on hold | blacklist| invalidated | deleted | flagged |禁用|停用|冻结\
                |封禁|锁定|暂停|被封|停机|注销|封停|关闭|拉黑|停服",
            ),
            (Negated, "| active | activated | enabled | paid | set up | good standing "),
            (Fixed, "|未激活|未启用|未支付|未生效"),
        ],
        Predicate::Invalid => &[
            (
                Stated,
                "| invalid| incorrect| wrong | malformed| mismatch| illegal| unrecognized\
                | unknown | bad | unexpected | must be | must have | should be \
                | cannot be | not a valid |无效|错误|非法|有误",
            ),
            (
                Negated,
                "| valid | recogni| match | correct | verify | verified | validate\
                | authenticate| decode| parse| accept| registered ",
            ),
            (Fixed, "|不正确|不合法|不匹配|不符合|校验失败|验证失败|未通过"),
        ],
        Predicate::Missing => &[
            (
                Stated,
                "| missing | required | is needed | must provide | must include \
                | must specify | not set | need to | need a | requires | require |缺少\
                |缺失|为空|请先",
            ),
            (
                Negated,
                "| provided | supplied | present | specified | have | include\
                | associated | attached | found | subscribed | configured | given | set \
                | purchased ",
            ),
            (
                Fixed,
                "| no api key | no key | no active | no auth| no credential| no valid \
                | no subscription | no payment |未开通|未购买|未订阅|没有购买|未提供\
                |不能为空|未传|未设置|未填|未登录|没有订阅",
            ),
        ],
        Predicate::Denied => &[
            (
                Stated,
                "| block access | blocks access | denied| forbidden| unauthorized\
                | prohibited| rejected | refused | disallowed| unauthorised|禁止|拒绝",
            ),
            (
                Negated,
                "| allowed | permitted| authorized | authorised | access | permission\
                | granted | available | eligible | entitled | privilege",
            ),
            (Fixed, "|无权|没有权限|权限不足|无权限|没有访问|不允许|未被授权|未授权|无访问"),
        ],
        Predicate::NotFound => &[
            (
                Stated,
                "| unsupported| unknown | deprecated| retired| removed | sunset\
                | decommission| discontinued| nonexistent | obsolete| shut down |下线\
                |下架|停止服务|弃用",
            ),
            (
                Negated,
                "| found | exist| support| deployed | offered | such | served \
                | configured | listed ",
            ),
            (Fixed, "|不存在|未找到|找不到|不支持|未部署|没有找到|未配置"),
        ],
        Predicate::Refused => &[
            (
                Stated,
                "| violat| flagged | moderat| unsafe | harmful| inappropriate| offensive\
                | sensitive| safety | guardrail| suspicious| unusual | malicious\
                | detected | filtered | content filter| nsfw | risk| challenge \
                | blocked |违反|敏感|违规|不合规|风险|审核|涉及|涉嫌|安全|拦截|屏蔽",
            ),
            (Negated, "| comply | compliant | human "),
        ],
        Predicate::Violates => &[
            (Stated, "| violat| content policy | content policies |违反|违规"),
            (Negated, "| comply "),
        ],
        Predicate::TooFast => &[(
            Stated,
            "| too many | too fast | too frequent| too quickly | too often | throttl\
                | slow down | rate limited | ratelimited |过快|过多|频繁|过高|限频|限流\
                |限速|受限",
        )],
        Predicate::Overloaded => &[
            (
                Stated,
                "| overload| busy | congest| saturated | full | heavy load | high load \
                | high demand | at capacity | demand | oversubscribed |繁忙|过载|拥挤\
                |拥堵|排队|负载|火爆|忙碌|爆满|饱和",
            ),
            (Negated, "| capacity "),
        ],
        Predicate::Unavailable => &[
            (Stated, "| unavailable| offline|不可用"),
            (Negated, "| available | loaded | ready | running "),
            (Fixed, "|无可用|没有可用|暂无可用|未加载"),
        ],
        Predicate::Failed => &[
            (
                Stated,
                "| down | fail| crash| unreachable| timed out | timeout| time out \
                | outage| maintenance| disconnect| reset | closed | broken | degraded \
                | internal error | internal server error | exception| error occurred \
                | went wrong | interrupted | loading | warming up | starting \
                | cold start| temporarily |超时|失败|异常|维护|崩溃|宕机|故障|中断|断开\
                |出错|加载中",
            ),
            (
                Negated,
                "| reached | healthy | reach | respond| connect| alive | confirmed | verified \
                | charged | processed ",
            ),
            (Fixed, "|无法连接|未响应|无响应"),
        ],
    }
}
