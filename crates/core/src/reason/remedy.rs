//! The remedies of the reasons, and the effect of a reason on the public page.

use super::Reason;
use crate::status::Impact;

macro_rules! remedies {
    ($($variant:ident: $remedy:literal;)+) => {
        impl Reason {
            /// Returns the first step for the party that has to act, in one or two sentences.
            #[must_use]
            pub fn remedy(self) -> &'static str {
                match self { $(Self::$variant => $remedy,)+ }
            }
        }
    };
}

remedies! {
    DnsFailed: "Look up the name with `dig`. If it does not exist, correct the address in the check or \
        the record at the DNS provider.";
    ConnectRefused: "Start the service, or correct the port in the check.";
    ConnectTimeout: "Check that the host is up, and that no firewall drops connections from the monitor.";
    ConnectUnreachable: "Check the address family, the routes and the firewall between the monitor and the \
        address.";
    ConnectionClosed: "Read the log of the service and of its load balancer at the time of the outcome.";
    TlsFailed: "Compare the TLS versions and cipher suites of the server with those of the check; \
        `openssl s_client` shows the handshake.";
    CertificateInvalid: "Install a certificate for the name, with its intermediate certificates. For an authority \
        of your own, set `tls.ca`.";
    CertificateExpired: "Renew the certificate and restart the server; check the job that renews it.";
    CertificateExpiring: "Renew the certificate before the date in the message, and check the job that renews it.";
    CertificateIsCa: "Issue a server certificate. For a self-signed one, set `tls.accept_ca_certificate = \
        true`.";
    Timeout: "Look for load or a blocked dependency in the service. If such a duration is normal, \
        raise `timeout`.";
    HttpStatus: "Read the log of the service at the time of the outcome. If the status is correct, write \
        it into `expect`.";
    ResponseTruncated: "Look for a crash or a time limit in the service or its proxy.";
    ResponseTooLarge: "Request a smaller answer, or raise `max_body_bytes`.";
    ResponseInvalid: "Compare the answer with the protocol of the check; a proxy or another service may answer \
        at the address.";
    RedirectRefused: "Put the final address into `url`, or raise `follow`, the limit of the check.";
    AssertionFailed: "Compare the values in the message with `expect`; correct the service, or the condition.";
    ConditionLimit: "Simplify the condition, or request a smaller answer.";
    UnexpectedAnswer: "Compare the answer in the message with the expectation of the check.";
    Degraded: "Compare the values in the message with `degraded`.";
    AuthInvalid: "Issue a new key and store it with `allclear keys set NAME`; the next check uses it.";
    Permission: "Grant the permission to the key at the provider, or use another key.";
    RegionBlocked: "Check from another region, or through a `proxy` in a permitted one.";
    Billing: "Add credit, correct the means of payment, or raise the spending limit at the provider.";
    QuotaDaily: "Wait until the quota renews, or raise it at the provider. A longer interval of the check \
        uses less of it.";
    QuotaExceeded: "Raise the quota at the provider, or reduce the size of the request.";
    Throttled: "Set a longer `interval`, or raise the rate limit; other clients may use the same key.";
    Overloaded: "Wait for the provider, and send the traffic to another model or provider meanwhile.";
    ServerError: "Wait for the provider, and read its status page.";
    StreamTruncated: "Repeat the check. If it stays, report the request id to the provider.";
    ModelNotFound: "Choose a model that `allclear models` lists, and correct `model`.";
    EndpointNotFound: "Correct `url`, or `base_url` or `api_version` of a provider.";
    ProbeInvalid: "Correct the parameter that the message names; the provider may have changed its API.";
    Asleep: "No action. To keep the endpoint awake, change its scaling at the provider.";
    WrongAnswer: "Check the model and its quantization; a single wrong answer of a small model is not \
        unusual.";
    BeatMissing: "Read the log of the job and of its scheduler. If the job is late as planned, raise \
        `period` or `grace`.";
    BeatFailed: "Read the log of the job; the message has the exit code or the text that it sent.";
    BeatNeverCame: "Let the job call its heartbeat address once, and check the token.";
    TooManyConnections: "Close idle connections, raise the limit of the server, or put a pooler in front of it.";
    NotReady: "Wait until the service has started or recovered; read its log if that takes long.";
    ReadOnly: "Connect to the primary, or free the storage of the server.";
    ReplicationLag: "Look for a long transaction, a slow disk or a slow network between the primary and the replica.";
    ResourceNotFound: "Correct the name in the check, or create the resource.";
    QueryInvalid: "Run the query by hand as the user of the check, and correct it.";
    TlsRequired: "Set the table `tls` of the check; `tls = {}` suffices for a public certificate.";
    TlsNotOffered: "Enable TLS in the service. If it is to be reached without, remove the table `tls` of the check.";
    CapabilityMissing: "Look for a failed deployment or a changed configuration of the service.";
    ThresholdExceeded: "Look for load on the service. If such a value is normal, raise the threshold.";
    ClockOffset: "Check the time synchronization of the server and of the machine of the monitor.";
    PacketLoss: "Look for congestion or a bad link between the monitor and the host; `mtr` shows the hop.";
    RegistrationExpiring: "Renew the domain at its registrar, and check the automatic renewal.";
    RegistrationExpired: "Renew the domain at its registrar at once; correct the name if it is misspelled.";
    VendorIncident: "Read the status page of the vendor, and use an alternative meanwhile.";
    PluginWarning: "Run the program or function by hand; its output is in the message.";
    PluginCritical: "Run the program or function by hand; its output is in the message.";
    PluginUnknown: "Run the program as the user of Allclear, or the function, and correct its path, permissions or arguments.";
    FunctionFailed: "Read the log of the function at the time of the outcome; the message has its error.";
    DataMissing: "Look for a source that no longer writes the metric. If it writes rarely, raise `window`.";
    BeatOverran: "Look for a job that hangs. If such a duration is normal, raise `max_duration`.";
    SecretUnreadable: "Store the secret with `allclear keys set NAME`, or set the variable that the message \
        names.";
    NotSent: "Reduce the number of checks of one process, or raise `concurrency` or `timeout`.";
    MonitoringImpaired: "Repair the network or the name servers of the machine of the monitor.";
    CheckFailed: "Correct the cause in the message, such as a limit of open files on the machine of the \
        monitor.";
    ProxyFailed: "Repair the proxy, or correct `proxy`.";
    SomeRegions: "Look for a difference between the regions in the message: routes, firewalls, name servers, or \
        a block of their addresses.";
    RegionSilent: "Read the log of the prober in the region. If the region was removed, its alert ends after \
        a day.";
}

