//! `danggol restore`: a backup brought back.

use std::path::PathBuf;

use anyhow::{Result, bail};
use danggol_store::Target;
use danggol_store::backup::restore;

use super::{Context, backup};

/// Where from.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The backup
    pub file: PathBuf,
}

/// Brings a backup into the data folder, which must be empty or not there yet.
pub fn run(context: &Context, args: &Args) -> Result<()> {
    let Target::Sqlite { dir, .. } = &context.config.target else {
        bail!("a PostgreSQL database is brought back with pg_restore");
    };
    let (bar, progress) = backup::bar();
    restore(&args.file, dir, progress)?;
    bar.finish_and_clear();
    let has_key = context.config.key_file.exists();
    context.report.thing(&[
        (&["数据目录", "資料夾", "데이터 폴더", "data folder"], "data", dir.display().to_string().into()),
        (&["主密钥", "主金鑰", "마스터 키", "master key"], "key_file", context.config.key_file.display().to_string().into()),
        (&["主密钥已就位", "主金鑰已就位", "마스터 키 있음", "master key is there"], "has_key", has_key.into()),
    ]);
    if !has_key {
        context.report.say(&[
            "启动前请把主密钥文件放回上述位置。",
            "啟動前請將主金鑰檔案放回上述位置。",
            "시작하기 전에 마스터 키 파일을 위의 위치에 되돌려 놓아 주세요.",
            "Put the master key file back at that place before you serve.",
        ]);
    }
    Ok(())
}
