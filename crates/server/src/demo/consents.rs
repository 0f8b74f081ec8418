//! What the members of the sample brand have agreed to: most were asked when they joined, some changed their minds.

use std::collections::BTreeMap;

use anyhow::Result;
use danggol_core::consent::{ADVERTISING, ConsentRules, ConsentWay, Purpose, Said, Wording, WordingVersion};
use danggol_core::decide::Actor;
use danggol_core::id::{ConsentId, IdMaker};
use danggol_core::time::DAY_MS;
use danggol_store::Conn;
use danggol_store::consent::{self, Statement};

use super::chance::Chance;
use super::people::Person;

/// Members whose words are kept in one commit.
const HEARD_AT_ONCE: usize = 500;
/// Of all members, how many were asked at all.
const ASKED: f64 = 0.86;
/// Of those who were asked for a purpose, how many agreed to its first channel; to each further one so much less.
const AGREED: [f64; 2] = [0.71, 0.12];
/// Of those who agreed, how many withdrew since.
const WITHDREW: f64 = 0.07;
/// Of other purposes than advertising, how many of those who were asked were asked for them.
const ASKED_MORE: f64 = 0.45;

/// What people read before they agree to advertising.
const WORDING: [&str; 4] = [
    "我们会向您发送门店的优惠与活动信息。您可随时拒绝，拒绝不影响会员资格。",
    "我們會向您發送門市的優惠與活動訊息。您可隨時拒絕，拒絕不影響會員資格。",
    "매장의 혜택과 소식을 보내 드립니다. 언제든지 거부하실 수 있으며, 거부하셔도 회원 자격은 그대로입니다.",
    "We send you offers and news of our stores. You can say no at any time and stay a member.",
];

/// For what the brand asks: what is usual in its country, with what people read.
fn rules(country: &str, opened_at_ms: i64) -> ConsentRules {
    let [zh_cn, zh_tw, ko, en] = WORDING.map(|text| Some(text.to_owned()));
    let text = Wording { zh_cn, zh_tw, ko, en };
    let mut rules = ConsentRules::usual(country);
    for purpose in rules.purposes.iter_mut().filter(|purpose| purpose.code == ADVERTISING) {
        purpose.wordings.push(WordingVersion { version: 1, since_ms: opened_at_ms, text: text.clone() });
    }
    rules
}

/// What one member said, and when.
fn words(person: &Person, rules: &ConsentRules, chance: &mut Chance, (clerk, now_ms): (Actor, i64)) -> Vec<Statement> {
    let online = person.habit.is_online_first();
    let statement = |purpose: &Purpose, matter, said, at_ms: i64| Statement {
        id: ConsentId(0),
        member: person.id,
        matter,
        said,
        at_ms,
        version: purpose.version_at(at_ms),
        way: if online { ConsentWay::Joining } else { ConsentWay::Counter },
        actor: clerk,
    };
    let mut said = Vec::new();
    if !chance.once(ASKED) {
        return said;
    }
    for purpose in &rules.purposes {
        if purpose.code != ADVERTISING && !chance.once(ASKED_MORE) {
            continue;
        }
        for (place, matter) in purpose.matters().enumerate() {
            let agrees = chance.once((AGREED[0] - AGREED[1] * place as f64).max(0.2));
            let at_ms = person.joined_at_ms.min(now_ms);
            said.push(statement(purpose, matter.clone(), if agrees { Said::Given } else { Said::Withdrawn }, at_ms));
            if agrees && chance.once(WITHDREW) {
                let since_ms = ((now_ms - at_ms) as f64 * chance.unit()) as i64;
                said.push(statement(purpose, matter, Said::Withdrawn, at_ms + since_ms / DAY_MS * DAY_MS));
            }
        }
    }
    said
}

/// Keeps the purposes and what everybody said, in the order of time. `people` joined one after the other; `clerk` kept it, from when the brand
/// opened until `now_ms`, as the writer of that node.
pub fn keep(
    conn: &mut Conn,
    (country, node): (&str, i64),
    (people, seed): (&[Person], u64),
    (clerk, opened_at_ms, now_ms): (Actor, i64, i64),
) -> Result<()> {
    let rules = rules(country, opened_at_ms);
    conn.transaction(|conn| consent::keep_rules(conn, &rules))?;
    let mut chance = Chance::new(seed, [20, 0]);
    let (mut ids, mut count) = (IdMaker::new(node), 0_usize);
    // What is said after the next ones have joined waits for its turn.
    let mut waiting: BTreeMap<(i64, usize), Statement> = BTreeMap::new();
    let mut chunks = people.chunks(HEARD_AT_ONCE).peekable();
    while let Some(people) = chunks.next() {
        for statement in people.iter().flat_map(|person| words(person, &rules, &mut chance, (clerk, now_ms))) {
            waiting.insert((statement.at_ms, count), statement);
            count += 1;
        }
        let until_ms = chunks.peek().and_then(|next| next.first()).map_or(i64::MAX, |next| next.joined_at_ms);
        let later = waiting.split_off(&(until_ms, 0));
        let due = std::mem::replace(&mut waiting, later).into_values();
        let statements: Vec<Statement> =
            due.map(|statement| Statement { id: ConsentId(ids.next(statement.at_ms)), ..statement }).collect();
        conn.transaction(|conn| consent::say(conn, &statements, now_ms))?;
    }
    Ok(())
}