impl Reason {
    /// Returns the effect on the public page of a confirmed failure with this reason.
    #[must_use]
    pub fn page_effect(self) -> &'static str {
        match (self.fault().is_target_side(), self.impact()) {
            (true, Impact::Down) => "outage, counted as downtime",
            (true, Impact::Degraded) => "degraded, counted as uptime",
            (false, Impact::Down | Impact::Degraded) | (_, Impact::Inconclusive) => {
                "no data, left out of the uptime"
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_remedy_has_at_most_two_sentences() {
        for reason in Reason::ALL {
            let remedy = reason.remedy();
            assert!(remedy.ends_with('.') && !remedy.contains("  "), "{reason}: {remedy}");
            assert!(remedy.matches(". ").count() <= 1, "{reason}: {remedy}");
        }
    }

    #[test]
    fn only_a_failure_of_the_service_is_an_outage_on_the_page() {
        for reason in Reason::ALL {
            let is_outage = reason.page_effect().starts_with("outage");
            let is_down = reason.impact() == Impact::Down;
            assert_eq!(is_outage, is_down && reason.fault().is_target_side(), "{reason}");
        }
        assert_eq!(Reason::AuthInvalid.page_effect(), "no data, left out of the uptime");
        assert_eq!(Reason::Throttled.page_effect(), "degraded, counted as uptime");
    }
}
