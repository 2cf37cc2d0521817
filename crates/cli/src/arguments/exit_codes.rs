//! The exit codes of each command, as its help lists them.

/// Exit codes and their meanings.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ExitCodes(&'static [(u8, &'static str)]);

/// The code of a command that has no result.
const ERROR: (u8, &str) = (2, "the command line or the config is wrong, or the command failed");

pub(crate) const UP: ExitCodes = ExitCodes(&[
    (0, "it stopped on request; with --once, all monitors are healthy"),
    (1, "with --once, a monitor is not healthy"),
    (
        2,
        "it could not start, another process took over its data folder, or outcomes were lost at \
         shutdown; with --once, a monitor could not be checked, or it was stopped",
    ),
]);

pub(crate) const CHECK: ExitCodes = ExitCodes(&[
    (0, "all monitors are healthy"),
    (1, "a monitor is not healthy"),
    (2, "a monitor could not be checked, or the command failed"),
]);

pub(crate) const VALIDATE: ExitCodes = ExitCodes(&[
    (0, "the config is valid"),
    (1, "the config has errors"),
    (2, "the config cannot be read"),
]);

pub(crate) const APPLY: ExitCodes = ExitCodes(&[
    (0, "the config is active, or nothing changes"),
    (1, "the config was refused; the old one stays active"),
    (2, "the config could not be applied; the old one stays active"),
]);

pub(crate) const RENDER: ExitCodes = ExitCodes(&[
    (0, "the page is written"),
    (2, "the page in the folder, if any, is the one before, or the command failed"),
]);

pub(crate) const WAIT: ExitCodes = ExitCodes(&[
    (0, "the monitor is healthy"),
    (1, "the monitor is not healthy at the deadline"),
    (2, "the monitor could not be checked, or the command failed"),
]);

pub(crate) const KEYS_SET: ExitCodes = ExitCodes(&[
    (0, "the value is stored, and no provider refuses it"),
    (1, "the value is stored, and a provider refuses it"),
    (2, "the value is not stored, or the provider could not be asked"),
]);

pub(crate) const KEYS_VALIDATE: ExitCodes = ExitCodes(&[
    (0, "all keys are good"),
    (1, "a key is refused"),
    (2, "a provider could not be asked, or the command failed"),
]);

pub(crate) const NOTIFY_TEST: ExitCodes = ExitCodes(&[
    (0, "the channel accepted the message"),
    (1, "the channel did not accept the message"),
    (2, "the config has no such channel, a secret is missing, or the command failed"),
]);

pub(crate) const MODELS: ExitCodes = ExitCodes(&[
    (0, "the models are printed"),
    (2, "no list of models is known, or the command failed"),
]);

pub(crate) const DEMO: ExitCodes =
    ExitCodes(&[(0, "the demo has ended"), (2, "the demo could not start, or the command failed")]);

pub(crate) const ENTRY_ADD: ExitCodes =
    ExitCodes(&[(0, "the entry is stored"), (2, "nothing was stored, or the command failed")]);

pub(crate) const ENTRY_END: ExitCodes = ExitCodes(&[
    (0, "the entry has ended"),
    (1, "there is no such entry"),
    (2, "the command line or the config is wrong, or the command failed"),
]);

pub(crate) const ACK: ExitCodes = ExitCodes(&[
    (0, "the alerts are acknowledged, or the list is printed"),
    (1, "no such alert fires, or none is acknowledged"),
    (2, "the command line or the config is wrong, or the command failed"),
]);

pub(crate) const INCIDENT: ExitCodes = ExitCodes(&[
    (0, "the entry is stored, or the incident is printed"),
    (1, "there is no such incident, or its state does not allow the entry"),
    (2, "the command line or the config is wrong, or the command failed"),
]);

pub(crate) const EXPLAIN: ExitCodes = ExitCodes(&[
    (0, "the explanation is printed"),
    (1, "nothing of this id is known"),
    (2, "the command line or the config is wrong, or the command failed"),
]);

pub(crate) const SIMULATE: ExitCodes = ExitCodes(&[
    (0, "the replay decides what the records say"),
    (1, "there are differences"),
    (2, "the command line or a config is wrong, or the command failed"),
]);

pub(crate) const TEST: ExitCodes = ExitCodes(&[
    (0, "all tests passed"),
    (1, "a test failed, or a file is not valid"),
    (2, "a file cannot be read, or the command failed"),
]);

pub(crate) const PRINTS: ExitCodes = ExitCodes(&[(0, "the output is printed"), ERROR]);

impl ExitCodes {
    /// Returns the list as it stands at the end of a command's help.
    pub(crate) fn help(self) -> String {
        let lines = self.0.iter().map(|(code, meaning)| format!("  {code}  {meaning}"));
        std::iter::once("Exit codes:".to_owned()).chain(lines).collect::<Vec<_>>().join("\n")
    }
}
