//! `danggol brand`: sets up the brand without a browser, for scripts and imports before the first sign-in.

use anyhow::{Context as _, Result, bail};
use danggol_core::language::Language;
use danggol_store::{StoreError, programme, setting};

use super::Context;
use crate::brand::{self, BrandDraft};
use crate::routes::setup::first_programme;

/// The brand.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// What it is called
    #[arg(long)]
    name: String,
    /// ISO 4217 code of its currency
    #[arg(long, value_name = "CODE")]
    currency: String,
    /// ISO 3166 code of its country
    #[arg(long, value_name = "CODE")]
    country: String,
    /// IANA name of its time zone, such as Asia/Seoul
    #[arg(long, value_name = "ZONE")]
    time_zone: String,
    /// zh-CN, zh-TW, ko or en [default: the language of this terminal]
    #[arg(long, value_name = "TAG")]
    language: Option<String>,
    /// The hour at which its business day changes
    #[arg(long, value_name = "HOUR", default_value_t = 0, value_parser = clap::value_parser!(u8).range(0..=23))]
    day_cut_hour: u8,
}

/// Sets the brand up. A brand that is there already stays as it is.
pub fn run(context: &Context, args: Args) -> Result<()> {
    let report = context.report;
    let language = match args.language.as_deref() {
        Some(tag) => Language::from_tag(tag).with_context(|| format!("{tag}: zh-CN, zh-TW, ko, en"))?,
        None => report.language,
    };
    let Args { name, currency, country, time_zone, day_cut_hour, .. } = args;
    let draft = BrandDraft { name, currency, country, time_zone, language, day_cut_hour };
    let brand = match draft.check("") {
        Ok(brand) => brand,
        Err(error) => {
            let problem = error.problem(report.language, "");
            bail!("{}: {}", problem.field.unwrap_or_default(), problem.detail)
        }
    };
    let app = context.open()?;
    let (kept, keyring, now_ms) = (brand.clone(), std::sync::Arc::clone(&app.keyring), app.now_ms());
    let json = |value: serde_json::Result<String>| value.map_err(|error| StoreError::Damaged(error.to_string()));
    let is_new = app.store.write_blocking(move |conn| {
        setting::check_keyring(conn, &keyring)?;
        let is_new = setting::put_new(conn, brand::SETTING, &json(serde_json::to_string(&kept))?)?;
        if is_new {
            programme::publish(conn, &json(serde_json::to_string(&first_programme(&kept)))?, now_ms, None, None)?;
        }
        Ok(is_new)
    });
    app.close()?;
    if !is_new? {
        report.say(&[
            "品牌已存在，未作改动。",
            "品牌已存在，未作變更。",
            "이미 브랜드가 있어 그대로 둡니다.",
            "There is a brand already; nothing was changed.",
        ]);
    }
    report.thing(&[
        (&["品牌", "品牌", "브랜드", "brand"], "name", brand.name.into()),
        (&["货币", "貨幣", "통화", "currency"], "currency", brand.currency.into()),
        (&["国家", "國家", "나라", "country"], "country", brand.country.into()),
        (&["时区", "時區", "시간대", "time zone"], "time_zone", brand.time_zone.into()),
    ]);
    Ok(())
}
