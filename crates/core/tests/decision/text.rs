//! Scenarios read from text, and outcomes written as text.

use std::collections::HashMap;

use danggol_core::decide::{Adjustment, Command, Detail, Entry, Envelope, Outcome, ReturnOrder, TierReview};
use danggol_core::holder::Ranking;
use danggol_core::id::{HolderId, MemberId, PurchaseId};
use danggol_core::ledger::Asset;
use danggol_core::programme::Programme;
use danggol_core::purchase::{Line, LineKind, Order, Pricing, PurchaseKind, Tender, TenderKind};
use danggol_core::share::Side;
use jiff::civil::DateTime;

use super::book::{Book, Step};

/// Runs a scenario under one programme in Seoul.
#[track_caller]
pub fn scenario(programme: Programme, text: &str) -> Book {
    scenario_of(Book::new(programme), Vec::new(), text)
}

/// Runs a scenario over a book; the line `publish` puts the next of `later` in force.
#[track_caller]
pub fn scenario_of(book: Book, later: Vec<Programme>, text: &str) -> Book {
    let mut script = Script::new(book, later);
    let mut differences = Vec::new();
    for line in text.lines().map(str::trim).filter(|line| !line.is_empty()) {
        let (command, expected) =
            line.split_once('|').map_or((line, ""), |(command, expected)| (command.trim_end(), expected.trim()));
        let came = script.run(command.trim());
        if came != expected {
            differences.push(format!("{command} | {expected}\n{:>width$}", format!("came: {came}"), width = command.len()));
        }
    }
    assert!(differences.is_empty(), "\n{}\n", differences.join("\n"));
    script.book
}

/// A scenario while it runs.
pub struct Script {
    pub book: Book,
    later: std::vec::IntoIter<Programme>,
    names: HashMap<String, PurchaseId>,
}

impl Script {
    /// A scenario over a book; the line `publish` puts the next of `later` in force.
    pub fn new(book: Book, later: Vec<Programme>) -> Self {
        Self { book, later: later.into_iter(), names: HashMap::new() }
    }

    /// Carries out one line and says what came of it.
    pub fn run(&mut self, line: &str) -> String {
        if line.split_whitespace().next() == Some("publish") {
            self.book.publish(self.later.next().expect("another version"));
            return String::new();
        }
        let (envelope, member, now_ms) = self.read(line);
        let step = self.book.carry_out(&envelope, now_ms);
        if matches!(envelope.command, Command::Review(_)) {
            self.book.check_reviewed(member, now_ms);
        }
        self.say(&step, member, now_ms)
    }

    /// Reads one line: the command, the member it is about and when it is carried out, in UTC milliseconds.
    pub fn read(&mut self, line: &str) -> (Envelope, i64, i64) {
        let mut words = line.split_whitespace();
        let now_ms = self.instant(words.next().expect("a moment"));
        let mut words: Vec<&str> = words.collect();
        let member = take(&mut words, "@").map_or(1, |name| name.parse().expect("@ and a number"));
        let key = take(&mut words, "key=").map(|key| {
            let (key, hash) = key.split_once(':').expect("key=key:hash");
            (key.to_owned(), hash.parse::<i64>().expect("a hash"))
        });
        // Something that happened earlier than it is posted.
        let happened_ms = take(&mut words, "of=").map_or(now_ms, |when| self.instant(when));
        let command = match words[0] {
            "buy" => self.buy(member, happened_ms, &words[1..]),
            "return" => self.give_back(now_ms, &words[1..]),
            "adjust" => Command::Adjust(Adjustment {
                member: MemberId(member),
                asset: if words.contains(&"growth") { Asset::Growth } else { Asset::Points },
                amount: words[1].parse().expect("an amount"),
                reason: "because".to_owned(),
            }),
            "review" => Command::Review(HolderId(member)),
            "rank" => self.rank(member, happened_ms, words[1]),
            other => panic!("no command {other}"),
        };
        (self.book.envelope(command, key.as_ref().map(|(key, hash)| (key.as_str(), *hash))), member, now_ms)
    }

    /// An envelope with a purchase of the first member, to be carried out in a batch.
    pub fn order(&mut self, goods: &str, at_ms: i64) -> Envelope {
        let words: Vec<&str> = std::iter::once("-").chain(goods.split_whitespace()).collect();
        let command = self.buy(1, at_ms, &words);
        self.book.envelope(command, None)
    }

