//! Ten thousand rows that cannot be taken, of ten kinds: each refused with its reason, the rest imported.

use danggol_server::import::columns::Kind;

use crate::common::{Shop, each_engine, reasons, rows};

/// The reason, and the row: `#` stands for its number, `@` for an article.
const PURCHASES: &[(&str, &[u8])] = &[
    ("amount.not_a_number", b"N#,2026-03-01 10:00,13000000001,@,1,ten\n"),
    ("amount.too_many_decimals", b"N#,2026-03-01 10:00,13000000001,@,1,1.005\n"),
    ("at.not_a_date", b"N#,yesterday,13000000001,@,1,1\n"),
    ("at.time_in_future", b"N#,2031-03-01 10:00,13000000001,@,1,1\n"),
    ("member_phone.phone_not_in_plan", b"N#,2026-03-01 10:00,123,@,1,1\n"),
    ("member_phone.value_missing", b"N#,2026-03-01 10:00,,@,1,1\n"),
    ("nul", b"N#,2026-03-01 10:00,13000000001,@\0,1,1\n"),
    ("quantity.too_many_decimals", b"N#,2026-03-01 10:00,13000000001,@,0.5,1\n"),
    ("too_few_cells", b"N#,2026-03-01 10:00,13000000001\n"),
    ("too_many_cells", b"N#,2026-03-01 10:00,13000000001,@,1,1,1\n"),
    ("undecodable", b"N#,2026-03-01 10:00,13000000001,\xFF\xFE,1,1\n"),
];

const MEMBERS: &[(&str, &[u8])] = &[
    ("birthday.birthday_no_such_day", "N#,1301#,,1990-02-30,女\n".as_bytes()),
    ("birthday.not_a_date", "N#,1301#,,spring,女\n".as_bytes()),
    ("email.email_malformed", "N#,1301#,nobody,,女\n".as_bytes()),
    ("gender.unknown_word", "N#,1301#,,,bird\n".as_bytes()),
    ("phone.phone_invalid_character", "N#,130x0000001,,,女\n".as_bytes()),
    ("phone.value_missing", "N#,,,,女\n".as_bytes()),
    ("stray_quote", "\"N#\"x,1301#,,,女\n".as_bytes()),
    ("too_few_cells", "N#,1301#\n".as_bytes()),
    ("too_many_cells", "N#,1301#,,,女,1\n".as_bytes()),
    ("undecodable", b"\xC3\x28 N#,1301#,,,\n"),
];

/// A file of so many rows of each kind, with good ones between them.
fn file(header: &str, kinds: &[(&str, &[u8])], good: &str, each: usize) -> Vec<u8> {
    let mut bytes = format!("{header}\n").into_bytes();
    let mut number = 0;
    for _ in 0..each {
        for row in kinds.iter().map(|(_, row)| *row).chain([good.as_bytes()]) {
            number += 1;
            let digits = format!("{number:07}");
            for byte in row {
                match byte {
                    b'#' => bytes.extend_from_slice(digits.as_bytes()),
                    b'@' => bytes.extend_from_slice("牛奶".as_bytes()),
                    other => bytes.push(*other),
                }
            }
        }
    }
    bytes
}

fn check(shop: &Shop, kind: Kind, header: &str, kinds: &[(&str, &[u8])], good: &str, each: usize) {
    let path = shop.file("file.csv", file(header, kinds, good, each));
    let job = shop.import(kind, &path, None);
    let expected: Vec<(String, u64)> = kinds.iter().map(|(reason, _)| ((*reason).to_owned(), each as u64)).collect();
    assert_eq!(reasons(&job), expected);
    assert_eq!(rows(&job), (each as u64, 0, (each * kinds.len()) as u64));
    let refused = std::fs::read_to_string(shop.folder.0.join("file.csv.rejected.csv")).unwrap();
    assert_eq!(refused.lines().count(), 1 + each * kinds.len());
    for (reason, _) in kinds {
        let code = reason.rsplit('.').next().unwrap();
        let said = refused.lines().filter(|line| line.contains(&format!(",{code},"))).count();
        assert!(said >= each, "{reason}");
    }
}

#[test]
fn ten_thousand_malformed_purchases_of_all_kinds_are_refused_each_with_its_reason() {
    let shop = Shop::open(None);
    let good = "G#,2026-03-01 10:00,13000000001,@,1,1.50\n";
    check(&shop, Kind::Purchases, "number,at,member_phone,sku,quantity,amount", PURCHASES, good, 910);
    assert_eq!(shop.purchases().len(), 910);
}

#[test]
fn malformed_members_are_refused_each_with_its_reason() {
    each_engine(|shop| {
        let good = "G#,1300#,,,女\n";
        check(shop, Kind::Members, "name,phone,email,birthday,gender", MEMBERS, good, 100);
        assert_eq!(shop.members().len(), 100);
    });
}

#[test]
fn a_file_in_which_no_row_can_be_taken_is_refused_as_a_whole() {
    let shop = Shop::open(None);
    for (kind, text, expected) in [
        (
            Kind::Purchases,
            "number,at,amount\n1,2026-03-01,1\n",
            "columns_missing: one of member_phone, member_card, member_external, member_email",
        ),
        (Kind::Products, "name\nx\n", "columns_missing: one of sku"),
        (Kind::Members, "name\nx\n", "columns_missing: one of phone, email, card, external"),
    ] {
        let path = shop.file("file.csv", text);
        let mut job = shop.job(kind, &path, None).unwrap();
        let error = danggol_server::import::run::run(&shop.app, &mut job, &Default::default()).unwrap_err();
        assert_eq!(error.to_string(), expected);
        assert_eq!(job.status, danggol_server::import::job::Status::Failed);
        assert!(job.body.error.as_ref().is_some_and(|texts| texts.iter().all(|text| !text.is_empty())));
    }
    let empty = shop.file("empty.csv", "");
    assert_eq!(shop.job(Kind::Members, &empty, None).unwrap_err().to_string(), "empty_file");
}
