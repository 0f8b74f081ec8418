//! `danggol pyramid`: who brings how much. It reads beside a running server.

use anyhow::{Result, bail};
use danggol_core::language::Language;
use danggol_core::money::{Currency, number_words};
use danggol_core::time::{MAX_AT_MS, rfc3339};
use danggol_store::{Access, Store, StoreOptions};

use super::{Context, Report};
use crate::app::BrandState;
use crate::brand::Brand;
use crate::clock;
use crate::routes::pyramid::{PyramidQuery, PyramidView, plan};

/// Over which days, and by what.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// First business day, YYYY-MM-DD [default: the programme's period before the last]
    #[arg(long, value_name = "DATE")]
    from: Option<String>,
    /// Last business day, YYYY-MM-DD [default: today]
    #[arg(long, value_name = "DATE")]
    to: Option<String>,
    /// Everything that was ever bought
    #[arg(long, conflicts_with_all = ["from", "to"])]
    all: bool,
    /// Weights of the criteria, such as amount:1,frequency:2 [default: the programme's]
    #[arg(long, value_name = "WEIGHTS")]
    weights: Option<String>,
}

/// Shows the pyramid.
pub fn run(context: &Context, args: Args) -> Result<()> {
    let report = context.report;
    let options = StoreOptions { access: Access::Read, readers: 1, ..StoreOptions::default() };
    let now_ms = clock::system()();
    let store = Store::open(context.config.target.clone(), options, now_ms)?;
    let state = store.read_blocking(BrandState::read)?;
    let rules = state.rules()?;
    let brand = state.brand.unwrap_or_else(Brand::unset);
    let ever = |at_ms: i64| args.all.then(|| rfc3339(at_ms).chars().take(10).collect::<String>());
    let query = PyramidQuery {
        from: args.from.clone().or_else(|| ever(0)),
        to: args.to.clone().or_else(|| ever(MAX_AT_MS - 1)),
        weights: args.weights.clone(),
    };
    let (from, to, criteria) = match plan(&rules, now_ms, &query) {
        Ok(planned) => planned,
        Err(error) => {
            let problem = error.problem(report.language, "");
            bail!("{}: {}", problem.field.unwrap_or_default(), problem.detail)
        }
    };
    let pyramid = store.read_blocking(move |conn| PyramidView::read(conn, None, (from, to), criteria))?;
    if report.json {
        println!("{}", serde_json::to_string(&pyramid)?);
    } else {
        show(report, &pyramid, &brand, args.all);
    }
    Ok(())
}

fn show(report: Report, pyramid: &PyramidView, brand: &Brand, is_all: bool) {
    let language = report.language;
    let currency = Currency::new(&brand.currency, brand.currency_exponent).unwrap_or_default();
    let money = |amount_minor: i64| currency.format(amount_minor, language);
    let mut rows = vec![
        [
            ["层级", "層級", "등급", "layer"],
            ["会员", "會員", "회원", "members"],
            ["占会员", "占會員", "회원 비중", "of members"],
            ["销售额", "銷售額", "매출", "sales"],
            ["占销售额", "占銷售額", "매출 비중", "of sales"],
            ["门槛", "門檻", "최저 구매액", "from"],
        ]
        .map(|label| language.pick(&label).to_owned()),
    ];
    rows.extend(pyramid.layers.iter().map(|layer| {
        [
            layer.name.clone(),
            number_words(layer.members as i64),
            percent(layer.member_share_bp),
            money(layer.amount_minor),
            percent(layer.amount_share_bp),
            layer.lowest_minor.map(money).unwrap_or_default(),
        ]
    }));
    if !is_all {
        println!("{} – {}", pyramid.from, pyramid.to);
    }
    super::report::table(&rows);
    println!("{}", sentence(language, pyramid, &money(pyramid.amount_minor)));
}

/// What the pyramid says in one sentence, with its denominator.
fn sentence(language: Language, pyramid: &PyramidView, amount: &str) -> String {
    let (share, buyers) = (percent(pyramid.top20_amount_bp), number_words(pyramid.buyers as i64));
    match language {
        Language::ZhCn => format!("20% 的会员带来 {share} 的销售额（共 {buyers} 位购买者，{amount}）。"),
        Language::ZhTw => format!("20% 的會員帶來 {share} 的銷售額（共 {buyers} 位購買者，{amount}）。"),
        Language::Ko => format!("회원의 20%가 매출의 {share}를 가져옵니다(구매자 {buyers}명, {amount})."),
        Language::En => format!("20% of members bring {share} of sales ({buyers} buyers, {amount})."),
    }
}

/// Ten-thousandths as per cent, with decimals only where there are any.
fn percent(share_bp: i64) -> String {
    match (share_bp / 100, share_bp % 100) {
        (whole, 0) => format!("{whole}%"),
        (whole, rest) if rest % 10 == 0 => format!("{whole}.{}%", rest / 10),
        (whole, rest) => format!("{whole}.{rest:02}%"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_are_said_shortly() {
        for (share_bp, expected) in [(10_000, "100%"), (7_133, "71.33%"), (150, "1.5%"), (101, "1.01%"), (0, "0%")] {
            assert_eq!(percent(share_bp), expected);
        }
    }
}
