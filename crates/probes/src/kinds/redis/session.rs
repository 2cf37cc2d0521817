//! The commands of an attempt.

use std::hash::{BuildHasher, Hasher, RandomState};
use std::pin::pin;

use allclear_core::outcome::Cause;
use allclear_core::reason::Reason;
use futures_util::future::{Either, select};
use redis::aio::MultiplexedConnection;
use redis::{AsyncConnectionConfig, Cmd, FromRedisValue, RedisConnectionInfo, cmd};

use super::RedisDialog;
use super::info::ServerInfo;
use super::refusal;
use crate::excerpt::excerpt;
use crate::params::secret;
use crate::service::{ServiceAttempt, ServiceReading, WireWatch};

/// The name of the key that a check writes, before its random end.
const KEY_PREFIX: &str = "allclear:check:";

/// The seconds after which a key expires that a check could not delete.
const KEY_EXPIRES_AFTER: u32 = 60;

/// Speaks with the server.
pub(super) async fn talk(
    dialog: &RedisDialog,
    line: &mut ServiceAttempt<'_>,
) -> Result<ServiceReading, Cause> {
    let password = match &dialog.password {
        Some(name) => Some(secret(line.context.secrets, name)?),
        None => None,
    };
    let wire = line.open().await?;
    let watch = wire.watch();
    // The commands of the login are sent here and not by the driver, which hides their errors.
    let login = RedisConnectionInfo::default().set_skip_set_lib_name();
    let unlimited = AsyncConnectionConfig::new().set_response_timeout(None);
    let (connection, driver) = MultiplexedConnection::new_with_config(&login, wire, unlimited)
        .await
        .map_err(|error| refusal::cause(&error, &watch, "connecting"))?;
    let commands = Commands { connection, watch };
    let spoken = pin!(commands.run(dialog, password, line));
    match select(spoken, pin!(driver)).await {
        Either::Left((read, _)) => read,
        // The driver ends with the connection, and the command that waits for an answer with it.
        Either::Right(((), spoken)) => spoken.await,
    }
}

/// A connection on which commands are sent.
struct Commands {
    connection: MultiplexedConnection,
    watch: WireWatch,
}

impl Commands {
    async fn run(
        mut self,
        dialog: &RedisDialog,
        password: Option<&str>,
        line: &mut ServiceAttempt<'_>,
    ) -> Result<ServiceReading, Cause> {
        if let Some(password) = password {
            let mut login = cmd("AUTH");
            login.arg(dialog.user.as_deref()).arg(password);
            let _: String = self.ask(&login, "logging in").await?;
        }
        if let Some(database) = dialog.database {
            let _: String = self.ask(cmd("SELECT").arg(database), "selecting the database").await?;
        }
        let pong: String = self.ask(&cmd("PING"), "waiting for the answer to PING").await?;
        line.answered();
        if pong != "PONG" {
            let what = format!("the answer to PING is `{}`, not `PONG`", excerpt(&pong));
            return Err(Cause::of(Reason::ResponseInvalid, what));
        }
        if dialog.writes {
            self.write().await?;
        }
        let mut reading = ServiceReading::default();
        // A user without the permission is no failure unless a condition needs the values.
        if let Ok(text) = self.ask::<String>(&cmd("INFO"), "reading INFO").await {
            let info = ServerInfo::of(&text);
            if info.has_lost_its_primary() {
                let what = "the replica has lost the connection to its primary";
                return Err(Cause::of(Reason::NotReady, what));
            }
            info.add_to(&mut reading);
        }
        Ok(reading)
    }

    /// Writes a key, reads it and deletes it.
    async fn write(&mut self) -> Result<(), Cause> {
        // Another region may make the same check at the same time.
        let value = RandomState::new().build_hasher().finish().to_string();
        let key = format!("{KEY_PREFIX}{value}");
        let mut set = cmd("SET");
        set.arg(&key).arg(&value).arg("EX").arg(KEY_EXPIRES_AFTER);
        let _: String = self.ask(&set, "writing a key").await?;
        let read: Option<String> = self.ask(cmd("GET").arg(&key), "reading a key").await?;
        let _: i64 = self.ask(cmd("DEL").arg(&key), "deleting a key").await?;
        if read.as_deref() == Some(value.as_str()) {
            return Ok(());
        }
        let what = match read {
            Some(other) => format!("the key that was written reads `{}`", excerpt(&other)),
            None => "the key that was written cannot be read".to_owned(),
        };
        Err(Cause::of(Reason::UnexpectedAnswer, what))
    }

    async fn ask<T: FromRedisValue + Send>(
        &mut self,
        command: &Cmd,
        doing: &str,
    ) -> Result<T, Cause> {
        let answered = command.query_async(&mut self.connection).await;
        answered.map_err(|error| refusal::cause(&error, &self.watch, doing))
    }
}
