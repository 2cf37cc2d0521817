//! `allclear render`: the page in a folder, from the recorded outcomes.

use std::process::ExitCode;
use std::sync::Arc;

use allclear_core::config::Config;
use allclear_core::ports::ReadOperatorEntries;
use allclear_engine::publish::{Generator, Href, PageStore, PublishOptions, Published};
use allclear_evaluate::ConfigIndex;
use allclear_local::FolderSite;
use anyhow::Context as _;

use crate::arguments::{Paths, RenderOptions};
use crate::clock::now;
use crate::local::{Access, Machine};
use crate::output;
use crate::stack::{self, Stack};

/// The address of a page whose config has no `page.url`: the one at which `allclear up` serves it.
const DEFAULT_ADDRESS: &str = "http://localhost:8080/";

/// Writes the page.
pub(crate) async fn run(place: &Paths, options: &RenderOptions) -> anyhow::Result<ExitCode> {
    let place = options.stack.place(place, options.file.as_ref())?;
    let site = free_site(options)?;
    let published = match options.stack.stack.as_deref() {
        None => {
            let Machine { store, config, .. } = Machine::open(&place, Access::Read)?;
            render(&*store, &config, &site, publishing(options, DEFAULT_ADDRESS)?).await?
        }
        Some(name) => {
            let stack = Stack::find(name).await?;
            let store = stack.store()?;
            let (_, applied) = stack::active_config(&store).await?;
            let address = stack.page_address();
            let address = address.as_deref().unwrap_or(DEFAULT_ADDRESS);
            let config = Arc::new(applied.config);
            render(&store, &config, &site, publishing(options, address)?).await?
        }
    };
    let out = options.out.display();
    output::line(&format!("{} files of the page are in `{out}`", published.n_files));
    Ok(ExitCode::SUCCESS)
}

/// Returns the site in the folder. Fails if the folder has files and no record of a publication.
fn free_site(options: &RenderOptions) -> anyhow::Result<FolderSite> {
    let site = FolderSite::new(&options.out);
    let out = options.out.display();
    let is_free =
        site.is_free_or_published().with_context(|| format!("cannot read the folder `{out}`"))?;
    anyhow::ensure!(
        is_free,
        "`{out}` has files that `allclear render` did not write: name a new or an empty folder with `--out`"
    );
    Ok(site)
}

fn publishing(options: &RenderOptions, address: &str) -> anyhow::Result<PublishOptions> {
    Ok(PublishOptions { every: options.every, address: Href::parse(address)? })
}

async fn render<S>(
    store: &S,
    config: &Arc<Config>,
    site: &FolderSite,
    options: PublishOptions,
) -> anyhow::Result<Published>
where
    S: PageStore + ReadOperatorEntries,
{
    let index = ConfigIndex::new(Arc::clone(config))?;
    Ok(Generator::new(options).generate(store, site, &index, now()).await?)
}
