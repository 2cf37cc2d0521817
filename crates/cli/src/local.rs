//! Local adapters, assembled: the config file, the database, the environment's secrets, the checks
//! and the channels.

mod channel_secrets;
mod chosen_config;
mod signer;

use std::fs::File;
use std::io::Read as _;
use std::path::PathBuf;
use std::sync::Arc;

use allclear_actions::{LocalActions, WebhookActions};
use allclear_aws::actions::AwsActions;
use allclear_aws::cloud::{Cloud, region_of_environment};
use allclear_aws::ses::SesKinds;
use allclear_aws::sns::SnsKinds;
use allclear_channels::Channels;
use allclear_config::Kinds;
use allclear_core::action::ActionKinds as _;
use allclear_core::channel::{ChannelKinds, ChannelSchemas, JoinedKinds, SendSpec, Sender};
use allclear_core::checker::{Checkers, ParamProblem};
use allclear_core::config::Config;
use allclear_core::id::RegionId;
use allclear_core::ports::SignRequest;
use allclear_engine::probe::Prober;
use allclear_local::{EnvironmentSecrets, FolderSite, SecretsFile, SqliteStore};
use allclear_probes::{ProbeSettings, Probes, ProxySettings};
use allclear_rehearse::DisabledRules;
use anyhow::Context as _;
use rustls::RootCertStore;

pub(crate) use self::channel_secrets::warn_of_channel_secrets;
pub(crate) use self::chosen_config::ChosenConfig;
use self::signer::PersonalSigner;
use crate::arguments::Paths;
use crate::clock::now;
use crate::output::bottom_line;
use crate::output::terminal::TerminalFormat;
use crate::output::{self, Gravity};

/// Chooses the crypto provider and sets up the log, once for the process.
pub(crate) fn prepare_process() {
    // Fails only if a provider was installed before, which serves as well.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let filter = tracing_subscriber::EnvFilter::builder()
        .with_env_var("ALLCLEAR_LOG")
        .with_default_directive(tracing::level_filters::LevelFilter::WARN.into())
        .from_env_lossy()
        .add_directive("allclear::notification=info".parse().unwrap_or_default())
        .add_directive("allclear::incident=info".parse().unwrap_or_default())
        .add_directive("allclear::attempt=info".parse().unwrap_or_default());
    let log = tracing_subscriber::fmt().with_env_filter(filter).with_writer(bottom_line::writer);
    if output::is_terminal() {
        log.event_format(TerminalFormat).init();
    } else {
        log.with_target(false).with_ansi(false).init();
    }
}

/// Returns the name of the current user, as far as the environment states it.
#[expect(clippy::disallowed_methods, reason = "this is the edge where the environment is read")]
pub(crate) fn user_name() -> String {
    let names = ["USER", "LOGNAME", "USERNAME"].into_iter();
    let name = names.filter_map(|name| std::env::var(name).ok()).find(|name| !name.is_empty());
    name.unwrap_or_else(|| "an unknown user".to_owned())
}

/// Reads the proxies that the environment names.
#[expect(clippy::disallowed_methods, reason = "this is the edge where the environment is read")]
fn proxies() -> ProxySettings {
    ProxySettings::from_environment(|name| std::env::var(name).ok())
}

/// The kinds of check, channel and action that this program has.
pub(crate) struct AllKinds {
    pub(crate) probes: Probes,
    pub(crate) channels: AllChannels,
    pub(crate) actions: AllActions,
}

/// The kinds of action: those that every machine can execute, and those of AWS.
pub(crate) type AllActions =
    JoinedKinds<WebhookActions<Channels>, JoinedKinds<LocalActions, AwsActions>>;

/// The kinds of channel: those that every machine can reach, and those of AWS.
pub(crate) struct AllChannels {
    everywhere: Channels,
    /// Without a connection they cannot send.
    aws: JoinedKinds<SnsKinds, SesKinds>,
}

impl AllChannels {
    /// Returns the kinds that every machine can reach.
    pub(crate) fn everywhere(&self) -> &Channels {
        &self.everywhere
    }

