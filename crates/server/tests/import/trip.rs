//! What is written out can be brought in elsewhere, and is the same there.

use danggol_server::export::{What, export};
use danggol_server::import::columns::{Kind, recognise};

use crate::common::{NOW_MS, Shop, facts, reasons, rows};

const MEMBERS: &str = "name,phone,email,card,external,gender,birthday,birthday_calendar,store,joined_at,source,note,occupation,address,income_band,tags,custom.kids,custom.shoe,consent.advertising.sms,consent.personalisation\n\
    \"Ann, \"\"A\"\"\",13000000001,ann@example.com,C1,E1,female,1990-02-29,lunar,S1,2025-01-02 03:04:05,fair,\"two\nlines\",nurse,Street 1,mid,regular; 단골,2,,given 2025-02-03T04:05:06Z,withdrawn 2025-02-03T04:05:06Z\n\
    박보검,,,C2,,male,--02-29,solar,,2025-01-02,,,,,,,,260,,\n";

const PRODUCTS: &str = "sku,name,category,brand,department,price\nA,牛奶,乳品,X,食品,12.50\nB,빵,,,,3\n";

const PURCHASES: &str = "number,at,store,channel,staff,member_card,sku,category,quantity,amount,total\n\
    T1,2026-03-01 10:00:01,S1,online,K,C1,A,,2,25,24\nT1,2026-03-01 10:00:01,S1,online,K,C1,B,bread,0,-0.50,24\n\
    T2,2026-03-02 23:59,,,,C2,,,1,0,\n,2026-03-03 00:00,,,,C2,A,,1,7,\n";

fn filled() -> Shop {
    let shop = Shop::open(None);
    for (kind, name, text) in
        [(Kind::Members, "m.csv", MEMBERS), (Kind::Products, "a.csv", PRODUCTS), (Kind::Purchases, "p.csv", PURCHASES)]
    {
        let job = shop.import(kind, &shop.file(name, text), None);
        assert_eq!(rows(&job).2, 0, "{:?}", reasons(&job));
    }
    shop
}

fn write(shop: &Shop, what: What, name: &str) -> (std::path::PathBuf, u64) {
    let path = shop.folder.0.join(name);
    let written = export(&shop.app.store, &shop.app.keyring, &shop.app.brand(), what, &path, &mut |_| {}).unwrap();
    (path, written)
}

#[test]
fn what_is_written_out_is_the_same_when_it_is_brought_in() {
    let shop = filled();
    let kinds = [
        (What::Members(NOW_MS), Kind::Members, "members", 2),
        (What::Products, Kind::Products, "products", 2),
        (What::Purchases, Kind::Purchases, "purchases", 4),
    ];
    for format in ["csv", "xlsx", "parquet"] {
        let other = Shop::open(None);
        for (what, kind, name, expected) in kinds {
            let (path, written) = write(&shop, what, &format!("{name}.{format}"));
            assert_eq!(written, expected, "{name}.{format}");
            let job = other.import(kind, &path, None);
            assert_eq!(rows(&job), (expected, 0, 0), "{name}.{format} {:?}", reasons(&job));
        }
        assert_eq!(other.products(), shop.products(), "{format}");
        assert_eq!(facts(&other), facts(&shop), "{format}");
        let tagged = |shop: &Shop| {
            let (path, _) = write(shop, What::Members(NOW_MS), &format!("tagged-{format}.csv"));
            std::fs::read_to_string(path).unwrap().contains(",regular; 단골,")
        };
        assert!(tagged(&shop) && tagged(&other), "{format}");
    }
}

#[test]
fn the_columns_that_are_written_are_recognised() {
    let shop = filled();
    for (what, kind, name, expected) in [
        (
            What::Members(NOW_MS),
            Kind::Members,
            "m.csv",
            "address birthday birthday_calendar card email external gender income_band joined_at name note occupation phone source store tags",
        ),
        (What::Products, Kind::Products, "a.csv", "brand category department name price sku"),
        (
            What::Purchases,
            Kind::Purchases,
            "p.csv",
            "amount at category channel line_kind member_card member_email member_external member_phone number product_name quantity sku staff store total",
        ),
    ] {
        let (path, _) = write(&shop, what, name);
        let text = std::fs::read_to_string(path).unwrap();
        let header: Vec<&str> = text.lines().next().unwrap().trim_start_matches('\u{FEFF}').split(',').collect();
        let mut found: Vec<&str> = recognise(kind, &header)
            .into_iter()
            .filter(|guess| guess.field.name() == header[guess.column])
            .map(|guess| guess.field.name())
            .collect();
        found.sort_unstable();
        assert_eq!(found.join(" "), expected);
    }
}

#[test]
fn the_log_is_written_with_what_each_entry_did() {
    let shop = filled();
    let (path, written) = write(&shop, What::Entries, "log.csv");
    assert_eq!(written, 3);
    let text = std::fs::read_to_string(path).unwrap();
    let cell = |line: &str, place: usize| line.split(',').nth(place).unwrap_or_default().to_owned();
    let told: Vec<[String; 4]> = text.lines().skip(1).map(|line| [1, 5, 8, 9].map(|place| cell(line, place))).collect();
    let numbered: Vec<[&str; 4]> = told.iter().take(2).map(|cells| cells.each_ref().map(String::as_str)).collect();
    assert_eq!(numbered, [["history", "import", "T1", "24.00"], ["history", "import", "T2", "0.00"]]);
    assert!(told[2][2].starts_with("row:") && told[2][3] == "7.00", "{told:?}");
}

#[test]
fn facts_stand_under_the_names_that_conditions_use() {
    let shop = filled();
    let (path, written) = write(&shop, What::Facts(NOW_MS), "facts.csv");
    let text = std::fs::read_to_string(path).unwrap();
    let mut table = csv::Reader::from_reader(text.trim_start_matches('\u{FEFF}').as_bytes());
    let header = table.headers().unwrap().clone();
    let cell = |row: &csv::StringRecord, name: &str| row[header.iter().position(|known| known == name).unwrap()].to_owned();
    let told: Vec<[String; 3]> = table
        .records()
        .map(|row| ["member.status", "habit.purchases", "habit.spent"].map(|name| cell(row.as_ref().unwrap(), name)))
        .collect();
    assert_eq!(told, [["active", "1", "24.00"], ["active", "2", "7.00"]]);
    assert_eq!(written, told.len() as u64);
    let (path, again) = write(&shop, What::Facts(NOW_MS), "facts.parquet");
    assert_eq!((again, &std::fs::read(path).unwrap()[..4]), (written, &b"PAR1"[..]));
}
