//! The headers of the page behind CloudFront.

use std::collections::BTreeSet;

use allclear_status_site::delivery::{
    CACHE_CONTROL, FrameAncestors, content_security, is_for_other_sites,
};
use serde_json::{Value, json};

use super::document::{of_type, template};
use crate::repository::files;

/// The folder whose subfolders are whole sites.
const GOLDEN: &str = "status-site/tests/golden/";

fn distribution(template: &Value) -> &Value {
    &of_type(template, "AWS::CloudFront::Distribution")[0].1["Properties"]["DistributionConfig"]
}

fn headers<'a>(template: &'a Value, policy: &str) -> &'a Value {
    &template["Resources"][policy]["Properties"]["ResponseHeadersPolicyConfig"]
}

/// Returns the names of the files of a site that are no pages, such as `json`, or `metrics` if there is no extension.
fn data_names() -> BTreeSet<String> {
    let files = files();
    let paths = files.iter().filter_map(|path| path.strip_prefix(GOLDEN)?.split_once('/'));
    let data = paths.map(|(_, path)| path).filter(|path| is_for_other_sites(path));
    let name = |path: &str| match path.rsplit_once('.') {
        Some((_, extension)) => format!("*.{extension}"),
        None => path.to_owned(),
    };
    data.map(name).collect()
}

#[test]
fn data_has_the_headers_of_data_and_all_else_those_of_a_page() {
    let template = template();
    let config = distribution(&template);
    let of_pages = &config["DefaultCacheBehavior"];
    assert_eq!(of_pages["ResponseHeadersPolicyId"]["Ref"], "PageHeadersPolicy");
    let mut patterns = BTreeSet::new();
    for behavior in config["CacheBehaviors"].as_array().unwrap() {
        patterns.insert(behavior["PathPattern"].as_str().unwrap().to_owned());
        let mut expected = of_pages.clone();
        expected["PathPattern"] = behavior["PathPattern"].clone();
        let policy = match behavior["PathPattern"].as_str() {
            Some("embed.html") => "EmbedHeadersPolicy",
            _ => "DataHeadersPolicy",
        };
        expected["ResponseHeadersPolicyId"] = json!({ "Ref": policy });
        assert_eq!(*behavior, expected);
    }
    let missing: Vec<_> = data_names().difference(&patterns).cloned().collect();
    assert_eq!(missing, [] as [String; 0], "add cache behaviors to the distribution");
}

#[test]
fn the_headers_are_those_of_the_server_on_one_machine() {
    let template = template();
    let security = |policy| &headers(&template, policy)["SecurityHeadersConfig"];
    let content = |policy| {
        let policy = &security(policy)["ContentSecurityPolicy"];
        assert_eq!(policy["Override"], true);
        policy["ContentSecurityPolicy"].as_str().unwrap().split("; ").collect::<BTreeSet<_>>()
    };
    // The page itself contains the rest of its policy.
    let frames = &FrameAncestors::default();
    let whole = content_security("index.html", frames);
    let of_pages = content("PageHeadersPolicy");
    assert!(of_pages.is_subset(&whole.split("; ").collect()), "{of_pages:?}");
    assert_eq!(of_pages, BTreeSet::from(["frame-ancestors 'none'"]));
    let (json, svg) = (content_security("a.json", frames), content_security("a.svg", frames));
    let expected = json.split("; ").chain(svg.split("; ")).collect::<BTreeSet<_>>();
    assert_eq!(content("DataHeadersPolicy"), expected);
    for policy in ["PageHeadersPolicy", "DataHeadersPolicy"] {
        let security = security(policy);
        assert_eq!(security["ContentTypeOptions"]["Override"], true);
        assert_eq!(security["FrameOptions"]["FrameOption"], "DENY");
        let referrer = &security["ReferrerPolicy"]["ReferrerPolicy"];
        assert_eq!(referrer, "strict-origin-when-cross-origin");
        let https_only = &security["StrictTransportSecurity"]["AccessControlMaxAgeSec"];
        assert!(https_only.as_i64().unwrap() >= 31_536_000);
    }
    assert!(headers(&template, "PageHeadersPolicy")["CorsConfig"].is_null());
    let cors = &headers(&template, "DataHeadersPolicy")["CorsConfig"];
    assert_eq!(cors["AccessControlAllowOrigins"]["Items"], json!(["*"]));
    assert_eq!(cors["AccessControlAllowCredentials"], false);
}

#[test]
fn the_widget_may_be_framed_by_the_sites_of_a_parameter() {
    let template = template();
    let security = &headers(&template, "EmbedHeadersPolicy")["SecurityHeadersConfig"];
    let policy = &security["ContentSecurityPolicy"]["ContentSecurityPolicy"];
    assert_eq!(policy["Fn::Sub"], "frame-ancestors ${EmbedOrigins}");
    assert!(security["FrameOptions"].is_null(), "it would forbid each frame");
    assert_eq!(template["Parameters"]["EmbedOrigins"]["Default"], "'none'");
}

#[test]
fn a_page_is_cached_for_seconds_and_by_its_path_alone() {
    let template = template();
    let policy = &template["Resources"]["CachePolicy"]["Properties"]["CachePolicyConfig"];
    assert_eq!(policy["MinTTL"], 0, "the cache would ignore the header of the file");
    let max_age = CACHE_CONTROL.split(", ").find_map(|part| part.strip_prefix("max-age="));
    assert!(max_age.unwrap().parse::<u32>().unwrap() <= 15);
    let key = &policy["ParametersInCacheKeyAndForwardedToOrigin"];
    assert_eq!(key["QueryStringsConfig"]["QueryStringBehavior"], "none");
    assert_eq!(key["CookiesConfig"]["CookieBehavior"], "none");
    let errors = distribution(&template)["CustomErrorResponses"].as_array().unwrap();
    assert!(errors.iter().all(|error| error["ErrorCachingMinTTL"].as_i64().unwrap() <= 15));
}

#[test]
fn the_record_of_the_generator_is_not_served() {
    let template = template();
    let mut n = 0;
    for (name, policy) in of_type(&template, "AWS::S3::BucketPolicy") {
        let statements = policy["Properties"]["PolicyDocument"]["Statement"].as_array().unwrap();
        let allows = statements.iter().find(|one| one["Action"] == "s3:GetObject").unwrap();
        let denies = statements.iter().find(|one| one["Effect"] == "Deny").unwrap();
        assert_eq!(denies["Resource"]["Fn::Sub"], "${SiteBucket.Arn}/.published.json", "{name}");
        assert_eq!(denies["Action"], "s3:GetObject");
        assert_eq!(denies["Principal"], allows["Principal"]);
        n += 1;
    }
    assert_eq!(n, 2);
}
