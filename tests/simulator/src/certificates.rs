//! Valid and faulty certificates, generated for each simulator.
//!
//! Keys are P-256. Nothing is written to a disk.

use std::time::Duration;

use jiff::Timestamp;
use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DistinguishedName, DnType,
    ExtendedKeyUsagePurpose, IsCa, KeyPair, KeyUsagePurpose, date_time_ymd,
};
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};

/// The fault of a certificate. Apart from the fault, its names and dates are valid and it is signed
/// by the simulator's own authority.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum TlsFault {
    /// Its only name is `elsewhere.test`.
    WrongName,
    /// It expired yesterday.
    Expired,
    /// It becomes valid tomorrow.
    NotYetValid,
    /// It is signed by its own key.
    SelfSigned,
    /// It is signed by its own key and is the certificate of an authority. For a server, rustls
    /// refuses that even when it is trusted; curl does not.
    SelfSignedCa,
    /// It is signed by another authority, which [`ca_pem`](crate::Simulator::ca_pem) does not
    /// contain.
    Untrusted,
    /// It is signed by an intermediate authority whose certificate the server does not send.
    MissingIntermediate,
    /// It is valid, and expires after this many days.
    Expiring(u16),
}

impl TlsFault {
    /// Every fault without a parameter.
    pub const ALL: [Self; 7] = [
        Self::WrongName,
        Self::Expired,
        Self::NotYetValid,
        Self::SelfSigned,
        Self::SelfSignedCa,
        Self::Untrusted,
        Self::MissingIntermediate,
    ];

    /// Returns the name in snake case, without a parameter.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::WrongName => "wrong_name",
            Self::Expired => "expired",
            Self::NotYetValid => "not_yet_valid",
            Self::SelfSigned => "self_signed",
            Self::SelfSignedCa => "self_signed_ca",
            Self::Untrusted => "untrusted",
            Self::MissingIntermediate => "missing_intermediate",
            Self::Expiring(_) => "expiring",
        }
    }
}

/// The certificate chain and key of a server.
pub(crate) struct Identity {
    pub(crate) certificate: CertificateDer<'static>,
    pub(crate) pem: String,
    pub(crate) key: PrivateKeyDer<'static>,
}

/// The authorities that sign the certificates of one simulator.
#[derive(Debug)]
pub(crate) struct Authorities {
    now: Duration,
    trusted: CertifiedIssuer<'static, KeyPair>,
    other: CertifiedIssuer<'static, KeyPair>,
    intermediate: CertifiedIssuer<'static, KeyPair>,
}

const DAY: Duration = Duration::from_hours(24);
/// The validity of a certificate without fault, in days.
const GOOD_DAYS: u32 = 90;
const NAMES: [&str; 4] = ["localhost", "127.0.0.1", "simulator.test", "*.simulator.test"];

impl Authorities {
    pub(crate) fn new(now: Timestamp) -> Result<Self, rcgen::Error> {
        let now = Duration::from_secs(u64::try_from(now.as_second()).unwrap_or(0));
        let trusted =
            CertifiedIssuer::self_signed(authority("Simulator CA", now), KeyPair::generate()?)?;
        let other =
            CertifiedIssuer::self_signed(authority("Another CA", now), KeyPair::generate()?)?;
        let intermediate = CertifiedIssuer::signed_by(
            authority("Simulator Intermediate CA", now),
            KeyPair::generate()?,
            &trusted,
        )?;
        Ok(Self { now, trusted, other, intermediate })
    }

    pub(crate) fn ca_pem(&self) -> String {
        self.trusted.pem()
    }

    /// Issues a certificate with the fault, or a valid one for `None`.
    pub(crate) fn issue(&self, fault: Option<TlsFault>) -> Result<Identity, rcgen::Error> {
        let key = KeyPair::generate()?;
        let good = |names: &[&str]| server(names, self.ago(1), self.now + DAY * GOOD_DAYS);
        let certificate = match fault {
            None => good(&NAMES)?.signed_by(&key, &self.trusted)?,
            Some(TlsFault::WrongName) => {
                good(&["elsewhere.test"])?.signed_by(&key, &self.trusted)?
            }
            Some(TlsFault::Expired) => {
                server(&NAMES, self.ago(GOOD_DAYS), self.ago(1))?.signed_by(&key, &self.trusted)?
            }
            Some(TlsFault::NotYetValid) => {
                server(&NAMES, self.now + DAY, self.now + DAY * GOOD_DAYS)?
                    .signed_by(&key, &self.trusted)?
            }
            Some(TlsFault::SelfSigned) => good(&NAMES)?.self_signed(&key)?,
            Some(TlsFault::SelfSignedCa) => {
                let mut params = good(&NAMES)?;
                params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
                params.self_signed(&key)?
            }
            Some(TlsFault::Untrusted) => good(&NAMES)?.signed_by(&key, &self.other)?,
            Some(TlsFault::MissingIntermediate) => {
                good(&NAMES)?.signed_by(&key, &self.intermediate)?
            }
            Some(TlsFault::Expiring(days)) => {
                // One hour more, so that a client that rounds down still counts this many days.
                let end = self.now + DAY * u32::from(days) + Duration::from_hours(1);
                server(&NAMES, self.ago(1), end)?.signed_by(&key, &self.trusted)?
            }
        };
        Ok(Identity {
            certificate: certificate.der().clone(),
            pem: certificate.pem(),
            key: PrivatePkcs8KeyDer::from(key.serialize_der()).into(),
        })
    }

    fn ago(&self, days: u32) -> Duration {
        self.now.saturating_sub(DAY * days)
    }
}

fn authority(name: &str, now: Duration) -> CertificateParams {
    let mut params = validity(now.saturating_sub(DAY), now + DAY * 365);
    params.distinguished_name = common_name(name);
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    params
}

fn server(names: &[&str], from: Duration, to: Duration) -> Result<CertificateParams, rcgen::Error> {
    let names: Vec<String> = names.iter().map(|&name| name.to_owned()).collect();
    let mut params = validity(from, to);
    params.subject_alt_names = CertificateParams::new(names)?.subject_alt_names;
    params.distinguished_name = common_name("Allclear simulator");
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    params.use_authority_key_identifier_extension = true;
    Ok(params)
}

/// Returns parameters with a validity between two times, given as durations since 1970.
fn validity(from: Duration, to: Duration) -> CertificateParams {
    let epoch = date_time_ymd(1970, 1, 1);
    let mut params = CertificateParams::default();
    params.not_before = epoch + from;
    params.not_after = epoch + to;
    params
}

fn common_name(name: &str) -> DistinguishedName {
    let mut distinguished_name = DistinguishedName::new();
    distinguished_name.push(DnType::CommonName, name);
    distinguished_name
}
