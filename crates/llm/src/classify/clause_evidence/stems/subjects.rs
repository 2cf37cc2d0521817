//! Stems of subjects.

use crate::classify::clause_evidence::ClauseSubject;

/// Returns the stems that name a subject.
pub(in crate::classify::clause_evidence) fn of(subject: ClauseSubject) -> &'static str {
    match subject {
        ClauseSubject::Credit => CREDIT,
        ClauseSubject::Plan => PLAN,
        ClauseSubject::Quota => QUOTA,
        ClauseSubject::Rate => RATE,
        ClauseSubject::Key => KEY,
        ClauseSubject::Account => ACCOUNT,
        ClauseSubject::Access => ACCESS,
        ClauseSubject::Region => REGION,
        ClauseSubject::Model => MODEL,
        ClauseSubject::Service => SERVICE,
        ClauseSubject::Content => CONTENT,
        ClauseSubject::Form => FORM,
        ClauseSubject::Client => CLIENT,
    }
}

/// Returns the stems that show that a clause with a stem of the subject is about something else.
pub(in crate::classify::clause_evidence) fn others(subject: ClauseSubject) -> &'static str {
    match subject {
        ClauseSubject::Credit => NOT_CREDIT,
        ClauseSubject::Plan => NOT_PLAN,
        ClauseSubject::Rate => NOT_RATE,
        ClauseSubject::Key => NOT_KEY,
        ClauseSubject::Account => NOT_ACCOUNT,
        ClauseSubject::Access => NOT_ACCESS,
        ClauseSubject::Region => NOT_REGION,
        ClauseSubject::Model => NOT_MODEL,
        ClauseSubject::Form => NOT_FORM,
        ClauseSubject::Client => NOT_CLIENT,
        ClauseSubject::Quota | ClauseSubject::Service | ClauseSubject::Content => "",
    }
}

const CREDIT: &str = "\
    | credit | credits | balance| fund | funds | wallet| money | budget| payment| invoice\
    | billing | bill | bills | prepaid| prepay| deposit| spend | spending | debt| top up | topup\
    | recharge| payg | cost limit | usd | coins | points |余额|额度|积分|点数|账单|资金|预算\
    |钱包|金币|费用|点券|余量";

const PLAN: &str = "\
    | subscription| subscribed | plan | plans | trial| package | membership| license | licence \
    | free tier | paid tier | entitlement|订阅|套餐|会员|试用|授权码|卡密";

const QUOTA: &str = "\
    | inference limit| set limit| limit set | quota| allowance| allocation| usage limit\
    | usage cap| account limit| user limit| key limit| plan limit| usage allotment| token grant\
    | tokens remaining |配额|限额|用量|次数|token数量";

const RATE: &str = "\
    | rate limit| ratelimit| rate | rpm | tpm | qps | qpm | tps | requests | concurren\
    | simultaneous|频率|速率|并发|请求数|请求次数|调用频|访问频";

const KEY: &str = "\
    | key | apikey| api token| access token| auth token| bearer| credential| secret | signature \
    | authorization | authentication | auth | jwt | id token| session token | session has | session is | your session | login | virtual key\
    | token |密钥|秘钥|令牌|凭证|签名|鉴权|认证|登录|身份|密匙";

const ACCOUNT: &str = "\
    | account| user | organization| organisation| org | team | workspace| tenant| customer \
    | member | owner | project |账号|账户|帐号|帐户|用户|组织|团队|租户|企业";

const ACCESS: &str = "\
    | access | permission| privilege| authorized |权限|授权";

const REGION: &str = "\
    | region| country| countries| territor| location| geo| jurisdiction|地区|区域|国家|地域";

const MODEL: &str = "\
    | model | models | deployment| engine | checkpoint | lora | adapter |模型";

const SERVICE: &str = "\
    | server| service| system | upstream| backend| provider| cluster| worker| gpu| node | nodes \
    | replica| instance| pool | channel| gateway | queue| capacity| resource| compute \
    | infrastructure| slots | inference | runner| container| connection| database | network \
    | internal | engine |服务|系统|上游|渠道|通道|后端|节点|资源|队列|机器|算力|引擎|网络|号池\
    |线路";

const CONTENT: &str = "\
    | content| prompt| input | output | message | messages | text | image | response | request \
    | query | topic|内容|输入|输出|提示词|文本|图片|信息|请求|话题";

const FORM: &str = "\
    | parameter| param | params | argument| field | fields | property| json | schema| body \
    | payload| header | format | role | value | max tokens | temperature| tool | tools \
    | messages | input | prompt | context| sequence| stop | content type | unmarshal| parse\
    | encoding | response format |参数|字段|格式|长度|上下文|入参|请求体";

const CLIENT: &str = "\
    | blocked | you have been | your access | your request| request | requests | traffic| bot \
    | bots | browser| client | user agent | activity| automated| firewall| waf | vpn | your ip \
    | captcha| visitor";

const NOT_CREDIT: &str = "\
    | permission| settings | thinking | tokens ";

const NOT_PLAN: &str = "\
    | subscription key| plan and billing | rate ";

const NOT_RATE: &str = "\
    | tokens in | images ";

const NOT_KEY: &str = "\
    | limit| exceed| json| unexpected token | position | object| body | param| propert| dict\
    | token id| max token| context| logit| thinking | field| upstream| tokens | schema| template\
    | long | least | message |上游";

const NOT_ACCOUNT: &str = "\
    | field| param| propert| value| role| messages | assistant | upstream| tool|上游|角色";

const NOT_ACCESS: &str = "\
    | upstream| file | url |上游";

const NOT_REGION: &str = "\
    | projects | resource";

const NOT_MODEL: &str = "\
    | subscription| plan | tier | account| key | project | organization| team | group | user \
    |账号|账户|分组|套餐|权限";

const NOT_FORM: &str = "\
    | upstream| server| response | provider| backend| end of | engine | service| deadline |上游\
    |响应|服务";

const NOT_CLIENT: &str = "\
    | key | account| user | token | organization|账号|账户";
