//! Members and products from files.

use danggol_core::member::MemberStatus;
use danggol_server::import::columns::Kind;
use danggol_store::{segment, tag};
use encoding_rs::{EUC_KR, Encoding, GB18030, UTF_8};

use crate::common::{Shop, each_engine, reasons, rows};

fn name_and_phone(shop: &Shop) -> Vec<String> {
    let line = |record: danggol_store::member::MemberRecord| {
        let known: Vec<&str> = record.identities.iter().map(|known| known.identity.value.as_str()).collect();
        format!("{} {}", record.fields.name.unwrap_or_default(), known.join(" "))
    };
    shop.members().into_iter().map(line).collect()
}

#[test]
fn a_file_in_any_encoding_of_the_trade_is_brought_in_and_changes_nothing_the_second_time() {
    let cases: [(&'static Encoding, &str, &[&str]); 3] = [
        (UTF_8, "姓名,手机号\n张伟,130 0000 0001\n李娜,130 0000 0002\n", &["张伟 +8613000000001", "李娜 +8613000000002"]),
        (GB18030, "会员姓名,会员卡号,性别,备注\n王芳,A-1,女,喜欢草莓味的酸奶\n赵敏,A-2,女,对花生过敏\n", &["王芳 A1", "赵敏 A2"]),
        (
            EUC_KR,
            "이름,휴대폰 번호,성별,메모\n김철수,+82 10-0000-0001,남,포인트 문자 수신 동의\n이영희,+82 10-0000-0002,여,주말 방문\n",
            &["김철수 +821000000001", "이영희 +821000000002"],
        ),
    ];
    each_engine(|shop| {
        let mut expected: Vec<String> = Vec::new();
        for (encoding, text, members) in cases {
            let path = shop.file(encoding.name(), encoding.encode(text).0);
            let job = shop.import(Kind::Members, &path, None);
            assert_eq!(rows(&job), (2, 0, 0), "{} {:?}", encoding.name(), reasons(&job));
            assert_eq!(job.body.encoding, encoding.name());
            expected.extend(members.iter().map(|member| (*member).to_owned()));
            let again = shop.import(Kind::Members, &path, None);
            assert_eq!(rows(&again), (0, 2, 0), "{}", encoding.name());
        }
        assert_eq!(name_and_phone(shop), expected);
    });
}

#[test]
fn a_number_that_another_member_has_is_refused_with_that_member() {
    each_engine(|shop| {
        let path = shop.file("a.csv", "name,phone,email,card\nA,13000000001,a@example.com,\nB,13000000002,,C2\n");
        shop.import(Kind::Members, &path, None);
        let cases = [
            ("A,13000000001,a@example.com,", (0, 1, 0), None),
            ("A,13000000001,,", (0, 1, 0), None),
            ("A,13000000001,,C9", (0, 0, 1), Some("identity_taken")),
            ("A,13000000001,,C2", (0, 0, 1), Some("identities_disagree")),
            ("C,13000000003,,C3", (1, 0, 0), None),
            ("D,,,", (0, 0, 1), Some("phone.value_missing")),
        ];
        for (row, expected, reason) in cases {
            let path = shop.file("b.csv", format!("name,phone,email,card\n{row}\n"));
            let job = shop.import(Kind::Members, &path, None);
            assert_eq!(rows(&job), expected, "{row}");
            assert_eq!(reasons(&job).first().map(|(reason, _)| reason.as_str()), reason, "{row}");
        }
        let owner = shop.members()[0].id;
        shop.import(Kind::Members, &shop.file("c.csv", "name,phone,card\nA,13000000001,C9\n"), None);
        let refused = std::fs::read_to_string(shop.folder.0.join("c.csv.rejected.csv")).unwrap();
        assert!(
            refused.contains(&format!("A,13000000001,C9,2,identity_taken,That number is another member's ({owner})")),
            "{refused}"
        );
    });
}

/// The names of the tags of each member, in the order of the members.
fn tags(shop: &Shop) -> Vec<String> {
    let ids: Vec<_> = shop.members().iter().map(|record| record.id).collect();
    let named = shop.app.store.read_blocking(move |conn| {
        let names: Vec<_> = segment::all(conn)?.into_iter().map(|record| (record.id, record.name)).collect();
        let given = tag::given_to(conn, &ids, i64::MAX - 1)?;
        let of = |id| {
            let hers = names.iter().rev().filter(|(tag, _)| given.iter().any(|given| (given.member, given.tag) == (id, *tag)));
            hers.map(|(_, name)| name.as_str()).collect::<Vec<_>>().join(" ")
        };
        Ok(ids.into_iter().map(of).collect())
    });
    named.unwrap()
}

#[test]
fn a_column_of_tags_gives_them_and_makes_those_that_nobody_knows() {
    each_engine(|shop| {
        let import = |name: &str, text: &str| shop.import(Kind::Members, &shop.file(name, text), None);
        let job = import("a.csv", "姓名,手机号,标签\n张伟,13000000001,老客户、爱小样\n李娜,13000000002,\n");
        assert_eq!(rows(&job), (2, 0, 0), "{:?}", reasons(&job));
        assert_eq!(tags(shop), ["老客户 爱小样", ""]);
        // A member who is known already gets the tags that she lacks, and keeps what she has.
        for (name, row, expected) in [
            ("b.csv", "13000000002,爱小样;; 新人 |爱小样", (1, 0, 0)),
            ("c.csv", "13000000002,新人", (0, 1, 0)),
            ("d.csv", "13000000002,", (0, 1, 0)),
        ] {
            assert_eq!(rows(&import(name, &format!("手机号,标签\n{row}\n"))), expected, "{row}");
        }
        assert_eq!(tags(shop), ["老客户 爱小样", "爱小样 新人"]);
        let many: Vec<String> = (0..101).map(|number| format!("t{number}")).collect();
        let text = format!("phone,tags\n13000000001,{}\n13000000001,\"{}\"\n", "x".repeat(41), many.join(","));
        let refused = import("e.csv", &text);
        let codes: Vec<String> = reasons(&refused).into_iter().map(|(reason, _)| reason).collect();
        assert_eq!((rows(&refused), codes), ((0, 0, 2), vec!["tags.too_long".to_owned(), "tags.unknown_word".to_owned()]));
        assert_eq!(tags(shop), ["老客户 爱小样", "爱小样 新人"]);
    });
}

/// What holds of each member's advertising by SMS.
fn by_sms(shop: &Shop) -> Vec<Option<&'static str>> {
    shop.members().iter().map(|record| record.consents.get("advertising.sms").map(|consent| consent.said.word())).collect()
}

