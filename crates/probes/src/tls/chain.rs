//! The certificates that a server presents: the path from its own to a trusted authority, the
//! certificate on that path that expires first, and if there is no path, the flaws of the
//! certificates.
//!
//! A trust anchor is not on the path that counts: its own dates are a matter of the trust store, and
//! a copy of it that a server sends along is read by no client.

use std::time::Duration;

use allclear_core::reason::Reason;
use rustls::pki_types::{CertificateDer, SignatureVerificationAlgorithm, TrustAnchor, UnixTime};
use webpki::{EndEntityCert, Error, KeyUsage};

use super::certificate::{Certificate, Validity};
use super::descriptions;

/// The most certificates beside the server's own that are looked at. A longer list is an attack or a
/// whole trust store; a path has two or three.
const MAX_INTERMEDIATES: usize = 16;

/// The most times at which a path is looked for once there is none now: each costs signatures.
const MAX_OTHER_TIMES: usize = 6;

/// The certificate that expires first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Expiry {
    /// The name of an intermediate certificate; `None` for the server's own.
    pub(crate) intermediate: Option<String>,
    /// The end of its time, in seconds since 1970.
    pub(crate) at: i64,
}

impl Expiry {
    /// Returns the expiry of the server's own certificate, if that can be read.
    pub(super) fn of_leaf(leaf: &[u8]) -> Option<Self> {
        let at = Certificate::read(leaf)?.validity().until;
        Some(Self { intermediate: None, at })
    }
}

/// A fault of the certificates of a server.
#[derive(Debug, Clone)]
pub(super) struct ChainError {
    pub(super) reason: Reason,
    pub(super) what: String,
    /// The certificate on the path that expires first; `None` without a path.
    pub(super) expiry: Option<Expiry>,
    /// The error that decides which alert the server gets.
    pub(super) error: rustls::CertificateError,
}

/// The certificates that a server presents, and the criteria of their verification.
#[derive(Clone, Copy)]
pub(super) struct Chain<'a> {
    pub(super) leaf: &'a CertificateDer<'a>,
    /// In no particular order, and some of them may belong to no path.
    pub(super) intermediates: &'a [CertificateDer<'a>],
    pub(super) anchors: &'a [TrustAnchor<'static>],
    pub(super) algorithms: &'a [&'static dyn SignatureVerificationAlgorithm],
    /// The name that the certificate must be for, as messages show it.
    pub(super) host: &'a str,
}

/// A certificate on a path.
struct PathCertificate {
    /// `None` for the server's own.
    intermediate: Option<String>,
    validity: Validity,
}

impl<'a> Chain<'a> {
    /// Returns the same chain without the certificates that are too many.
    pub(super) fn bounded(self) -> Self {
        let n_kept = self.intermediates.len().min(MAX_INTERMEDIATES);
        Self { intermediates: self.intermediates.get(..n_kept).unwrap_or_default(), ..self }
    }

    /// Verifies that a path leads to a trusted authority at `now`, and returns its earliest expiry.
    pub(super) fn verify(&self, now: UnixTime) -> Result<Option<Expiry>, Error> {
        self.path(now).map(|path| first_expiry(&path))
    }

    /// Returns the path at `time`, from the server's own certificate on.
    fn path(&self, time: UnixTime) -> Result<Vec<PathCertificate>, Error> {
        let leaf = EndEntityCert::try_from(self.leaf)?;
        let path = leaf.verify_for_usage(
            self.algorithms,
            self.anchors,
            self.intermediates,
            time,
            KeyUsage::server_auth(),
            None,
            None,
        )?;
        let unreadable = || Error::BadDer;
        let leaf = Certificate::read(self.leaf).ok_or_else(unreadable)?;
        let mut links = vec![PathCertificate { intermediate: None, validity: leaf.validity() }];
        for intermediate in path.intermediate_certificates() {
            let der = intermediate.der();
            let intermediate = Certificate::read(&der).ok_or_else(unreadable)?;
            let (name, validity) = (intermediate.name(), intermediate.validity());
            links.push(PathCertificate { intermediate: Some(name), validity });
        }
        Ok(links)
    }

