//! `danggol what-if`: what a planned programme would have cost, and who would stand elsewhere. It reads beside a running server.

use std::fs;
use std::path::PathBuf;

use anyhow::{Context as _, Result, anyhow, bail};
use danggol_core::language::Language;
use danggol_core::money::{Currency, number_words};
use danggol_core::programme::Programme;
use danggol_core::what_if::Move;
use danggol_store::{Access, Store, StoreOptions, member, programme};
use indicatif::{ProgressBar, ProgressStyle};

use super::Context;
use super::report::table;
use crate::app::BrandState;
use crate::brand::Brand;
use crate::clock;
use crate::what_if::{self, WhatIfResult};

/// Which programme.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The planned programme as JSON [default: the draft]
    #[arg(long, value_name = "FILE")]
    programme: Option<PathBuf>,
}

/// Shows what a planned programme would change.
pub fn run(context: &Context, args: Args) -> Result<()> {
    let report = context.report;
    let options = StoreOptions { access: Access::Read, readers: 1, ..StoreOptions::default() };
    let now_ms = clock::system()();
    let store = Store::open(context.config.target.clone(), options, now_ms)?;
    let state = store.read_blocking(BrandState::read)?;
    let rules = state.rules()?;
    let brand = state.brand.unwrap_or_else(Brand::unset);
    let planned = match args.programme {
        Some(path) => {
            let text = fs::read_to_string(&path).with_context(|| path.display().to_string())?;
            serde_json::from_str(&text).with_context(|| path.display().to_string())?
        }
        None => draft(&store, report.language)?,
    };
    let faults: Vec<String> =
        planned.faults().iter().map(|fault| format!("{}: {}", fault.path, fault.say(report.language))).collect();
    if !faults.is_empty() {
        bail!("{}", faults.join("\n"));
    }
    let bar = if report.json { ProgressBar::hidden() } else { ProgressBar::new(0) };
    let bar = bar.with_style(ProgressStyle::with_template("[{bar:32}] {human_pos}/{human_len} {eta}")?);
    // Page by page: one view of all of it would keep a server's log from beginning anew.
    let made = what_if::run(&mut store.open_reader()?, (&rules, planned), now_ms, |progress| {
        bar.set_length(progress.members_total);
        bar.set_position(progress.members);
        true
    })?;
    bar.finish_and_clear();
    let made = made.ok_or_else(|| anyhow!("the replay was given up"))?;
    let named = made.named();
    let files = store.read_blocking(move |conn| member::files(conn, &named))?;
    let names = files.into_iter().filter_map(|file| Some((file.id, file.fields.name?))).collect();
    let result = made.result(&rules.current.programme, &names);
    if report.json {
        println!("{}", serde_json::to_string(&result)?);
        return Ok(());
    }
    let currency = Currency::new(&brand.currency, brand.currency_exponent).unwrap_or_default();
    show(report.language, &result, currency);
    Ok(())
}

fn draft(store: &Store, language: Language) -> Result<Programme> {
    let Some(draft) = store.read_blocking(programme::draft)? else {
        bail!(
            "{}",
            language.pick(&[
                "没有草稿。请在控制台编写，或用 --programme 指定文件。",
                "沒有草稿。請在主控台撰寫，或用 --programme 指定檔案。",
                "초안이 없습니다. 콘솔에서 작성하거나 --programme 으로 파일을 지정하세요.",
                "There is no draft. Write one in the console, or name a file with --programme.",
            ])
        )
    };
    Ok(serde_json::from_value(draft.body)?)
}

fn show(language: Language, result: &WhatIfResult, currency: Currency) {
    let pick = |label: [&str; 4]| language.pick(&label).to_owned();
    let number = number_words;
    let mut rows = vec![[
        pick(["月份", "月份", "월", "month"]),
        pick(["销售额", "銷售額", "매출", "sales"]),
        pick(["发放：现行", "發放：現行", "지급: 현행", "given now"]),
        pick(["发放：方案", "發放：方案", "지급: 계획", "given planned"]),
        pick(["退回：方案", "退回：方案", "회수: 계획", "taken back"]),
        pick(["过期：方案", "過期：方案", "소멸: 계획", "expired"]),
        pick(["待兑：现行", "待兌：現行", "미사용: 현행", "open now"]),
        pick(["待兑：方案", "待兌：方案", "미사용: 계획", "open planned"]),
    ]];
    rows.extend(result.months.iter().chain([&result.total]).map(|month| {
        let (now, planned) = (month.in_force, month.planned);
        [
            month.month.clone().unwrap_or_else(|| pick(["合计", "合計", "합계", "total"])),
            currency.format(month.sales_minor, language),
            number(now.given),
            number(planned.given),
            number(planned.taken_back),
            number(planned.expired),
            number(now.open),
            number(planned.open),
        ]
    }));
    table(&rows);
    println!();
    let mut rows = vec![[
        pick(["等级：现行", "等級：現行", "등급: 현행", "tier now"]),
        pick(["等级：方案", "等級：方案", "등급: 계획", "tier planned"]),
        pick(["变化", "變化", "변화", "move"]),
        pick(["会员", "會員", "회원", "members"]),
    ]];
    rows.extend(result.tiers.iter().map(|tiers| {
        let direction = match tiers.direction {
            Some(Move::Up) => "↑",
            Some(Move::Down) => "↓",
            None => "=",
        };
        let name = |name: &Option<String>| name.clone().unwrap_or_else(|| "–".to_owned());
        [name(&tiers.in_force_name), name(&tiers.planned_name), direction.to_owned(), number(tiers.members as i64)]
    }));
    table(&rows);
    println!();
    println!("{}", sentences(language, result));
}

/// Winners and losers, and what was replayed, in a sentence each.
fn sentences(language: Language, result: &WhatIfResult) -> String {
    let number = |value: u64| number_words(value as i64);
    let WhatIfResult { gained, lost, .. } = result;
    let (more, fewer) = (number_words(gained.points), number_words(lost.points));
    let (gained, lost) = (number(gained.members), number(lost.members));
    let (purchases, members) = (number(result.purchases), number(result.members));
    let seconds = format!("{:.1}", result.took_ms as f64 / 1_000.0);
    match language {
        Language::ZhCn => format!(
            "{gained} 位会员的积分变多（共多 {more} 分），{lost} 位变少（共少 {fewer} 分）。\n重放了 {members} 位会员的 {purchases} 笔消费，用时 {seconds} 秒。"
        ),
        Language::ZhTw => format!(
            "{gained} 位會員的點數變多（共多 {more} 點），{lost} 位變少（共少 {fewer} 點）。\n重放了 {members} 位會員的 {purchases} 筆消費，用時 {seconds} 秒。"
        ),
        Language::Ko => format!(
            "회원 {gained}명은 포인트가 늘고(합계 {more}P), {lost}명은 줄어듭니다(합계 {fewer}P).\n회원 {members}명의 구매 {purchases}건을 {seconds}초에 다시 계산했습니다."
        ),
        Language::En => format!(
            "{gained} members end with more points ({more} more in all), {lost} with fewer ({fewer} fewer in all).\n{purchases} purchases of {members} members were replayed in {seconds} s."
        ),
    }
}