#[test]
fn a_column_of_consents_brings_back_nothing_that_was_withdrawn() {
    each_engine(|shop| {
        let import = |name: &str, text: &str| shop.import(Kind::Members, &shop.file(name, text), None);
        let (file, given) =
            ("name,phone,consent.advertising.sms\nA,13000000001,同意\nB,13000000002,no\nC,13000000003,\n", Some("given"));
        assert_eq!(rows(&import("a.csv", file)), (3, 0, 0));
        assert_eq!(by_sms(shop), [given, Some("withdrawn"), None]);
        assert_eq!(rows(&import("a2.csv", file)), (0, 3, 0), "a file twice changes nothing");
        for (row, expected, sms) in [
            ("13000000001,withdrawn", (1, 0, 0), Some("withdrawn")),
            ("13000000001,given", (0, 1, 0), Some("withdrawn")),
            ("13000000001,given 2026-01-01T00:00:00Z", (0, 1, 0), Some("withdrawn")),
            ("13000000001,perhaps", (0, 0, 1), Some("withdrawn")),
        ] {
            let job = import("b.csv", &format!("phone,consent.advertising.sms\n{row}\n"));
            assert_eq!((rows(&job), by_sms(shop)[0]), (expected, sms), "{row}");
        }
        let refused = import("c.csv", "phone,consent.gossip.sms\n13000000001,given\n");
        assert_eq!(reasons(&refused)[0].0, "consent.gossip.sms.consent_not_asked");
        let mapping =
            "[columns]\nphone = \"phone\"\nconsent.advertising.sms = { column = \"ok\", values = { \"Y+\" = \"given\" } }\n";
        let mapped = shop.import(Kind::Members, &shop.file("d.csv", "phone,ok\n13000000003,Y+\n"), Some(mapping));
        assert_eq!((rows(&mapped), by_sms(shop)[2]), ((1, 0, 0), given));
    });
}

