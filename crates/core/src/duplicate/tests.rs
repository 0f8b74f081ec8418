//! Files of one person and of two.

use super::clue::{ClueKind, SHARED_MAX, clues};
use super::*;

/// `name | year-month-day or month-day | phone | e-mail | address`, parts left out empty.
fn traits(text: &str) -> Traits {
    let parts: Vec<&str> = text.split('|').map(str::trim).collect();
    let part = |at: usize| parts.get(at).copied().filter(|part| !part.is_empty()).map(str::to_owned);
    Traits {
        name: part(0),
        birthday: part(1).map(|text| Birthday::parse(&text, Calendar::Solar, false).expect("a birthday")),
        phones: part(2).into_iter().collect(),
        emails: part(3).into_iter().collect(),
        residence: part(4),
        ..Traits::default()
    }
}

fn reasons(one: &str, other: &str, shared: Shared, common: &Common) -> Vec<Reason> {
    let (one, other) = (traits(one), traits(other));
    let of = |traits| Features::of(traits, common, LunarKind::Chinese);
    compare(&of(&one), &of(&other), shared, i32::MIN).expect("any score does")
}

#[test]
fn files_of_one_person_and_of_two() {
    for (one, other, expected) in [
        ("张伟|1990-03-07", "張偉|1990-03-07", true),
        ("张伟|1990-03-07", "Zhang Wei|1990-03-07", true),
        ("张伟|1990-03-07", "Wei Zhang|1990-03-07", true),
        ("김철수|1985-11-02", "Kim Cheolsu|1985-11-02", true),
        ("김철수|1985-11-02", "KIM CHUL-SOO|1985-11-02", true),
        ("박영희|1985-11-02", "Park Younghee|1985-11-02", true),
        ("이민호|1985-11-02", "Lee Min Ho|1985-11-02", true),
        ("王小明||+8613800000001", "王小明||+8613800000007", true),
        ("王小明||+8613800000001", "王小明||+8613800000010", true),
        ("王小明||+8613800000001", "李小红||+8613800000007", false),
        ("王小明|1990-03-07", "王小明|1991-12-30", false),
        ("王小明|1990-03-07", "王小明|--03-07", true),
        ("王小明|1990-03-07", "王小明|1990-07-03", true),
        ("김철수|||chulsoo85@naver.example", "김철수|||chulsoo85@daum.example", true),
        ("김철수|||chulsoo85@naver.example", "박영희|||chulsoo85@daum.example", false),
        ("王小明||||上海市静安区南京西路1号", "王小明||||上海市 静安区 南京西路 1号", true),
        ("王小明||||上海", "王小明||||上海", false),
        ("金秀贤|1960-01-20|||首尔特别市江南区1", "朴智妍|1990-05-05|||首尔特别市江南区1", false),
        ("王小明", "王小明", false),
        ("", "", false),
    ] {
        let reasons = reasons(one, other, Shared::default(), &Common::default());
        let sure = percent(score(&reasons), 10_000);
        assert_eq!(sure >= SUGGESTED_FROM, expected, "{one} and {other}: {reasons:?} {sure} %");
    }
}

#[test]
fn who_is_suggested_shares_a_clue() {
    for (one, other) in [
        ("张伟|1990-03-07", "Zhang Wei|1990-03-07"),
        ("张伟|1990-03-07", "Wei Zhang|1990-03-07"),
        ("김철수|1985-11-02", "KIM CHUL-SOO|1985-11-02"),
        ("王小明||+8613800000001", "王小明||+8613800000007"),
        ("王小明||+8613800000001", "王小明||+8613900000001"),
        ("김철수|||chulsoo85@naver.example", "김철수|||chul.soo85+shop@daum.example"),
        ("王小明||||上海市静安区南京西路1号", "王小明||||上海市 静安区 南京西路 1号"),
    ] {
        let (one, other) = (clues(&traits(one)), clues(&traits(other)));
        assert!(one.iter().any(|clue| clue.kind.compares() && other.contains(clue)), "{one:?} {other:?}");
    }
}

#[test]
fn what_many_share_says_nothing() {
    let (one, other) = ("|||counter01@a.example|上海市静安区南京西路1号", "|||counter01@b.example|上海市静安区南京西路1号");
    let shared = Shared { mailbox: true, home: true, phones: true };
    assert_eq!(reasons(one, other, shared, &Common::default()), []);
    assert_eq!(reasons(one, other, Shared::default(), &Common::default()), [Reason::Mailbox, Reason::Home]);
    let (one, other) = ("王小明||+8613800000001", "王小明||+8613800000002");
    assert_eq!(reasons(one, other, Shared::default(), &Common::default()), [Reason::PhoneNear, Reason::NameWritten]);
    assert_eq!(reasons(one, other, shared, &Common::default()), [Reason::NameWritten], "one of a series of numbers");
}

