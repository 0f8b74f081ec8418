//! `danggol user`: the people who sign in.

use std::io::{IsTerminal, Read, Write};

use anyhow::{Context as _, Result, bail, ensure};
use danggol_core::id::UserId;
use danggol_store::account::UserRecord;

use super::{Context, Report};
use crate::auth::{Role, password};
use crate::routes::users::{self, PersonDraft};

/// The environment variable that may hold the password.
const PASSWORD_VARIABLE: &str = "DANGGOL_PASSWORD";

/// What to do with people.
#[derive(Debug, clap::Subcommand)]
pub enum Command {
    /// Add a person; the password comes from DANGGOL_PASSWORD, from the standard input, or is asked for
    Add {
        /// What she types to sign in
        #[arg(long)]
        login: String,
        /// What she is called
        #[arg(long)]
        name: String,
        /// owner, admin, marketer, manager, clerk or auditor
        #[arg(long)]
        role: Role,
    },
}

fn read_password(report: Report) -> Result<String> {
    if let Ok(password) = std::env::var(PASSWORD_VARIABLE) {
        return Ok(password);
    }
    let mut typed = String::new();
    if std::io::stdin().is_terminal() {
        // What is typed shows: the environment and a pipe are there for those who mind.
        eprint!("{}: ", report.language.pick(&["密码", "密碼", "비밀번호", "Password"]));
        std::io::stderr().flush()?;
        std::io::stdin().read_line(&mut typed)?;
    } else {
        std::io::stdin().read_to_string(&mut typed).context("the password on the standard input")?;
    }
    Ok(typed.trim_end_matches(['\r', '\n']).to_owned())
}

/// Carries it out.
pub fn run(context: &Context, command: Command) -> Result<()> {
    let Command::Add { login, name, role } = command;
    let report = context.report;
    let draft = PersonDraft { name, login, password: read_password(report)? };
    let (name, login) = match draft.check("") {
        Ok(checked) => checked,
        Err(error) => {
            let problem = error.problem(report.language, "");
            bail!("{}: {}", problem.field.unwrap_or_default(), problem.detail)
        }
    };
    let app = context.open()?;
    ensure!(
        app.brand().as_ref() != &crate::brand::Brand::unset(),
        "set the brand up first: start `danggol serve` and open it in a browser"
    );
    let user = UserRecord {
        id: UserId(app.next_id()),
        login,
        name,
        role: role.word().to_owned(),
        password_hash: password::hash_blocking(&draft.password),
        language: None,
        created_at_ms: app.now_ms(),
        disabled_at_ms: None,
    };
    let kept = user.clone();
    let is_new = app.store.write_blocking(move |conn| users::insert(conn, &kept))?;
    app.close()?;
    ensure!(is_new, "the login {} is taken", user.login);
    report.thing(&[
        (&["编号", "編號", "ID", "id"], "id", user.id.to_string().into()),
        (&["账号", "帳號", "아이디", "login"], "login", user.login.into()),
        (&["姓名", "姓名", "이름", "name"], "name", user.name.into()),
        (&["角色", "角色", "역할", "role"], "role", user.role.into()),
    ]);
    Ok(())
}
