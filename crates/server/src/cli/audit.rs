//! `danggol audit`: everything about benefits derived again from the log, and what differs.

use anyhow::Result;
use danggol_store::audit::{Audited, audit};
use danggol_store::difference::Difference;
use danggol_store::{Access, Store, StoreOptions};
use indicatif::{ProgressBar, ProgressStyle};
use serde_json::{Value, json};

use super::Context;
use crate::app::BrandState;
use crate::clock;

/// Something differs; it has been told already.
#[derive(Debug, thiserror::Error)]
#[error("what is kept does not follow from the log")]
pub struct Differs;

/// Derives everything again, also while the brand is served.
pub fn run(context: &Context) -> Result<()> {
    let options = StoreOptions { access: Access::Read, readers: 1, ..StoreOptions::default() };
    let store = Store::open(context.config.target.clone(), options, clock::system()())?;
    let bar = ProgressBar::new_spinner().with_style(ProgressStyle::with_template("{spinner} {pos} {per_sec}")?);
    let shown = bar.clone();
    let audited = store.read_blocking(move |conn| {
        let rules = BrandState::read(conn)?.rules()?;
        audit(conn, &rules, |audited| shown.set_position(audited.members))
    })?;
    bar.finish_and_clear();
    tell(context, &audited);
    if audited.differing == 0 { Ok(()) } else { Err(Differs.into()) }
}

fn tell(context: &Context, audited: &Audited) {
    let report = context.report;
    let said = |difference: &Difference| match report.json {
        true => json!({
            "place": difference.place.say(report.language),
            "figure": difference.figure.word(),
            "kept": difference.kept,
            "derived": difference.derived,
        }),
        false => Value::from(difference.say(report.language)),
    };
    let differences: Vec<Value> = audited.differences.iter().map(said).collect();
    if !report.json {
        differences.iter().filter_map(Value::as_str).for_each(|line| println!("{line}"));
    }
    let mut lines = vec![
        (&["会员", "會員", "회원", "members"], "members", audited.members.into()),
        (&["消费", "消費", "구매", "purchases"], "purchases", audited.purchases.into()),
        (&["其他记录", "其他紀錄", "다른 기록", "other entries"], "entries", audited.entries.into()),
        (&["不一致", "不一致", "불일치", "differences"], "differing", audited.differing.into()),
    ];
    if report.json {
        lines.push((&["明细", "明細", "상세", "details"], "differences", differences.into()));
    }
    report.thing(&lines);
}