/// pains.md: a tablet that fills in what it is not told: everybody is called alike, and born on the same day.
#[test]
fn pain_what_a_shops_tablet_fills_in_makes_nobody_alike() {
    let common = Common::new(["李秀英"], [traits("|1999-09-09").birthday.expect("a birthday")]);
    for (one, other, expected) in [
        ("顾客|1990-03-07", "顾客|1990-03-07", vec![Reason::Birthday, Reason::NameCommon]),
        ("李秀英|1990-03-07", "李秀英|1990-03-07", vec![Reason::Birthday, Reason::NameCommon]),
        ("王小明|1990-01-01", "王小明|1990-01-01", vec![Reason::NameWritten, Reason::BirthdayCommon]),
        ("王小明|1990-01-01", "王小明|1985-06-07", vec![Reason::NameWritten]),
        ("王小明|1999-09-09", "王小明|1999-09-09", vec![Reason::NameWritten, Reason::BirthdayCommon]),
        ("王小明|1999-09-09", "王小明|1999-09-08", vec![Reason::NameWritten]),
        ("손님|1990-03-07", "손님|1990-03-07", vec![Reason::Birthday, Reason::NameCommon]),
        ("VIP 17|1990-03-07", "VIP 23|1990-03-07", vec![Reason::Birthday, Reason::NameCommon]),
        ("顾客|1990-01-01", "顾客|1990-01-01", vec![Reason::NameCommon, Reason::BirthdayCommon]),
    ] {
        let found = reasons(one, other, Shared::default(), &common);
        assert_eq!(found, expected, "{one} and {other}");
    }
    let sure = |one: &str, other: &str| percent(score(&reasons(one, other, Shared::default(), &common)), 0);
    assert!(sure("王小明|1990-01-01", "王小明|1990-01-01") < SUGGESTED_FROM);
    assert!(sure("顾客|1990-01-01", "顾客|1990-01-01") == 0);
}

#[test]
fn what_falls_short_is_none() {
    let (one, other, common) = (traits("王小明|1990-03-07"), traits("王小明|1990-03-07"), Common::default());
    let (one, other) = (Features::of(&one, &common, LunarKind::Chinese), Features::of(&other, &common, LunarKind::Chinese));
    for (least, expected) in [(25, true), (26, false)] {
        assert_eq!(compare(&one, &other, Shared::default(), least).is_some(), expected, "{least}");
    }
    for (sure, members, expected) in [(50, 1_000, 15), (50, 1_000_000, 25), (99, 1_000, 22), (100, 0, 22), (0, 0, -64)] {
        assert_eq!(least_score(sure, members), expected, "{sure} % of {members}");
    }
}

#[test]
fn kinds_of_clues_are_read_back() {
    for kind in ClueKind::ALL {
        assert_eq!(ClueKind::from_number(kind.number()), Some(kind));
    }
    assert_eq!(ClueKind::from_number(ClueKind::ALL.len() as u8), None);
    let kinds: Vec<ClueKind> = clues(&traits("王小明|1990-03-07|+8613800000001|xiaoming@a.example|上海市静安区南京西路1号"))
        .into_iter()
        .map(|clue| clue.kind)
        .collect();
    assert_eq!(kinds, ClueKind::ALL);
    assert!(ClueKind::ALL.iter().all(|kind| kind.bound(0) >= SHARED_MAX));
    for (members, expected) in [(0, 6), (10_000, 20), (10_000_000, 2_000)] {
        assert_eq!(ClueKind::Begin.bound(members), expected, "{members}");
    }
}

#[test]
fn percents_grow_with_the_score_and_fall_with_the_members() {
    for (score, members, expected) in [
        (-30, 0, 0),
        (0, 0, 0),
        (15, 0, 56),
        (15, 1_000, 56),
        (18, 10_000, 51),
        (25, 1_000_000, 57),
        (22, 1_000_000, 14),
        (60, 1_000, 99),
    ] {
        assert_eq!(percent(score, members), expected, "{score} {members}");
    }
    use Certainty::{Likely, NearlyCertain, Possible, Unlikely};
    for (sure, expected) in
        [(0, Unlikely), (49, Unlikely), (50, Possible), (75, Likely), (95, NearlyCertain), (99, NearlyCertain)]
    {
        assert_eq!(Certainty::of(sure), expected, "{sure}");
    }
}
