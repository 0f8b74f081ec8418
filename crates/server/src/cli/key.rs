//! `danggol key`: the keys of programs.

use anyhow::{Result, ensure};
use danggol_core::id::KeyId;
use danggol_store::account;

use super::Context;
use crate::auth::{Scope, Scopes};
use crate::routes::keys::new_key;

/// What to do with keys.
#[derive(Debug, clap::Subcommand)]
pub enum Command {
    /// Make a key and show its secret, this once
    Create {
        /// What it is for
        #[arg(long)]
        name: String,
        /// What it may do, separated by commas
        #[arg(long, value_delimiter = ',', required = true)]
        scopes: Vec<Scope>,
    },
}

/// Carries it out.
pub fn run(context: &Context, command: Command) -> Result<()> {
    let Command::Create { name, scopes } = command;
    ensure!(!name.trim().is_empty() && name.chars().count() <= 100, "a name has 1 to 100 characters");
    let app = context.open()?;
    let scopes: Scopes = scopes.into_iter().collect();
    let (record, secret) = new_key(KeyId(app.next_id()), name.trim().to_owned(), scopes, app.now_ms());
    let (id, name) = (record.id, record.name.clone());
    app.store.write_blocking(move |conn| account::insert_key(conn, &record))?;
    app.close()?;
    context.report.thing(&[
        (&["编号", "編號", "ID", "id"], "id", id.to_string().into()),
        (&["名称", "名稱", "이름", "name"], "name", name.into()),
        (&["权限", "權限", "권한", "scopes"], "scopes", scopes.to_string().into()),
        (&["密钥", "金鑰", "키", "secret"], "secret", secret.into()),
    ]);
    context.report.say(&[
        "密钥只显示这一次，请妥善保存。",
        "金鑰只顯示這一次，請妥善保存。",
        "키는 지금 한 번만 보입니다. 안전한 곳에 보관해 주세요.",
        "The secret is shown this once. Keep it safe.",
    ]);
    Ok(())
}
