//! No network: one notification that monitoring is impaired, no outage on the page, and no effect
//! on uptime. Linux namespaces take the network away from the command alone.

use std::fmt::Write as _;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::Duration;

use serde_json::Value;

use crate::stage::{PATIENCE, Process, Stage, Up, eventually, heading};

const SITES: [&str; 4] = ["one.example", "two.example", "three.example", "four.example"];

/// The time limit for a confirmation: two runs are needed, and each monitor is checked every 10 s.
const CONFIRMED_WITHIN: Duration = Duration::from_secs(40);

fn config(sites: impl IntoIterator<Item = String>, port: u16, channel: &str) -> String {
    let mut config = "[defaults]\ninterval = \"10s\"\ntimeout = \"5s\"\n\n".to_owned();
    writeln!(config, "[[rule]]\nid = \"service_down\"\nfor = \"0s\"\n").unwrap();
    writeln!(config, "[[channel]]\nid = \"operators\"\n{channel}").unwrap();
    for (index, site) in sites.into_iter().enumerate() {
        let url = format!("http://{site}:{port}/service-{index}");
        let check = format!("check.http = {{ url = \"{url}\" }}");
        writeln!(config, "\n[[monitor]]\nid = \"service-{index}\"\n{check}").unwrap();
    }
    config
}

/// Checks whether this machine permits namespaces of this kind.
fn can_unshare(flags: &str) -> bool {
    let mut command = Command::new("unshare");
    command.args([flags, "true"]).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    command.status().is_ok_and(|status| status.success())
}

/// Checks that no service is down and none has lost uptime.
fn assert_no_service_is_down(report: &Value, uptime: &Value) {
    let services = report["services"].as_array().unwrap();
    assert_eq!(services.len(), SITES.len(), "{report}");
    for service in services {
        assert_ne!(service["current_status"], "unhealthy", "{service}");
        assert_eq!(service["uptime_percentage"], *uptime, "{service}");
        assert_eq!(service["firing"], Value::Array(Vec::new()), "{service}");
    }
}

#[tokio::test]
async fn a_missing_network_causes_one_notice_and_no_outage() {
    let stage = Stage::new().await;
    let within = ["unshare", "-rn", "sh", "-c", "ip link set lo up; exec \"$0\" \"$@\""];
    let up = ["up", "--listen", "127.0.0.1:0"];
    let command = if can_unshare("-rn") {
        stage.config(&config(SITES.map(str::to_owned), 80, "send.log = {}"));
        stage.command_within(&within, &up)
    } else {
        // Names that never resolve look the same to the command.
        eprintln!("`unshare -rn` is not allowed here: names under `.invalid` have to do");
        let sites = SITES.map(|site| site.replace("example", "invalid"));
        stage.config(&config(sites, 80, "send.log = {}"));
        stage.command(&up)
    };
    let mut process = Process::start(command);
    process.said("Monitoring impaired", CONFIRMED_WITHIN).await;

    // Two more checks of each monitor cause no further notification.
    let fewest = "SELECT min(n) FROM (SELECT count(*) AS n FROM outcomes GROUP BY monitor)";
    eventually("four checks of each", Duration::from_mins(1), async || {
        (stage.query(fewest).await.trim().parse::<u32>().ok()? >= 4).then_some(())
    })
    .await;
    let report = stage.report().await;
    assert_no_service_is_down(&report, &Value::Null);
    assert!(report["summary"]["monitoring_impaired_since"].is_string(), "{report}");
    assert_eq!(report["summary"]["unknown_services"], SITES.len());
    let ended = process.terminated(Duration::from_secs(10)).await;
    assert_eq!(ended.code, Some(0), "{ended:?}");
    let notices = ended.stderr.lines().filter(|line| line.contains("[error]")).count();
    assert_eq!(notices, 1, "{}", ended.stderr);
    let page = stage.published("index.html").unwrap();
    assert_eq!(heading(&page), "Status unknown: monitoring is impaired");
    assert!(!page.contains("is down"), "{page}");
    let summary = stage.published("api/v2/summary.json").unwrap();
    assert!(!summary.contains("outage"), "{summary}");
    assert_eq!(stage.query("SELECT DISTINCT service_name FROM alerts").await.trim(), "allclear");
}

/// A private `/etc/hosts` of the command, with or without the names.
struct Names {
    hosts: PathBuf,
    resolvers: PathBuf,
}

impl Names {
    fn new(stage: &Stage) -> Self {
        let names = Self { hosts: stage.path("hosts"), resolvers: stage.path("resolv.conf") };
        // No name server listens there.
        std::fs::write(&names.resolvers, "nameserver 127.0.0.1\noptions timeout:1\n").unwrap();
        names.make_known();
        names
    }

    fn make_known(&self) {
        self.write_hosts(&SITES.join(" "));
    }

    fn make_unknown(&self) {
        self.write_hosts("");
    }

    fn write_hosts(&self, sites: &str) {
        std::fs::write(&self.hosts, format!("127.0.0.1 localhost {sites}\n")).unwrap();
    }

    fn script(&self) -> String {
        let (hosts, resolvers) = (self.hosts.display(), self.resolvers.display());
        format!(
            "mount --bind '{hosts}' /etc/hosts && mount --bind '{resolvers}' /etc/resolv.conf && \
             exec \"$0\" \"$@\""
        )
    }
}

#[tokio::test]
async fn failing_name_resolution_causes_no_outage_and_the_recovery_is_notified() {
    let mut stage = Stage::new().await;
    stage.inbox_as_secret("hook");
    let names = Names::new(&stage);
    let port = stage.simulator.http_address().port();
    let channel = "send.webhook = { url = \"secret:hook\" }";
    stage.config(&config(SITES.map(str::to_owned), port, channel));
    if !can_unshare("-rm") {
        // Without the namespace, the test cannot make a name stop or start resolving.
        eprintln!("NOT TESTED: `unshare -rm` is not allowed here; try it as root");
        return;
    }
    let script = names.script();
    let within = ["unshare", "-rm", "sh", "-c", &script];
    let up = Up::of(stage.command_within(&within, &["up", "--listen", "127.0.0.1:0"])).await;
    up.page_says("All systems operational", PATIENCE).await;

    names.make_unknown();
    let told = async |n: usize, title: &str| {
        let notice = eventually(title, CONFIRMED_WITHIN, async || {
            stage.simulator.inbox("hook").get(n - 1).map(|one| one.json().unwrap())
        })
        .await;
        assert_eq!(notice["title"], title, "{notice}");
        assert_eq!(notice["monitor"]["id"], "allclear");
    };
    told(1, "Monitoring impaired").await;
    let unknown = eventually("every service to be unknown", CONFIRMED_WITHIN, async || {
        let report = stage.report().await;
        (report["summary"]["unknown_services"] == SITES.len()).then_some(report)
    })
    .await;
    assert_no_service_is_down(&unknown, &Value::from(100.0));
    let page = up.get("/").await.body;
    assert!(!page.contains("is down"), "{}", heading(&page));

    names.make_known();
    told(2, "Monitoring works again").await;
    up.page_says("All systems operational", CONFIRMED_WITHIN).await;
    let report = stage.report().await;
    assert_no_service_is_down(&report, &Value::from(100.0));
    assert_eq!(report["summary"]["monitoring_impaired_since"], Value::Null);
    assert_eq!(up.process.terminated(Duration::from_secs(10)).await.code, Some(0));
    assert_eq!(stage.simulator.inbox("hook").len(), 2);
}