    fn instant(&self, text: &str) -> i64 {
        let text = if text.contains('T') { text.to_owned() } else { format!("{text}T12:00") };
        let civil: DateTime = text.parse().unwrap_or_else(|_| panic!("{text} is no moment"));
        self.book.rules.clock().zone.to_timestamp(civil).expect("a moment of the zone").as_millisecond()
    }

    fn buy(&mut self, member: i64, at_ms: i64, words: &[&str]) -> Command {
        let id = PurchaseId(self.book.id());
        self.names.insert(words[0].to_owned(), id);
        let moment = self.book.rules.moment(at_ms);
        let mut order = Order {
            id,
            member: MemberId(member),
            external_no: None,
            channel: "store".to_owned(),
            store: None,
            staff: None,
            moment,
            lines: Vec::new(),
            pricing: Pricing::Paid,
            coupons: Vec::new(),
            discount_minor: 0,
            coupon_minor: 0,
            tenders: Vec::new(),
            redeem_points: 0,
            kind: PurchaseKind::Earn,
            input_hash: 0,
        };
        let mut words = words[1..].iter();
        while let Some(word) = words.next() {
            let mut value = || *words.next().expect("a value");
            match *word {
                "less" => order.discount_minor = value().parse().expect("a discount"),
                "redeem" => order.redeem_points = value().parse().expect("points"),
                "cash" => order.tenders.push(Tender { kind: TenderKind::Cash, amount_minor: value().parse().expect("cash") }),
                "store" => order.store = Some(value().to_owned()),
                "channel" => order.channel = value().to_owned(),
                "no" => {
                    let (number, hash) = value().split_once(':').expect("no number:hash");
                    order.external_no = Some(number.to_owned());
                    order.input_hash = hash.parse().expect("a hash");
                }
                "history" => order.kind = PurchaseKind::History,
                "list" => order.pricing = Pricing::List,
                goods => order.lines.push(line(goods)),
            }
        }
        Command::Purchase(order)
    }

    /// `-` is outside of all layers.
    fn rank(&self, member: i64, at_ms: i64, layer: &str) -> Command {
        let (programme, day) = (&self.book.rules.current.programme, self.book.rules.moment(at_ms).day);
        let layer = (layer != "-").then(|| layer.to_owned());
        let reaches = programme.layers_reached(layer.as_deref());
        Command::Rank(HolderId(member), Ranking { day, layer, reaches, bulk: false, amount_minor: 100 })
    }

    fn give_back(&mut self, now_ms: i64, words: &[&str]) -> Command {
        let purchase = self.names.get(words[0]).copied().unwrap_or(PurchaseId(1));
        let lines: Vec<(usize, i64)> = words[1..]
            .iter()
            .map(|word| {
                let (place, pieces) = word.split_once(':').unwrap_or((word, "1"));
                let sku = |kept: &danggol_core::purchase::KeptPurchase| kept.lines.iter().position(|line| line.sku == place);
                let found = self.book.purchases.get(&purchase).and_then(sku);
                (found.or_else(|| place.parse().ok()).expect("a line"), pieces.parse().expect("pieces"))
            })
            .collect();
        Command::Return(ReturnOrder { purchase, lines: (!lines.is_empty()).then_some(lines), at_ms: now_ms })
    }

    fn say(&self, step: &Step, member: i64, now_ms: i64) -> String {
        let mut said: Vec<String> = Vec::new();
        match &step.outcome {
            Outcome::Refused(refusal) => return format!("refused {}", refusal.code()),
            Outcome::Nothing => return "nothing".to_owned(),
            Outcome::Replayed(entry) => {
                let name = self.names.iter().filter(|(_, id)| id.0 == entry.0).map(|(name, _)| name.as_str()).next();
                return format!("replayed {}", name.unwrap_or("?"));
            }
            Outcome::Done(_) => {}
        }
        if let Some(award) = &step.award {
            said.extend(self.say_price(step));
            said.extend(step.shares.iter().filter_map(say_share));
            said.extend((award.redeemed_points != 0).then(|| format!("-{}", award.redeemed_points)));
            said.push(format!("+{}", award.given(Asset::Points)));
            said.extend(Some(award.given(Asset::Growth)).filter(|units| *units != 0).map(|units| format!("growth +{units}")));
            said.extend(award.tier_after.as_ref().map(|tier| format!("^{tier}")));
        }
        if let Some(entry) = &step.entry {
            self.say_detail(&entry.detail, &mut said);
        }
        let points = &self.book.state(member).points;
        let (balance, available) = (points.balance(), points.available(now_ms));
        let also = if balance == available { String::new() } else { format!("/{available}") };
        said.push(format!("= {balance}{also}"));
        said.join(" ")
    }