    /// Connects the kinds of AWS. `topic` is the ARN of the topic of channels that name none.
    pub(crate) fn connect(&mut self, cloud: &Cloud, topic: Option<String>) {
        self.aws = JoinedKinds(SnsKinds::new(topic, Some(cloud)), SesKinds::new(Some(cloud)));
    }
}

impl ChannelKinds for AllChannels {
    fn names(&self) -> Vec<&'static str> {
        [self.everywhere.names(), self.aws.names()].concat()
    }

    fn build(&self, spec: &SendSpec) -> Result<Box<dyn Sender>, Vec<ParamProblem>> {
        if self.aws.names().contains(&spec.kind.as_str()) {
            self.aws.build(spec)
        } else {
            self.everywhere.build(spec)
        }
    }
}

impl ChannelSchemas for AllChannels {
    fn schema(&self, kind: &str) -> Option<serde_json::Value> {
        self.everywhere.schema(kind).or_else(|| self.aws.schema(kind))
    }
}

impl AllKinds {
    /// Creates the kinds of checks and channels, which trust the system's certificate authorities.
    pub(crate) fn new() -> anyhow::Result<Self> {
        let roots = Arc::new(trusted_roots());
        let signer: Arc<dyn SignRequest> = Arc::new(PersonalSigner::default());
        let settings = ProbeSettings::new(Arc::clone(&roots));
        let proxies = proxies();
        let probes = Probes::new(ProbeSettings {
            signer: Some(signer),
            aws_region: region_of_environment(),
            proxies: proxies.clone(),
            ..settings
        });
        let settings = allclear_channels::ChannelSettings::new(roots);
        let everywhere = Channels::new(allclear_channels::ChannelSettings { proxies, ..settings })
            .context("cannot build the HTTP client for notifications")?;
        let actions = JoinedKinds(
            WebhookActions(everywhere.clone()),
            JoinedKinds(LocalActions, AwsActions::default()),
        );
        let aws = JoinedKinds(SnsKinds::new(None, None), SesKinds::new(None));
        let channels = AllChannels { everywhere, aws };
        Ok(Self { probes, channels, actions })
    }

    /// Returns the kinds in the form that the config needs.
    pub(crate) fn kinds(&self) -> Kinds<'_> {
        Kinds { checks: &self.probes, channels: &self.channels, actions: &self.actions }
    }
}

/// Returns the system's certificate authorities, which `SSL_CERT_FILE` can replace; if there are
/// none, those of Mozilla's program that are built in.
fn trusted_roots() -> RootCertStore {
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    if roots.is_empty() {
        roots.extend(webpki_roots::TLS_SERVER_ROOTS.iter().cloned());
    }
    roots
}

/// A valid config, the kinds it was read with, and the checkers of its monitors.
pub(crate) struct LoadedConfig {
    pub(crate) config: Arc<Config>,
    pub(crate) catalog: AllKinds,
    pub(crate) checkers: Checkers,
    /// The rules that it has disabled, each with its place.
    pub(crate) disabled_rules: DisabledRules,
}

impl LoadedConfig {
    /// Connects the channels and actions that go over AWS, if the config has some. Missing credentials are
    /// logged here. Without them, notifications to these channels and attempts of these actions fail.
    pub(crate) async fn connect_to_aws(&mut self) {
        let (channels, actions) =
            (self.catalog.channels.aws.names(), AwsActions::default().names());
        let of_channels = self.config.channels.iter();
        let of_channels = of_channels.filter(|one| channels.contains(&one.send.kind.as_str()));
        let of_actions = self.config.actions.iter();
        let of_actions = of_actions.filter(|one| actions.contains(&one.run.kind.as_str()));
        let mut users = of_channels
            .map(|one| format!("channel `{}` cannot send", one.id))
            .chain(of_actions.map(|one| format!("action `{}` cannot be executed", one.id)));
        let Some(user) = users.next() else { return };
        match Cloud::from_environment_or_profile().await {
            Ok(cloud) => {
                self.catalog.channels.connect(&cloud, None);
                self.catalog.actions.1.1 = AwsActions::new(Some(&cloud));
            }
            Err(error) => output::note(&format!("warning: the {user}: {error}")),
        }
    }
}

