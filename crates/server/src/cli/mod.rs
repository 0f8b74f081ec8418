//! The commands. Each is a file of its own with its arguments and a `run`.

mod audit;
mod backup;
mod beside;
mod brand;
mod demo;
mod export;
mod import;
mod key;
mod openapi;
mod pyramid;
mod report;
mod restore;
mod serve;
mod user;
mod what_if;

use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::Result;
use clap::{Parser, Subcommand};
use danggol_core::language::Language;
use danggol_store::StoreError;

use crate::app::App;
use crate::clock;
use crate::config::{Config, Settings};

pub use report::Report;

/// Membership management for brands with stores: members, points, tiers, the customer pyramid.
#[derive(Debug, Parser)]
#[command(name = "danggol", version, arg_required_else_help = true)]
struct Cli {
    #[command(flatten)]
    settings: Settings,
    /// Settings file [default: danggol.toml where it is there]
    #[arg(long, global = true, env = "DANGGOL_CONFIG", value_name = "FILE")]
    config: Option<PathBuf>,
    /// Print one JSON document instead of tables
    #[arg(long, global = true)]
    json: bool,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Serve the console and the API
    Serve,
    /// Bring in members, products or purchases from a CSV, XLSX or Parquet file
    Import(import::Args),
    /// Write members, products, purchases or entries into a CSV, XLSX or Parquet file
    Export(export::Args),
    /// Show the customer pyramid
    Pyramid(pyramid::Args),
    /// Replay the history under a planned programme and show what it would change, also while the brand is served
    WhatIf(what_if::Args),
    /// Set up the brand: its money, country and clock
    Brand(brand::Args),
    /// The people who sign in
    #[command(subcommand)]
    User(user::Command),
    /// The keys of programs
    #[command(subcommand)]
    Key(key::Command),
    /// Derive all benefits again from the log and tell what differs, also while the brand is served
    Audit,
    /// Copy the database into a file, also while it is served
    Backup(backup::Args),
    /// Bring a backup into an empty data folder
    Restore(restore::Args),
    /// Fill an empty data folder or database with a sample brand
    Demo(demo::Args),
    /// Print the description of the API
    #[command(hide = true)]
    Openapi,
}

/// What every command gets.
pub struct Context {
    /// The settings.
    pub config: Config,
    /// How to tell what was done.
    pub report: Report,
}

impl Context {
    /// The brand, opened to write. It must not be served by another process meanwhile.
    pub fn open(&self) -> Result<Arc<App>> {
        Ok(App::open(self.config.clone(), clock::system())?)
    }
}

/// The language of this terminal: of the first of LC_ALL, LC_MESSAGES and LANG that is set.
fn language() -> Language {
    let set =
        ["LC_ALL", "LC_MESSAGES", "LANG"].into_iter().filter_map(|name| std::env::var(name).ok()).find(|tag| !tag.is_empty());
    set.and_then(|tag| Language::from_tag(&tag.replace('_', "-"))).unwrap_or_default()
}

fn run(cli: Cli) -> Result<()> {
    if let Command::Openapi = cli.command {
        return openapi::run();
    }
    let config = Config::load(cli.settings, cli.config.as_deref(), |name| std::env::var(name).ok())?;
    let report = Report { language: language(), json: cli.json };
    let context = Context { config, report };
    match cli.command {
        Command::Serve => serve::run(&context),
        Command::Import(args) => import::run(&context, &args),
        Command::Export(args) => export::run(&context, &args),
        Command::Pyramid(args) => pyramid::run(&context, args),
        Command::WhatIf(args) => what_if::run(&context, args),
        Command::Brand(args) => brand::run(&context, args),
        Command::User(command) => user::run(&context, command),
        Command::Key(command) => key::run(&context, command),
        Command::Audit => audit::run(&context),
        Command::Backup(args) => backup::run(&context, &args),
        Command::Restore(args) => restore::run(&context, &args),
        Command::Demo(args) => demo::run(&context, &args),
        Command::Openapi => openapi::run(),
    }
}

/// What to do about an error, where there is more to say than what happened.
fn advice(error: &anyhow::Error, language: Language) -> Option<&'static str> {
    match error.downcast_ref::<StoreError>()? {
        StoreError::InUse(_) => Some(language.pick(&[
            "有服务器正在使用这个数据目录。请在控制台的“设置”中操作，或先停止服务器再执行此命令。",
            "有伺服器正在使用這個資料夾。請在主控台的「設定」中操作，或先停止伺服器再執行此指令。",
            "서버가 이 데이터 폴더를 쓰고 있습니다. 콘솔의 설정에서 하거나, 서버를 멈춘 뒤 다시 실행해 주세요.",
            "A server is using this data folder. Do it in the console under Settings, or stop the server and run this again.",
        ])),
        _ => None,
    }
}

/// Runs the command of this process: 0 done, 1 failed, 2 wrong usage.
pub fn main() -> ExitCode {
    let cli = Cli::parse();
    let json = cli.json;
    match run(cli) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) if error.is::<audit::Differs>() => ExitCode::FAILURE,
        Err(error) => {
            let language = language();
            if json {
                println!("{}", serde_json::json!({"error": format!("{error:#}"), "advice": advice(&error, language)}));
            } else {
                eprintln!("{}: {error:#}", language.pick(&["错误", "錯誤", "오류", "error"]));
                advice(&error, language).into_iter().for_each(|advice| eprintln!("{advice}"));
            }
            ExitCode::FAILURE
        }
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_commands_are_consistent() {
        Cli::command().debug_assert();
        for (line, understood) in [
            ("danggol serve --data x --listen 127.0.0.1:0", true),
            ("danggol --json key create --name till --scopes purchases:write,members:read", true),
            ("danggol user add --login a --name b --role clerk", true),
            ("danggol user add --login a --name b --role root", false),
            ("danggol key create --name till --scopes everything", false),
            ("danggol serve --data x --database postgres://db/y", false),
            ("danggol import purchases year.csv --mapping year.toml --as earn --language zh-CN", true),
            ("danggol import coupons year.csv", false),
            ("danggol export entries log.parquet", true),
            ("danggol export facts roster.parquet", true),
            ("danggol pyramid --all --json", true),
            ("danggol pyramid --all --from 2024-01-01", false),
            ("danggol what-if --programme next.json --json", true),
            ("danggol what-if next.json", false),
            ("danggol brand --name x --currency KRW --country KR --time-zone Asia/Seoul --language ko", true),
            ("danggol", false),
        ] {
            assert_eq!(Cli::try_parse_from(line.split(' ')).is_ok(), understood, "{line}");
        }
    }
}