    /// What a purchase at list prices costs: `pays 8500 [ten 1000, milk 500]`.
    fn say_price(&self, step: &Step) -> Option<String> {
        let (quote, Outcome::Done(id)) = (step.quote.as_ref()?, &step.outcome) else { return None };
        let kept = &self.book.purchases[&PurchaseId(id.0)];
        let paid: i64 = kept.lines.iter().map(|line| line.amount_minor).sum::<i64>() - kept.discount_minor;
        let offers = &self.book.rules.current.programme.offers;
        let off = quote.applied.iter().map(|applied| format!("{} {}", offers[applied.offer].id, applied.off_minor()));
        let off: Vec<String> = off.collect();
        Some(if off.is_empty() { format!("pays {paid}") } else { format!("pays {paid} [{}]", off.join(", ")) })
    }

    fn say_detail(&self, detail: &Detail, said: &mut Vec<String>) {
        match detail {
            Detail::Return(detail) => {
                said.push(format!("{:+}", -detail.points_taken));
                let parts = [
                    ("growth", -detail.growth_taken),
                    ("refund", detail.refund_minor),
                    ("back", detail.given_back),
                    ("spent", detail.spent),
                    ("lapsed", detail.lapsed),
                    ("deducted", detail.deducted_minor),
                ];
                said.extend(parts.into_iter().filter(|(_, value)| *value != 0).map(|(word, value)| format!("{word} {value}")));
                said.extend(detail.tier.as_ref().map(say_tier));
            }
            Detail::Adjustment { amount, .. } => said.push(format!("{amount:+}")),
            Detail::Review { ranked, expired, tier, .. } => {
                said.extend(ranked.as_ref().map(|ranked| format!("ranked {}", ranked.layer.as_deref().unwrap_or("-"))));
                let units: i64 = expired.iter().map(|lot| lot.amount).sum();
                said.extend((units != 0).then(|| format!("expired {units}")));
                said.extend(tier.as_ref().map(say_tier));
            }
            Detail::Coupon(_)
            | Detail::Occasion(_)
            | Detail::Value(_)
            | Detail::Gift(_)
            | Detail::Merge(_)
            | Detail::Undo(_)
            | Detail::Share(_) => {
                said.push(detail.word().to_owned());
            }
        }
    }
}

/// What came from whom: `300 of 2`.
fn say_share(entry: &Entry) -> Option<String> {
    match &entry.detail {
        Detail::Share(detail) if detail.side == Side::Takes => Some(format!("{} of {}", detail.points(), detail.other.0)),
        _ => None,
    }
}

fn say_tier(review: &TierReview) -> String {
    match review {
        TierReview::Renewed => "renewed".to_owned(),
        TierReview::Warned => "warned".to_owned(),
        TierReview::Changed { from, to } => {
            format!("{}>{}", from.as_deref().unwrap_or("none"), to.as_deref().unwrap_or("none"))
        }
    }
}

fn take<'a>(words: &mut Vec<&'a str>, prefix: &str) -> Option<&'a str> {
    let at = words.iter().position(|word| word.starts_with(prefix))?;
    words.remove(at).strip_prefix(prefix)
}

fn line(text: &str) -> Line {
    let (goods, kind) = match text.split_once('!') {
        None => (text, LineKind::Sale),
        Some((goods, "gift")) => (goods, LineKind::Gift),
        Some((goods, "adjustment")) => (goods, LineKind::Adjustment),
        Some((_, other)) => panic!("no kind {other}"),
    };
    let (name, price) = goods.split_once(':').unwrap_or_else(|| panic!("{text} is no line"));
    let (sku, category) = name.split_once('/').map_or((name, None), |(sku, category)| (sku, Some(category.to_owned())));
    let (pieces, price) = price.split_once('x').unwrap_or((if kind == LineKind::Adjustment { "0" } else { "1" }, price));
    let (quantity, price): (i64, i64) = (pieces.parse().expect("pieces"), price.parse().expect("a price"));
    Line { sku: sku.to_owned(), category, quantity, amount_minor: price * quantity.max(1), kind, off_minor: 0 }
}
