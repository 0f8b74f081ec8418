//! `danggol backup`: the database as one file.

use std::path::PathBuf;

use anyhow::Result;
use danggol_store::backup::{CopyProgress, backup};
use danggol_store::{Access, Store, StoreOptions};
use indicatif::ProgressBar;

use super::Context;
use crate::clock;

/// Where to.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The file to write, which must not be there yet
    pub file: PathBuf,
}

/// Shows how far a copy has come.
pub fn bar() -> (ProgressBar, impl FnMut(CopyProgress)) {
    let bar = ProgressBar::new(0);
    let shown = bar.clone();
    let progress = move |progress: CopyProgress| {
        shown.set_length(progress.total.unsigned_abs());
        shown.set_position(progress.done.unsigned_abs());
    };
    (bar, progress)
}

/// Copies the database, also while it is served.
pub fn run(context: &Context, args: &Args) -> Result<()> {
    let options = StoreOptions { access: Access::Read, readers: 1, ..StoreOptions::default() };
    let store = Store::open(context.config.target.clone(), options, clock::system()())?;
    let (bar, progress) = bar();
    backup(&store, &args.file, progress)?;
    bar.finish_and_clear();
    context.report.thing(&[
        (&["备份", "備份", "백업", "backup"], "file", args.file.display().to_string().into()),
        (&["字节", "位元組", "바이트", "bytes"], "bytes", args.file.metadata()?.len().into()),
        (&["主密钥", "主金鑰", "마스터 키", "master key"], "key_file", context.config.key_file.display().to_string().into()),
    ]);
    context.report.say(&[
        "主密钥不在备份里。没有它，备份中的手机号和邮箱无法读取，请另行妥善保存。",
        "主金鑰不在備份裡。沒有它，備份中的手機號碼與電子郵件無法讀取，請另外妥善保存。",
        "마스터 키는 백업에 들어 있지 않습니다. 없으면 백업의 전화번호와 이메일을 읽을 수 없으니 따로 보관해 주세요.",
        "The master key is not in the backup. Without it phone numbers and e-mail addresses in it cannot be read: keep it apart.",
    ]);
    Ok(())
}