    /// Verifies the dates of the server's own certificate alone, and returns when it expires.
    pub(super) fn own_dates(&self, now: UnixTime) -> Result<Option<Expiry>, ChainError> {
        let alone = Self { intermediates: &[], ..*self };
        let is_in_time =
            Certificate::read(self.leaf).is_some_and(|leaf| leaf.validity().holds_at(seconds(now)));
        if is_in_time { Ok(Expiry::of_leaf(self.leaf)) } else { Err(alone.outside_validity(now)) }
    }

    /// Returns the flaw if the verification at `now` ended with `error`.
    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "the enum belongs to another crate and grows"
    )]
    pub(super) fn flaw(&self, error: &Error, now: UnixTime) -> ChainError {
        use rustls::CertificateError as Wrong;
        if is_about_time(error) {
            return self.outside_validity(now);
        }
        let host = self.host;
        let (reason, what, error) = match error {
            Error::UnknownIssuer => {
                (Reason::CertificateInvalid, self.without_issuer(), Wrong::UnknownIssuer)
            }
            Error::CaUsedAsEndEntity => (
                Reason::CertificateIsCa,
                format!(
                    "rustls refuses the certificate of `{host}` although curl accepts it: the \
                     server uses a certificate authority's certificate as its own; if you trust \
                     it, allow it with `tls = {{ accept_ca_certificate = true }}`, and `ca` set to \
                     that certificate where the system does not trust it"
                ),
                Wrong::InvalidPurpose,
            ),
            Error::InvalidSignatureForPublicKey => (
                Reason::CertificateInvalid,
                format!(
                    "a signature in the chain of `{host}` is wrong: the certificates that the \
                     server sends do not belong together"
                ),
                Wrong::BadSignature,
            ),
            Error::BadDer | Error::BadDerTime | Error::TrailingData(_) => (
                Reason::CertificateInvalid,
                format!("the certificate of `{host}` cannot be read"),
                Wrong::BadEncoding,
            ),
            other => (
                Reason::CertificateInvalid,
                format!("the certificate of `{host}` is not valid: {}", plain(other)),
                Wrong::ApplicationVerificationFailure,
            ),
        };
        ChainError { reason, what, expiry: None, error }
    }

    /// Returns the flaw of a certificate that has expired or is not valid yet.
    fn outside_validity(&self, now: UnixTime) -> ChainError {
        let seconds = seconds(now);
        let path = self.path_at_another_time().unwrap_or_else(|| self.path_by_names());
        let expiry = first_expiry(&path);
        let host = self.host;
        let wrong = path.iter().find(|link| !link.validity.holds_at(seconds));
        let Some(link) = wrong else {
            let what = format!("the certificate of `{host}` is outside its validity period");
            let error = rustls::CertificateError::Expired;
            return ChainError { reason: Reason::CertificateExpired, what, expiry, error };
        };
        let certificate = match &link.intermediate {
            None => format!("the certificate of `{host}`"),
            Some(name) => format!("the intermediate certificate `{name}` of `{host}`"),
        };
        let Validity { from, until } = link.validity;
        let (what, error) = if seconds < from {
            let what =
                format!("{certificate} is not valid yet: it is valid from {} on", date(from));
            (what, rustls::CertificateError::NotValidYet)
        } else {
            (format!("{certificate} expired on {}", date(until)), rustls::CertificateError::Expired)
        };
        ChainError { reason: Reason::CertificateExpired, what, expiry, error }
    }

    /// Returns the path that would be good at another time: all certificates of a path are valid
    /// together at the end of one of them, or never.
    fn path_at_another_time(&self) -> Option<Vec<PathCertificate>> {
        let mut ends: Vec<i64> = std::iter::once(self.leaf)
            .chain(self.intermediates)
            .filter_map(|der| Some(Certificate::read(der)?.validity().until))
            .collect();
        ends.sort_unstable();
        ends.dedup();
        let times = ends.into_iter().rev().filter_map(|end| u64::try_from(end).ok());
        times.take(MAX_OTHER_TIMES).find_map(|seconds| {
            let time = UnixTime::since_unix_epoch(Duration::from_secs(seconds));
            self.path(time).ok()
        })
    }

    /// Returns the path that the names of issuers describe, without a look at signatures.
    fn path_by_names(&self) -> Vec<PathCertificate> {
        self.certificates_by_names()
            .iter()
            .enumerate()
            .map(|(place, certificate)| PathCertificate {
                intermediate: (place > 0).then(|| certificate.name()),
                validity: certificate.validity(),
            })
            .collect()
    }

    fn certificates_by_names(&self) -> Vec<Certificate<'a>> {
        let Some(leaf) = Certificate::read(self.leaf) else { return Vec::new() };
        let mut path = vec![leaf];
        let mut left: Vec<Certificate<'_>> =
            self.intermediates.iter().filter_map(|der| Certificate::read(der)).collect();
        while let Some(last) = path.last().filter(|last| !last.is_self_issued()) {
            let issuer = left.iter().position(|one| last.names_as_issuer(one));
            let Some(place) = issuer else { break };
            path.push(left.swap_remove(place));
        }
        path
    }

    /// Describes why no path leads from the server's certificate to a trusted authority.
    fn without_issuer(&self) -> String {
        let host = self.host;
        let path = self.certificates_by_names();
        let (Some(leaf), Some(last)) = (path.first(), path.last()) else {
            return format!("the certificate of `{host}` cannot be read");
        };
        if leaf.is_self_issued() {
            return format!(
                "the certificate of `{host}` is self-signed and not trusted; `tls.ca` makes it \
                 trusted"
            );
        }
        let issuer = last.issuer_name();
        if last.is_self_issued() {
            return format!(
                "no trusted authority issued the certificate of `{host}`: its chain ends in \
                 `{issuer}`, which is not trusted; if it is a private authority, `tls.ca` makes it \
                 trusted"
            );
        }
        if self.trusts_the_name_of_the_issuer_of(last) {
            return format!(
                "no trusted authority issued the certificate of `{host}`: `{issuer}` is trusted, \
                 but another one of this name has signed `{}`",
                last.name()
            );
        }
        let named = if path.len() > 1 { format!(" of `{}`", last.name()) } else { String::new() };
        if last.says_where_its_issuer_is() {
            return format!(
                "the server does not send its intermediate certificate `{issuer}`, the issuer of \
                 the certificate{named} of `{host}`: let it send the full chain"
            );
        }
        format!(
            "no trusted authority issued the certificate of `{host}`: `{issuer}`, the \
             issuer{named}, is not trusted; either the server does not send its intermediate \
             certificate, or the authority is a private one, which `tls.ca` makes trusted"
        )
    }

    /// Returns whether a trusted authority has the name of the issuer of `last`.
    fn trusts_the_name_of_the_issuer_of(&self, last: &Certificate<'_>) -> bool {
        let der = CertificateDer::from(last.der);
        let Ok(last) = EndEntityCert::try_from(&der) else { return false };
        self.anchors.iter().any(|anchor| anchor.subject.as_ref() == last.issuer())
    }
}

/// Returns the earliest expiry on `path`.
fn first_expiry(path: &[PathCertificate]) -> Option<Expiry> {
    let first = path.iter().min_by_key(|link| link.validity.until)?;
    Some(Expiry { intermediate: first.intermediate.clone(), at: first.validity.until })
}

fn is_about_time(error: &Error) -> bool {
    matches!(
        error,
        Error::CertExpired { .. } | Error::CertNotValidYet { .. } | Error::InvalidCertValidity
    )
}

/// Returns the error of webpki in plain words: its own text is a variant with its fields.
fn plain(error: &Error) -> String {
    if matches!(error, Error::RequiredEkuNotFoundContext(_)) {
        return "it is not meant for servers".to_owned();
    }
    let name = descriptions::name(error, ' ');
    name.strip_suffix(" context").map(str::to_owned).unwrap_or(name)
}

fn seconds(time: UnixTime) -> i64 {
    i64::try_from(time.as_secs()).unwrap_or(i64::MAX)
}

fn date(seconds: i64) -> String {
    jiff::Timestamp::from_second(seconds)
        .map_or_else(|_| "an unknown day".to_owned(), |at| at.strftime("%Y-%m-%d").to_string())
}
