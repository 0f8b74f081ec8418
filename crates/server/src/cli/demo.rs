//! `danggol demo`: a believable sample brand.

use anyhow::{Result, bail};
use danggol_core::language::Language;
use danggol_core::money::Currency;
use indicatif::{ProgressBar, ProgressStyle};

use super::{Context, Report};
use crate::auth::password;
use crate::demo::{self, DemoOptions, DemoReport, Progress, Stage};
use crate::random;

/// The environment variable that may hold the password of the owner.
const PASSWORD_VARIABLE: &str = "DANGGOL_DEMO_PASSWORD";
/// Characters of a password that is made here.
const PASSWORD_CHARACTERS: usize = 14;

/// What to fill it with.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Members
    #[arg(long, default_value_t = 2_000, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=10_000_000))]
    members: u32,
    /// Whose words, money and festivals: zh-CN, zh-TW, ko or en [default: the language of this terminal]
    #[arg(long, value_name = "TAG", value_parser = tag)]
    language: Option<Language>,
    /// The same seed gives the same brand on the same day
    #[arg(long, default_value_t = 1, value_name = "N")]
    seed: u64,
    /// Do nothing where there is a brand already
    #[arg(long)]
    if_empty: bool,
}

fn tag(text: &str) -> Result<Language, String> {
    let known = Language::ALL.into_iter().find(|language| language.tag().eq_ignore_ascii_case(text));
    known.ok_or_else(|| Language::ALL.map(Language::tag).join(", "))
}

/// Fills the data folder or database.
pub fn run(context: &Context, args: &Args) -> Result<()> {
    let report = context.report;
    let app = context.open()?;
    if args.if_empty && app.is_set_up() {
        report.say(&[
            "已有品牌，未作改动。",
            "已有品牌，未作變更。",
            "이미 브랜드가 있어 그대로 둡니다.",
            "There is a brand already; nothing was changed.",
        ]);
        return Ok(app.close()?);
    }
    let given = std::env::var(PASSWORD_VARIABLE).ok();
    let options = DemoOptions {
        members: args.members as usize,
        language: args.language.unwrap_or(report.language),
        seed: args.seed,
        now_ms: app.now_ms(),
        password: given.unwrap_or_else(|| random::secret().chars().take(PASSWORD_CHARACTERS).collect()),
        card_prefix: app.config.card_prefix.clone(),
    };
    if let Err(error) = password::check(&options.password, PASSWORD_VARIABLE) {
        bail!("{PASSWORD_VARIABLE}: {}", error.problem(report.language, "").detail);
    }
    let bar = Bar::new(report);
    let made = demo::fill(&app.store, &app.keyring, &options, |progress| bar.show(progress))?;
    bar.clear();
    app.close()?;
    tell(report, &made, &options);
    Ok(())
}

fn tell(report: Report, made: &DemoReport, options: &DemoOptions) {
    let currency = Currency::new(&made.currency, made.currency_exponent);
    let amount = currency.map(|currency| currency.format_short(made.amount_minor, report.language));
    let amount = if report.json { made.amount_minor.into() } else { amount.unwrap_or_default().into() };
    let share = format!("{:.1} %", made.top20_amount_bp as f64 / 100.0);
    let share = if report.json { made.top20_amount_bp.into() } else { share.into() };
    report.thing(&[
        (&["品牌", "品牌", "브랜드", "brand"], "brand", made.brand.clone().into()),
        (&["会员", "會員", "회원", "members"], "members", made.members.into()),
        (&["门店", "門市", "매장", "stores"], "stores", made.stores.into()),
        (&["商品", "商品", "상품", "products"], "products", made.products.into()),
        (&["历史消费", "歷史消費", "지난 구매", "earlier purchases"], "purchases_history", made.history.into()),
        (&["积分消费", "集點消費", "적립 구매", "purchases with points"], "purchases_earned", made.earned.into()),
        (&["销售额", "銷售額", "매출", "sales"], "amount_minor", amount),
        (&["退货", "退貨", "반품", "returns"], "returns", made.returns.into()),
        (&["用积分抵现", "點數折抵", "포인트 사용 구매", "paid partly with points"], "redemptions", made.redemptions.into()),
        (&["人工调整", "人工調整", "수동 조정", "adjustments"], "adjustments", made.adjustments.into()),
        (&["到期与等级检查", "到期與等級檢查", "소멸·등급 점검", "expiry and tier reviews"], "reviews", made.reviews.into()),
        (
            &["前 20% 买家的销售占比", "前 20% 買家的銷售占比", "상위 20% 구매자의 매출 비중", "sales share of the top 20 %"],
            "top20_amount_bp",
            share,
        ),
        (&["账号", "帳號", "아이디", "login"], "login", demo::LOGIN.into()),
        (&["密码", "密碼", "비밀번호", "password"], "password", options.password.clone().into()),
    ]);
    report.say(&[
        "示例品牌已经建好。运行 danggol serve，用上面的账号和密码登录。密码只显示这一次。",
        "示範品牌已經建好。執行 danggol serve，用上面的帳號和密碼登入。密碼只顯示這一次。",
        "예시 브랜드를 만들었습니다. danggol serve를 실행하고 위의 아이디와 비밀번호로 로그인해 주세요. 비밀번호는 지금 한 번만 보입니다.",
        "The sample brand is ready. Run danggol serve and sign in with the login and password above. The password is shown this once.",
    ]);
}

/// The bar that people see while it is filled.
struct Bar {
    bar: ProgressBar,
    language: Language,
}

impl Bar {
    fn new(report: Report) -> Self {
        let bar = if report.json { ProgressBar::hidden() } else { ProgressBar::new(0) };
        let style = ProgressStyle::with_template("{msg} [{bar:32}] {human_pos}/{human_len} {eta}");
        bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
        Bar { bar, language: report.language }
    }

    fn show(&self, progress: Progress) {
        let words: [&'static str; 4] = match progress.stage {
            Stage::Members => ["会员入会", "會員入會", "회원 가입", "members"],
            Stage::History => ["历史消费", "歷史消費", "지난 구매", "earlier purchases"],
            Stage::Purchases => ["消费与积分", "消費與點數", "구매와 포인트", "purchases and points"],
        };
        let word = self.language.pick(&words).to_owned();
        if self.bar.message() != word {
            self.bar.reset();
            self.bar.set_message(word);
        }
        self.bar.set_length(progress.total as u64);
        self.bar.set_position(progress.done as u64);
    }

    fn clear(&self) {
        self.bar.finish_and_clear();
    }
}
