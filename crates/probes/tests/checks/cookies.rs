//! Cookies of one attempt: they are sent back only to the server that set them.

use std::sync::{Arc, Mutex};

use allclear_core::reason::Reason;
use serde_json::json;

use crate::support::{FindingExt, RawServer, answer, bench, scripted_server};

fn cookie_of(head: &str) -> Option<&str> {
    head.lines().find_map(|line| line.strip_prefix("cookie: "))
}

fn path_of(head: &str) -> &str {
    head.split(' ').nth(1).unwrap_or_default()
}

fn redirect(to: &str, cookies: &[&str]) -> Vec<u8> {
    let cookies: Vec<String> =
        cookies.iter().map(|cookie| format!("set-cookie: {cookie}\r\n")).collect();
    answer("302 Found", &format!("location: {to}\r\n{}", cookies.concat()), b"")
}

/// Starts a server whose `/` sets cookies and redirects to `/next/page`. Returns it with the
/// cookies that it received there.
async fn setting(cookies: Vec<String>) -> (RawServer, Arc<Mutex<Vec<Option<String>>>>) {
    let came = Arc::new(Mutex::new(Vec::new()));
    let seen = Arc::clone(&came);
    let server = scripted_server(move |head| {
        if path_of(head) == "/" {
            let cookies: Vec<&str> = cookies.iter().map(String::as_str).collect();
            return redirect("/next/page", &cookies);
        }
        seen.lock().unwrap().push(cookie_of(head).map(str::to_owned));
        answer("200 OK", "", b"")
    })
    .await;
    (server, came)
}

async fn sent_back(cookies: &[&str]) -> Option<String> {
    let (server, came) = setting(cookies.iter().map(|cookie| (*cookie).to_owned()).collect()).await;
    let url = format!("http://{}/", server.address);
    bench().await.check("http", json!({ "url": url })).await.assert_healthy();
    came.lock().unwrap().remove(0)
}

#[tokio::test]
async fn a_page_that_redirects_until_it_receives_its_cookie_is_healthy() {
    let server = scripted_server(|head| match cookie_of(head) {
        Some("session=abc") => answer("200 OK", "", b"in"),
        _ => redirect("/", &["session=abc; Path=/; HttpOnly; SameSite=Lax"]),
    })
    .await;
    let url = format!("http://{}/", server.address);
    let bench = bench().await;
    for _ in 0..2 {
        // Each attempt begins without cookies.
        let finding = bench.check("http", json!({ "url": url, "expect": "body == 'in'" })).await;
        finding.assert_healthy();
        assert_eq!(finding.metric("redirects"), Some(1));
    }
}

#[tokio::test]
async fn a_cookie_goes_where_its_attributes_allow() {
    for (cookies, expected) in [
        (&["a=1", "b=2"][..], Some("a=1; b=2")),
        (&["a=1", "a=2"], Some("a=2")),
        (&["a=1; Path=/next"], Some("a=1")),
        (&["a=1; Path=/next/page"], Some("a=1")),
        (&["a=1; Path=/nex"], None),
        (&["a=1; Path=/other"], None),
        (&["a=1; Path=/", "b=2; Path=/next"], Some("b=2; a=1")),
        (&["a=1; Domain=127.0.0.1"], Some("a=1")),
        (&["a=1; Domain=example.com"], None),
        (&["a=1; Domain=0.0.1"], None),
        (&["a=1; Secure"], None),
        (&["a=1; Max-Age=0"], None),
        (&["a=1; Expires=Thu, 01 Jan 1970 00:00:00 GMT"], None),
        (&["a=1; Expires=Thu, 01 Jan 2099 00:00:00 GMT"], Some("a=1")),
        (&["a=1", "a=; Max-Age=0"], None),
        (&["=1", "nonsense", ""], None),
    ] {
        assert_eq!(sent_back(cookies).await.as_deref(), expected, "{cookies:?}");
    }
}

#[tokio::test]
async fn cookies_are_bounded_in_number_and_bytes() {
    let many: Vec<String> = (0..90).map(|n| format!("c{n}=1")).collect();
    let many: Vec<&str> = many.iter().map(String::as_str).collect();
    let came = sent_back(&many).await.unwrap();
    assert_eq!(came.split("; ").count(), 50);
    assert_eq!(sent_back(&[&format!("a={}", "x".repeat(5_000))]).await, None);
    let large: Vec<String> = (0..10).map(|n| format!("c{n}={}", "x".repeat(4_000))).collect();
    let large: Vec<&str> = large.iter().map(String::as_str).collect();
    let came = sent_back(&large).await.unwrap();
    assert!(came.len() < 17 * 1024, "{}", came.len());
}

#[tokio::test]
async fn a_cookie_of_one_server_is_never_sent_to_another() {
    let (other, came) = setting(Vec::new()).await;
    let to = format!("http://{}/next/page", other.address);
    let server = scripted_server(move |_| redirect(&to, &["a=1; Path=/"])).await;
    let url = format!("http://{}/", server.address);
    bench().await.check("http", json!({ "url": url })).await.assert_healthy();
    assert_eq!(came.lock().unwrap().remove(0), None, "another port is another server");
}

#[tokio::test]
async fn a_cookie_is_sent_again_on_return_to_its_server() {
    let bench = bench().await;
    let came = Arc::new(Mutex::new(None));
    let seen = Arc::clone(&came);
    let login_url = Arc::new(Mutex::new(String::new()));
    let to_login = Arc::clone(&login_url);
    let first = scripted_server(move |head| {
        if path_of(head) == "/" {
            return redirect(&to_login.lock().unwrap(), &["a=1; Path=/"]);
        }
        *seen.lock().unwrap() = cookie_of(head).map(str::to_owned);
        answer("200 OK", "", b"")
    })
    .await;
    let home = format!("http://{}/in", first.address);
    let login = scripted_server(move |_| redirect(&home, &["b=2; Path=/"])).await;
    *login_url.lock().unwrap() = format!("http://{}/", login.address);
    let url = format!("http://{}/", first.address);
    bench.check("http", json!({ "url": url })).await.assert_healthy();
    assert_eq!(came.lock().unwrap().as_deref(), Some("a=1"));
}

#[tokio::test]
async fn a_cookie_of_the_config_is_replaced_by_what_the_server_sets() {
    let (server, came) = setting(vec!["session=new".to_owned()]).await;
    let url = format!("http://{}/", server.address);
    let headers = json!({ "cookie": "lang=en; session=old" });
    let params = json!({ "url": url, "headers": headers });
    bench().await.check("http", params).await.assert_healthy();
    assert_eq!(came.lock().unwrap().remove(0).as_deref(), Some("lang=en; session=new"));
}

#[tokio::test]
async fn a_cookie_that_never_helps_ends_in_too_many_redirects() {
    let server = scripted_server(|_| redirect("/", &["a=1"])).await;
    let url = format!("http://{}/", server.address);
    let finding = bench().await.check("http", json!({ "url": url })).await;
    finding.assert_down(Reason::RedirectRefused);
}
