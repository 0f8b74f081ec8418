use super::*;
use crate::condition::ConditionFault;

const A: MemberId = MemberId(1);
const B: MemberId = MemberId(2);
const C: MemberId = MemberId(3);

fn given(at_ms: i64) -> Consent {
    Consent { said: Said::Given, at_ms }
}

fn withdrawn(at_ms: i64) -> Consent {
    Consent { said: Said::Withdrawn, at_ms }
}

fn held(consents: &[(&str, Consent)]) -> Consents {
    consents.iter().map(|(matter, consent)| ((*matter).to_owned(), *consent)).collect()
}

#[test]
fn the_most_restrictive_word_holds_and_who_was_never_asked_takes_nothing_away() {
    for (name, keeper, other, expected) in [
        ("both agreed", &[("a", given(1))][..], &[("a", given(5))][..], &[("a", given(5))][..]),
        ("the other withdrew before", &[("a", given(9))], &[("a", withdrawn(5))], &[("a", withdrawn(5))]),
        ("the keeper withdrew before", &[("a", withdrawn(1))], &[("a", given(5))], &[("a", withdrawn(1))]),
        ("both withdrew", &[("a", withdrawn(1))], &[("a", withdrawn(5))], &[("a", withdrawn(5))]),
        ("the keeper was never asked", &[], &[("a", given(5))], &[("a", given(5))]),
        ("the other was never asked", &[("a", given(1))], &[], &[("a", given(1))]),
        ("each of something else", &[("a", given(1))], &[("b", withdrawn(2))], &[("a", given(1)), ("b", withdrawn(2))]),
    ] {
        let mut joined = held(keeper);
        join(&mut joined, &held(other));
        assert_eq!(joined, held(expected), "{name}");
    }
}

#[test]
fn what_the_one_person_says_goes_before_and_a_story_without_the_merge_is_that_of_each() {
    let said = |member, consent| Step::Said(member, "a".to_owned(), consent);
    let story = [
        said(A, given(1)),
        said(B, withdrawn(2)),
        Step::Merged { keep: A, absorb: B },
        said(B, given(3)),
        Step::Merged { keep: C, absorb: A },
        said(A, withdrawn(4)),
    ];
    let of = |people: &[MemberId], steps: &[Step]| tell(steps, &people.iter().copied().collect());
    assert_eq!(of(&[A, B], &story[..3]), BTreeMap::from([(A, held(&[("a", withdrawn(2))]))]));
    assert_eq!(of(&[A, B], &story[..4]), BTreeMap::from([(A, held(&[("a", given(3))]))]));
    assert_eq!(of(&[A, B, C], &story), BTreeMap::from([(C, held(&[("a", withdrawn(4))]))]));
    assert_eq!(of(&[B], &story), BTreeMap::from([(B, held(&[("a", given(3))]))]), "said in her file");
    assert_eq!(of(&[A], &story), BTreeMap::from([(A, held(&[("a", withdrawn(4))]))]));
    assert_eq!(of(&[C], &story), BTreeMap::from([(C, Consents::new())]));
}

#[test]
fn comparisons_of_what_was_said_and_when() {
    let test = |text: &str| serde_json::from_str::<ConsentTest>(text).expect("a comparison");
    let now_ms = 800 * DAY_MS;
    for (text, consent, expected) in [
        (r#"{"consent":"a","channel":"sms","op":"is","value":"given"}"#, Some(given(1)), true),
        (r#"{"consent":"a","channel":"sms","op":"is","value":"given"}"#, Some(withdrawn(1)), false),
        (r#"{"consent":"a","channel":"sms","op":"is","value":"given"}"#, None, false),
        (r#"{"consent":"a","op":"is_missing"}"#, None, true),
        (r#"{"consent":"a","op":"in","value":["given","withdrawn"]}"#, Some(withdrawn(1)), true),
        (r#"{"consent":"a","ask":"days","op":"at_least","value":700}"#, Some(given(100 * DAY_MS)), true),
        (r#"{"consent":"a","ask":"days","op":"at_least","value":700}"#, Some(given(100 * DAY_MS + 1)), false),
        (r#"{"consent":"a","ask":"days","op":"at_most","value":0}"#, Some(given(now_ms + 5)), true),
    ] {
        let test = test(text);
        assert_eq!(test.fault(), None, "{text}");
        assert_eq!(test.passes(test.value_of(consent, now_ms)), expected, "{text}");
    }
    for text in [
        r#"{"consent":"a","op":"is","value":"maybe"}"#,
        r#"{"consent":"a","op":"is","value":1}"#,
        r#"{"consent":"a","op":"in","value":["given","maybe"]}"#,
        r#"{"consent":"a","ask":"days","op":"is","value":"given"}"#,
        r#"{"consent":"a","op":"is"}"#,
    ] {
        assert_eq!(test(text).fault(), Some(ConditionFault::MeasureOperand), "{text}");
    }
    for (text, fault) in [
        (r#"{"consent":"a","op":"at_least","value":1}"#, ConditionFault::MeasureOperator),
        (r#"{"consent":"a.sms","op":"is_missing"}"#, ConditionFault::Purpose),
        (r#"{"consent":"","op":"is_missing"}"#, ConditionFault::Purpose),
    ] {
        assert_eq!(test(text).fault(), Some(fault), "{text}");
    }
}

#[test]
fn matters_have_one_form() {
    for text in ["advertising.sms", "personalisation", "a1_b.post"] {
        assert_eq!(Matter::parse(text).map(|matter| matter.to_string()).as_deref(), Some(text));
    }
    for text in ["", "Advertising.sms", "advertising.", "advertising.fax", "1a", "a b", "a.sms.email", "a\".sms"] {
        assert_eq!(Matter::parse(text), None, "{text}");
    }
}

#[test]
fn what_cannot_stand_is_found() {
    let change = |change: &dyn Fn(&mut Purpose)| {
        let mut rules = ConsentRules::usual("KR");
        change(&mut rules.purposes[1]);
        rules.fault()
    };
    for country in ["KR", "CN", "TW", "US"] {
        assert_eq!(ConsentRules::usual(country).fault(), None, "{country}");
    }
    assert_eq!(change(&|purpose| purpose.code = ADVERTISING.to_owned()), Some(ConsentFault::Code(1)));
    assert_eq!(change(&|purpose| purpose.code = "A".to_owned()), Some(ConsentFault::Code(1)));
    assert_eq!(change(&|purpose| purpose.name = LocalText::default()), Some(ConsentFault::Name(1)));
    assert_eq!(change(&|purpose| purpose.channels = vec![ConsentChannel::Sms; 2]), Some(ConsentFault::Channels(1)));
    assert_eq!(change(&|purpose| purpose.confirm_days = Some(0)), Some(ConsentFault::ConfirmDays(1)));
    let long = Wording { en: Some("x".repeat(MAX_WORDING + 1)), ..Wording::default() };
    let wordings = vec![WordingVersion { version: 1, since_ms: 0, text: long }];
    assert_eq!(change(&|purpose| purpose.wordings = wordings.clone()), Some(ConsentFault::Wording(1)));
    let purposes = vec![ConsentRules::usual("US").purposes[0].clone(); MAX_PURPOSES + 1];
    assert_eq!(ConsentRules { purposes, retired: Vec::new() }.fault(), Some(ConsentFault::TooMany));
}
