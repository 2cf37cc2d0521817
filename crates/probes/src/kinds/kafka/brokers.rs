//! The connections of an attempt: to the broker of the config, and to others of its cluster.

use allclear_core::outcome::Cause;
use url::Host;

use super::KafkaDialog;
use super::frames::{KafkaFrames, unexpected};
use super::login;
use crate::excerpt::excerpt;
use crate::params::secret;
use crate::service::{ServiceAttempt, Wire};

/// The address of a broker as its cluster names it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct BrokerAddress {
    pub(super) number: i32,
    pub(super) host: String,
    pub(super) port: i32,
}

/// An attempt with its first connection.
#[derive(Debug)]
pub(super) struct KafkaBrokers<'a, 'b> {
    pub(super) dialog: &'a KafkaDialog,
    pub(super) line: &'a mut ServiceAttempt<'b>,
    /// The connection to the broker of the config.
    pub(super) first: KafkaFrames,
}

impl<'a, 'b> KafkaBrokers<'a, 'b> {
    /// Connects to the broker of the config and logs in.
    pub(super) async fn open(
        dialog: &'a KafkaDialog,
        line: &'a mut ServiceAttempt<'b>,
    ) -> Result<Self, Cause> {
        let wire = line.open().await?;
        let first = logged_in(dialog, line, wire).await?;
        Ok(Self { dialog, line, first })
    }

    /// Connects to another broker of the cluster and logs in.
    pub(super) async fn open_other(
        &mut self,
        broker: &BrokerAddress,
    ) -> Result<KafkaFrames, Cause> {
        let BrokerAddress { number, host, port } = broker;
        let doing = format!("looking up the broker {number}");
        let parsed = Host::parse(host).ok().zip(u16::try_from(*port).ok());
        let Some((host, port)) = parsed else {
            let what = format!("its address is `{}:{port}`", excerpt(host));
            return Err(unexpected(&what, &doing));
        };
        let wire = self.line.open_other(host, port).await?;
        logged_in(self.dialog, self.line, wire).await
    }
}

async fn logged_in(
    dialog: &KafkaDialog,
    line: &ServiceAttempt<'_>,
    wire: Wire,
) -> Result<KafkaFrames, Cause> {
    let mut frames = KafkaFrames::new(wire);
    if let Some(login) = &dialog.login {
        let password = secret(line.context.secrets, &login.password)?;
        login::log_in(&mut frames, login.mechanism, &login.user, password).await?;
    }
    Ok(frames)
}