#[test]
fn a_member_made_by_a_purchase_is_completed_by_her_row() {
    each_engine(|shop| {
        let bought = shop.file("p.csv", "number,at,member_external,amount\n1,2026-03-01 10:00,E7,12.50\n");
        shop.import(Kind::Purchases, &bought, None);
        assert_eq!(shop.members()[0].fields.status, MemberStatus::Unclaimed);
        let file = "external,name,phone,gender,birthday,birthday_calendar\nE7,陈晨,13000000009,女,1990-05-30,农历\n";
        let job = shop.import(Kind::Members, &shop.file("m.csv", file), None);
        assert_eq!((rows(&job), job.body.checkpoint.counts.members), ((1, 0, 0), 0));
        let members = shop.members();
        assert_eq!((members.len(), members[0].fields.status, members[0].identities.len()), (1, MemberStatus::Active, 2));
        assert_eq!(members[0].fields.name.as_deref(), Some("陈晨"));
        let again = shop.import(Kind::Members, &shop.file("m2.csv", file), None);
        assert_eq!(rows(&again), (0, 1, 0));
    });
}

#[test]
fn what_a_row_says_of_a_member_is_kept() {
    let shop = Shop::open(None);
    let file = "name,phone,gender,birthday,store,joined_at,source,occupation,address,custom.kids\n\
                Ann,13000000001,F,--02-29,S1,2025-01-02 03:04:05,roadshow,nurse,Some street,2\n\
                Bob,13000000002,unknown,,,,,,,\n";
    let job = shop.import(Kind::Members, &shop.file("m.csv", file), None);
    assert_eq!(rows(&job), (2, 0, 0), "{:?}", reasons(&job));
    let members = shop.members();
    let (ann, bob) = (&members[0], &members[1]);
    assert_eq!(ann.fields.gender.map(|gender| gender.word()), Some("female"));
    assert_eq!((ann.fields.store.as_deref(), ann.source_code.as_deref()), (Some("S1"), Some("roadshow")));
    // In Shanghai, eight hours ahead of UTC.
    assert_eq!(ann.joined_at_ms, 1_735_758_245_000);
    assert_eq!(ann.fields.profile.custom.get("kids").map(String::as_str), Some("2"));
    assert_eq!(ann.fields.birthday.map(|birthday| (birthday.month(), birthday.day())), Some((2, 29)));
    assert_eq!((bob.fields.gender, bob.fields.birthday, bob.joined_at_ms), (None, None, crate::common::NOW_MS));
    assert_eq!((ann.source_kind.as_str(), bob.source_kind.as_str()), ("import", "import"));
}

#[test]
fn products_take_the_place_of_what_was_known_and_columns_that_are_not_there_leave_it_alone() {
    each_engine(|shop| {
        let steps = [
            (
                "商品编码,商品名称,类别,零售价(元)\nA1,酸奶,乳品,12.5\nB2,纸巾,日用,8\n",
                (2, 0, 0),
                ["A1 酸奶 乳品 1250", "B2 纸巾 日用 800"],
            ),
            (
                "商品编码,商品名称,类别,零售价(元)\nA1,酸奶,乳品,12.5\nB2,纸巾,日用,8\n",
                (0, 2, 0),
                ["A1 酸奶 乳品 1250", "B2 纸巾 日用 800"],
            ),
            ("sku,price\nA1,13\n", (1, 0, 0), ["A1 酸奶 乳品 1300", "B2 纸巾 日用 800"]),
            ("sku,price\nA1,-1\n,5\nB2,8.005\n", (0, 0, 3), ["A1 酸奶 乳品 1300", "B2 纸巾 日用 800"]),
        ];
        for (place, (text, expected, kept)) in steps.into_iter().enumerate() {
            let job = shop.import(Kind::Products, &shop.file(&format!("{place}.csv"), text), None);
            assert_eq!(rows(&job), expected, "{text}");
            assert_eq!(shop.products(), kept, "{text}");
        }
    });
}