/// Reads the config file; returns its name and its text.
pub(crate) fn read(place: &Paths) -> anyhow::Result<(String, String)> {
    read_with_remedy(place, "name one with `--config`")
}

/// Reads the config file like [`read`]; `remedy` is the advice if there is no such file.
pub(crate) fn read_with_remedy(place: &Paths, remedy: &str) -> anyhow::Result<(String, String)> {
    let file = place.config.display().to_string();
    let mut bytes = Vec::new();
    File::open(&place.config)
        .and_then(|config| config.take(MAX_CONFIG_BYTES + 1).read_to_end(&mut bytes))
        .with_context(|| format!("cannot read the config `{file}`; {remedy}"))?;
    anyhow::ensure!(
        bytes.len() as u64 <= MAX_CONFIG_BYTES,
        "the config `{file}` is larger than {} MiB; is it the right file?",
        MAX_CONFIG_BYTES >> 20
    );
    let text = String::from_utf8(bytes).map_err(|error| {
        let valid = error.as_bytes().get(..error.utf8_error().valid_up_to()).unwrap_or_default();
        let valid = String::from_utf8_lossy(valid);
        let line = valid.matches('\n').count() + 1;
        let column = valid.rsplit('\n').next().map_or(0, |last| last.chars().count()) + 1;
        anyhow::anyhow!("{file}:{line}:{column}: invalid UTF-8: save the file as UTF-8")
    })?;
    Ok((file, text))
}

/// The largest config file, in bytes: far more than a thousand monitors need.
const MAX_CONFIG_BYTES: u64 = 8 << 20;

/// Reads and validates the config file; its warnings are printed.
pub(crate) fn load(place: &Paths) -> anyhow::Result<LoadedConfig> {
    let (file, text) = read(place)?;
    load_text(&file, &text)
}

/// Validates the text of a config; its warnings are printed.
pub(crate) fn load_text(file: &str, text: &str) -> anyhow::Result<LoadedConfig> {
    let catalog = AllKinds::new()?;
    let loaded = match allclear_config::load(file, text, &catalog.kinds()) {
        Ok(loaded) => loaded,
        Err(problems) => {
            let n = problems.problems.len();
            output::problems(file, Gravity::Error, &problems.problems);
            let noun = if n == 1 { "error" } else { "errors" };
            anyhow::bail!("`{file}` has {n} {noun}");
        }
    };
    let warnings = [loaded.warnings.clone(), loaded.expired(now())].concat();
    output::problems(file, Gravity::Warning, &warnings);
    let disabled_rules = loaded.disabled_rules(file);
    let allclear_config::ValidConfig { config, checkers, .. } = loaded;
    Ok(LoadedConfig { config: Arc::new(config), catalog, checkers, disabled_rules })
}

/// Returns the secrets of this machine: of its environment, and of the file in the data folder.
pub(crate) fn secrets(place: &Paths) -> EnvironmentSecrets {
    EnvironmentSecrets::from_environment().or_from(secrets_file(place))
}

/// Returns the file of secrets in the data folder.
pub(crate) fn secrets_file(place: &Paths) -> SecretsFile {
    SecretsFile::at(place.data.join("secrets.json"))
}

/// The use that a command makes of the database.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Access {
    /// Records. The database is created if there is none.
    Record,
    /// Keeps the state that its checks leave to later ones if there is a database, and creates
    /// none.
    Remember,
    /// Reads only. An empty store is no problem.
    Read,
}

/// The use that a command makes of the entries of operators.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum EntryAccess {
    Read,
    Write,
}

/// The adapters of one machine, which know no config.
#[derive(Clone)]
pub(crate) struct Adapters {
    store: Arc<SqliteStore>,
    secrets: Arc<EnvironmentSecrets>,
    folder: PathBuf,
}

