//! The step `status_page`: the provider's own status page. It never changes the verdict.

use std::time::Duration;

use allclear_core::provider_status::ReportedPhase;
use allclear_llm::classify::ProviderFailure;
use allclear_llm::provider::StatusPage;
use allclear_llm::status_page::{self, PageReport};

use super::calls::ProviderResponse;
use super::labels;
use super::step_run::StepRun;

/// The most bytes of a page, and the longest that it is waited for.
const MAX_BYTES: usize = 2 * 1024 * 1024;
const LIMIT: Duration = Duration::from_secs(5);

impl StepRun<'_> {
    /// Reads the status page. Its own failure is only a label. `None` if there is none.
    pub(super) async fn status_page(&mut self) -> Option<Result<(), ProviderFailure>> {
        let (call, page) = self.check.account.status_page()?;
        let page_status = match self.caller.fetch(&call, LIMIT, MAX_BYTES).await {
            Ok(answer) => self.read_page(answer, page).await,
            Err(cause) => Err(cause.message),
        };
        match page_status {
            Ok(PageReport { level, headline, phase }) => {
                self.label(labels::PROVIDER_SAYS, level.as_str());
                self.label(labels::PROVIDER_HEADLINE, &headline);
                let phase = phase.map(ReportedPhase::as_str);
                self.label(labels::PROVIDER_PHASE, phase.unwrap_or_default());
            }
            Err(what) => self.label(labels::STATUS_PAGE, &format!("unreadable: {what}")),
        }
        Some(Ok(()))
    }

    /// Returns the content of the page.
    async fn read_page(
        &self,
        answer: ProviderResponse,
        page: StatusPage,
    ) -> Result<PageReport, String> {
        if !answer.head.is_success() {
            return Err(format!("HTTP {}", answer.head.status));
        }
        let region = self.check.account.options.region.clone();
        let now = self.now();
        let read = move |answer: &ProviderResponse| {
            let content_type = answer.head.header("content-type");
            status_page::read(&page, region.as_deref(), content_type, &answer.body, now)
        };
        self.read_answer(answer, read).await.map_err(|failure| failure.message)?.0
    }
}
