//! `danggol export`: what is kept as a file, also while it is served.

use std::path::PathBuf;

use anyhow::Result;
use danggol_store::seal::Keyring;
use danggol_store::{Access, Store, StoreOptions};
use indicatif::ProgressBar;

use super::Context;
use crate::app::BrandState;
use crate::brand::Brand;
use crate::clock;
use crate::export::{What, export};

/// What is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Rows {
    Members,
    Products,
    Purchases,
    Entries,
    Facts,
}

/// What, and where to.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// What is written
    rows: Rows,
    /// The file to write: .csv, .xlsx or .parquet
    file: PathBuf,
}

/// Writes the file.
pub fn run(context: &Context, args: &Args) -> Result<()> {
    let options = StoreOptions { access: Access::Read, readers: 1, ..StoreOptions::default() };
    let store = Store::open(context.config.target.clone(), options, clock::system()())?;
    let keyring = Keyring::open(&context.config.key_file, |name| std::env::var(name).ok(), None)?;
    let brand = store.read_blocking(BrandState::read)?.brand.unwrap_or_else(Brand::unset);
    let what = match args.rows {
        Rows::Members => What::Members(clock::system()()),
        Rows::Products => What::Products,
        Rows::Purchases => What::Purchases,
        Rows::Entries => What::Entries,
        Rows::Facts => What::Facts(clock::system()()),
    };
    let bar = if context.report.json { ProgressBar::hidden() } else { ProgressBar::new_spinner() };
    let rows = export(&store, &keyring, &brand, what, &args.file, &mut |rows| {
        bar.set_message(rows.to_string());
        bar.tick();
    })?;
    bar.finish_and_clear();
    context.report.thing(&[
        (&["文件", "檔案", "파일", "file"], "file", args.file.display().to_string().into()),
        (&["行数", "列數", "행", "rows"], "rows", rows.into()),
    ]);
    if args.rows != Rows::Products {
        context.report.say(&[
            "文件含有个人数据，请妥善保管，用完即删。",
            "檔案含有個人資料，請妥善保管，用完即刪。",
            "파일에 개인정보가 들어 있습니다. 안전하게 보관하고 다 쓰면 지워 주세요.",
            "The file holds personal data. Keep it safe and delete it when it is no longer needed.",
        ]);
    }
    Ok(())
}