/// The adapters of one machine, ready.
pub(crate) struct Machine {
    pub(crate) config: Arc<Config>,
    pub(crate) catalog: AllKinds,
    pub(crate) checkers: Checkers,
    pub(crate) store: Arc<SqliteStore>,
    pub(crate) secrets: Arc<EnvironmentSecrets>,
    pub(crate) folder: PathBuf,
}

impl Machine {
    /// Reads the config and opens the database.
    pub(crate) fn open(place: &Paths, access: Access) -> anyhow::Result<Self> {
        let loaded = load(place)?;
        Self::with(loaded, place, secrets(place), access)
    }

    /// Opens the database for a config that was read.
    pub(crate) fn with(
        loaded: LoadedConfig,
        place: &Paths,
        secrets: EnvironmentSecrets,
        access: Access,
    ) -> anyhow::Result<Self> {
        let store = Arc::new(open_store(place, access)?);
        let (secrets, folder) = (Arc::new(secrets), place.data.join("site"));
        Ok(Self::new(loaded, Adapters { store, secrets, folder }))
    }

    /// Creates the machine of a config over existing adapters.
    pub(crate) fn new(loaded: LoadedConfig, adapters: Adapters) -> Self {
        let LoadedConfig { config, catalog, checkers, disabled_rules: _ } = loaded;
        let Adapters { store, secrets, folder } = adapters;
        Self { config, catalog, checkers, store, secrets, folder }
    }

    /// Returns the adapters, which stay when the config changes.
    pub(crate) fn adapters(&self) -> Adapters {
        let (store, secrets) = (Arc::clone(&self.store), Arc::clone(&self.secrets));
        Adapters { store, secrets, folder: self.folder.clone() }
    }

    /// Returns the prober of the config's monitors.
    pub(crate) fn prober(&self) -> Prober {
        let (config, checkers) = (Arc::clone(&self.config), self.checkers.clone());
        Prober::with_checkers(config, checkers, &self.catalog.probes, RegionId::local())
    }

    /// Returns the folder that the page is published to.
    pub(crate) fn site(&self) -> FolderSite {
        FolderSite::new(&self.folder)
    }
}

/// Opens the database of the data folder for reading; `None` if there is none.
pub(crate) fn store_for_reading(place: &Paths) -> anyhow::Result<Option<SqliteStore>> {
    Ok(SqliteStore::open_for_reading(database(place))?)
}

/// Opens the database of the data folder to read the entries of operators, or to write one, beside the process that may
/// be using it. A missing database is an error, because an entry in a new one would have no effect.
pub(crate) fn store_of_entries(place: &Paths, access: EntryAccess) -> anyhow::Result<SqliteStore> {
    let store = match access {
        EntryAccess::Read => return recorded_store(place),
        EntryAccess::Write => SqliteStore::open_existing(database(place))?,
    };
    store.with_context(|| missing_database(place))
}

/// Opens the database of the data folder for reading. A missing one is an error.
pub(crate) fn recorded_store(place: &Paths) -> anyhow::Result<SqliteStore> {
    store_for_reading(place)?.with_context(|| missing_database(place))
}

/// Returns the message about a database that does not exist.
fn missing_database(place: &Paths) -> String {
    let path = database(place);
    let path = path.display();
    format!(
        "no database `{path}`: nothing was recorded yet; start `allclear up`, or name the data folder with `--data`"
    )
}

/// Checks that the database can be expected to open for recording, and changes nothing.
pub(crate) fn check_store(place: &Paths) -> anyhow::Result<()> {
    Ok(SqliteStore::check(database(place))?)
}

fn database(place: &Paths) -> PathBuf {
    place.data.join("allclear.db")
}

fn open_store(place: &Paths, access: Access) -> anyhow::Result<SqliteStore> {
    let path = database(place);
    match access {
        Access::Record => Ok(SqliteStore::open(&path)?),
        Access::Remember => match SqliteStore::open_existing(&path)? {
            Some(store) => Ok(store),
            None => Ok(SqliteStore::in_memory()?),
        },
        Access::Read => recorded_store(place),
    }
}
