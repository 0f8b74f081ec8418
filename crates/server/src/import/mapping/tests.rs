//! Mappings as people write them, over rows as files have them.

use super::*;
use crate::import::fault::ValueFault;
use crate::import::moment::When;
use crate::import::table::{Row, Table};

/// The rows of a text, and its columns.
fn table(text: &str) -> (Vec<String>, Vec<Row>) {
    let path = std::env::temp_dir().join(format!("danggol-mapping-{}-{:?}.csv", std::process::id(), std::thread::current().id()));
    std::fs::write(&path, text).expect("the temporary folder is writable");
    let mut table = Table::open(&path, &TableOptions::default()).expect("opens");
    let mut rows = Vec::new();
    let mut row = Row::default();
    while table.next(&mut row).expect("reads") {
        rows.push(row.clone());
    }
    std::fs::remove_file(&path).expect("the file is there");
    (table.columns().to_vec(), rows)
}

fn plan(kind: Kind, mapping: &str, columns: &[String]) -> Plan {
    Mapping::parse(kind, mapping).expect("a mapping").plan(columns).expect("a plan")
}

#[test]
fn texts_come_from_where_the_mapping_says() {
    let (columns, rows) = table("id,省,市,街,性别,空\n7,广东,深圳,,男,NULL\n,,,,?,-\n");
    let cases = [
        ("\"id\"", Some("7"), None),
        ("{ column = \"性别\", values = { \"男\" = \"male\", \"?\" = \"\" } }", Some("male"), None),
        ("{ column = \"性别\", values = { \"男\" = \"male\" } }", Some("male"), Some("?")),
        ("{ constant = \"shop\" }", Some("shop"), Some("shop")),
        ("{ template = \"cj-{id}/{市}\" }", Some("cj-7/深圳"), None),
        ("{ template = \"{{{id}}}\" }", Some("{7}"), None),
        ("{ join = [\"省\", \"市\", \"街\"] }", Some("广东 深圳"), None),
        ("{ join = [\"省\", \"市\", \"街\"], separator = \"\" }", Some("广东深圳"), None),
        ("{ column = \"id\", default = \"0\" }", Some("7"), Some("0")),
        ("{ column = \"空\", default = \"x\" }", Some("x"), Some("x")),
        ("\"空\"", None, None),
    ];
    for (rule, first, second) in cases {
        let mapping = format!("[file]\nempty = [\"NULL\", \"-\"]\n[columns]\naddress = {rule}\n");
        let plan = plan(Kind::Members, &mapping, &columns);
        for (row, expected) in rows.iter().zip([first, second]) {
            assert_eq!(plan.text(Field::Address, row).expect("a text").as_deref(), expected, "{rule}");
        }
        assert_eq!(plan.text(Field::Phone, &rows[0]), Ok(None), "what is not mapped is absent");
    }
}

#[test]
fn an_old_example_is_made_to_end_lately() {
    let (columns, rows) = table("at,day\n2017-12-31 23:30:00,2017-12-31\n2017-01-01T11:53:26Z,x\n");
    let read = |days: i32, row: usize| {
        let mapping = format!("[columns]\nat = {{ column = \"at\", zone = \"UTC\", later_by_days = {days} }}\n");
        plan(Kind::Purchases, &mapping, &columns).occurred(&rows[row])
    };
    let at = |text: &str| Ok(Some(When::Absolute(text.parse().expect("a time"))));
    assert_eq!(read(3_248, 0), at("2026-11-22T23:30:00Z"));
    assert_eq!(read(3_248, 1), at("2025-11-23T11:53:26Z"));
    assert_eq!(read(-1, 0), at("2017-12-30T23:30:00Z"));
    let local = plan(Kind::Purchases, "[columns]\ndate = { column = \"day\", later_by_days = 1 }", &columns).occurred(&rows[0]);
    assert!(matches!(local, Ok(Some(When::Local(civil))) if civil.to_string().starts_with("2018-01-01")), "{local:?}");
    let far = Mapping::parse(Kind::Purchases, "[columns]\nat = { column = \"at\", later_by_days = 36526 }");
    assert!(matches!(far, Err(MappingError::BadSetting { setting: "later_by_days", .. })), "{far:?}");
}

#[test]
fn what_is_measured_is_one_piece() {
    let (columns, rows) = table("units\n999\n1000\n30080\n0\n");
    let measured = plan(Kind::Purchases, "[columns]\nquantity = { column = \"units\", measured_above = 999 }", &columns);
    let read: Vec<_> = rows.iter().map(|row| measured.amount(Field::Quantity, row, 0)).collect();
    assert_eq!(read, [Ok(Some(999)), Ok(Some(1)), Ok(Some(1)), Ok(Some(0))]);
    for wrong in ["quantity = { column = \"units\", measured_above = 0 }", "amount = { column = \"units\", measured_above = 9 }"]
    {
        let wrong = Mapping::parse(Kind::Purchases, &format!("[columns]\n{wrong}"));
        assert!(matches!(wrong, Err(MappingError::BadSetting { setting: "measured_above", .. })), "{wrong:?}");
    }
}

#[test]
fn numbers_and_times_follow_their_rules() {
    let (columns, rows) = table(
        "d,t,at,fen,eur,kg\n\
         05/01/2024,1:05 PM,2017-01-01 11:53:26,1250,\"1.234,50\",0.350\n\
         2024-01-05,later,2017-01-01T11:53:26+09:00,12.5,x,1.000\n",
    );
    let plan = plan(
        Kind::Purchases,
        "[columns]\n\
         date = { column = \"d\", format = \"%d/%m/%Y\" }\n\
         time = \"t\"\n\
         at = { column = \"at\", zone = \"UTC\" }\n\
         amount = { column = \"fen\", scale = 0.01 }\n\
         total = { column = \"eur\", decimal = \",\" }\n\
         discount = { column = \"kg\", round = true }\n",
        &columns,
    );
    let amounts = |row: &Row| {
        [Field::Amount, Field::Total, Field::Discount]
            .map(|field| plan.amount(field, row, 2).map_err(|fault| (fault.field, fault.fault, fault.text)))
    };
    assert_eq!(amounts(&rows[0]), [Ok(Some(1_250)), Ok(Some(123_450)), Ok(Some(35))]);
    let fault = |field: &str, fault, text: &str| Err((field.to_owned(), fault, text.to_owned()));
    assert_eq!(
        amounts(&rows[1]),
        [
            fault("amount", ValueFault::TooManyDecimals, "12.5"),
            fault("total", ValueFault::NotANumber, "x"),
            fault("discount", ValueFault::AmbiguousNumber, "1.000"),
        ]
    );
    let instant = |row: &Row| match plan.occurred(row) {
        Ok(Some(When::Absolute(timestamp))) => timestamp.to_string(),
        other => format!("{other:?}"),
    };
    assert_eq!(instant(&rows[0]), "2017-01-01T11:53:26Z");
    assert_eq!(instant(&rows[1]), "2017-01-01T02:53:26Z");
    assert_eq!(plan.date(Field::Date, &rows[0]).expect("a date").map(|date| date.to_string()).as_deref(), Some("2024-01-05"));
    assert_eq!(plan.date(Field::Date, &rows[1]).map_err(|fault| fault.fault), Err(ValueFault::NotADate));
}

#[test]
fn numbers_of_several_columns_are_added_up() {
    let (columns, rows) = table("a,b,n\n0.5,1.25,1\n,2,1\n,,1\n1,x,1\n");
    let plan = plan(Kind::Purchases, "[columns]\ndiscount = { sum = [\"a\", \"b\"] }\n", &columns);
    let read = |row: &Row| plan.amount(Field::Discount, row, 2).map_err(|fault| (fault.fault, fault.text));
    let fault = Err((ValueFault::NotANumber, "x".to_owned()));
    assert_eq!(rows.iter().map(read).collect::<Vec<_>>(), [Ok(Some(175)), Ok(Some(200)), Ok(None), fault]);
    for wrong in ["store = { sum = [\"a\"] }", "discount = { sum = [\"a\"], default = \"1\" }"] {
        let refused = Mapping::parse(Kind::Purchases, &format!("[columns]\n{wrong}"));
        assert!(matches!(refused, Err(MappingError::BadSetting { setting: "sum", .. })), "{refused:?}");
    }
}

#[test]
fn a_date_and_a_time_make_a_moment() {
    let (columns, rows) = table("d,t\n2024-01-05,1:05 PM\n2024-01-05 09:30,\n20240105,2024-01-01 23:59:01\n2024-01-05,later\n");
    let plan = plan(Kind::Purchases, "[columns]\ndate = \"d\"\ntime = \"t\"\n", &columns);
    let expected = ["2024-01-05T13:05:00", "2024-01-05T09:30:00", "2024-01-05T23:59:01", "time not_a_date later"];
    for (row, expected) in rows.iter().zip(expected) {
        let told = match plan.occurred(row) {
            Ok(Some(When::Local(civil))) => civil.to_string(),
            Err(fault) => format!("{} {} {}", fault.field, fault.fault.code(), fault.text),
            other => format!("{other:?}"),
        };
        assert_eq!(told, expected);
    }
}

#[test]
fn the_first_rows_teach_the_decimal_mark() {
    let (columns, rows) = table("kg,n\n1.000,1\n0.350,2\n");
    let mut plan = plan(Kind::Purchases, "[columns]\namount = \"kg\"\n", &columns);
    assert_eq!(plan.amount(Field::Amount, &rows[0], 2).map_err(|fault| fault.fault), Err(ValueFault::AmbiguousNumber));
    plan.learn(&rows);
    assert_eq!(plan.amount(Field::Amount, &rows[0], 2), Ok(Some(100)));
}

#[test]
fn own_fields_of_the_brand_are_mapped_by_name() {
    let (columns, rows) = table("id,kids,home\n1,2,\n");
    let plan = plan(Kind::Members, "[columns]\nexternal = \"id\"\ncustom.kids = \"kids\"\ncustom.home = \"home\"\n", &columns);
    let customs: Vec<_> = plan.customs(&rows[0]).map(|custom| custom.expect("a text")).collect();
    assert_eq!(customs, [("kids", "2".into())]);
}

#[test]
fn mistakes_of_a_mapping_are_told() {
    let columns = ["a".to_owned(), "b".to_owned()];
    let cases = [
        ("[columns]\namount = \"a\"", "ok"),
        ("", "ok"),
        ("[columns", "mapping_malformed"),
        ("[colums]\namount = \"a\"", "mapping_malformed"),
        ("[file]\nheadr = true", "mapping_malformed"),
        ("[columns]\namount = { column = \"a\", formt = \"x\" }", "mapping_malformed"),
        ("[columns]\nphone = \"a\"", "mapping_unknown_field"),
        ("[columns]\ncustom.x = \"a\"", "mapping_unknown_field"),
        ("[columns]\namount = \"c\"", "mapping_no_such_column"),
        ("[columns]\nnumber = { template = \"{a}-{c}\" }", "mapping_no_such_column"),
        ("[columns]\nnumber = { template = \"{a\" }", "mapping_bad_setting"),
        ("[columns]\nnumber = { template = \"a}\" }", "mapping_bad_setting"),
        ("[columns]\namount = { column = \"a\", constant = \"1\" }", "mapping_bad_setting"),
        ("[columns]\namount = { scale = 100 }", "mapping_bad_setting"),
        ("[columns]\namount = { column = \"a\", scale = -1 }", "mapping_bad_setting"),
        ("[columns]\namount = { column = \"a\", decimal = \";\" }", "mapping_bad_setting"),
        ("[columns]\namount = { column = \"a\", separator = \";\" }", "mapping_bad_setting"),
        ("[columns]\nat = { column = \"a\", zone = \"Mars/Olympus\" }", "mapping_bad_setting"),
        ("[columns]\namount = 5", "mapping_bad_setting"),
        ("[file]\nencoding = \"klingon\"", "mapping_bad_setting"),
        ("[file]\ndelimiter = \"ab\"", "mapping_bad_setting"),
    ];
    for (text, expected) in cases {
        let told = match Mapping::parse(Kind::Purchases, text).and_then(|mapping| mapping.plan(&columns)) {
            Ok(_) => "ok",
            Err(error) => error.code(),
        };
        assert_eq!(told, expected, "{text}");
    }
}

#[test]
fn a_recognised_mapping_can_be_kept_as_a_file() {
    let header = ["单号", "时间", "实付\"金额\"", "无关"].map(str::to_owned);
    let mapping = Mapping::recognised(Kind::Purchases, &header);
    assert_eq!(mapping.rules.len(), 3);
    let mut read = Mapping::parse(Kind::Purchases, &mapping.to_toml()).expect("what was written reads");
    let mut rules = mapping.rules.clone();
    for rules in [&mut rules, &mut read.rules] {
        rules.sort_by_key(|rule| format!("{:?}", rule.target));
    }
    assert_eq!(read.rules, rules);
    let chosen = Mapping::from_columns(Kind::Purchases, &header, &[(Field::Number, 0), (Field::Amount, 9)]);
    assert_eq!(chosen.rules.len(), 1);
}

#[test]
fn the_file_settings_reach_the_table() {
    let mapping = Mapping::parse(
        Kind::Purchases,
        "[file]\nheader = false\ncolumns = [\"a\", \"b\"]\ndelimiter = \"whitespace\"\nencoding = \"CP949\"\nsheet = \"s\"\nskip_rows = 2\n",
    )
    .expect("a mapping");
    let expected = TableOptions {
        encoding: Some(encoding_rs::EUC_KR),
        delimiter: Some(Delimiter::Whitespace),
        header: Some(false),
        columns: vec!["a".to_owned(), "b".to_owned()],
        sheet: Some("s".to_owned()),
        skip_rows: 2,
    };
    assert_eq!(mapping.options, expected);
}

#[test]
fn the_mappings_of_the_examples_fit_their_files() {
    let cases = [
        (
            Kind::Products,
            include_str!("../../../../../examples/complete-journey/products.toml"),
            "product_id manufacturer_id department brand product_category product_type package_size",
        ),
        (
            Kind::Members,
            include_str!("../../../../../examples/complete-journey/members.toml"),
            "household_id age income home_ownership marital_status household_size household_comp kids_count",
        ),
        (
            Kind::Purchases,
            include_str!("../../../../../examples/complete-journey/purchases.toml"),
            "household_id store_id basket_id product_id quantity sales_value retail_disc coupon_disc coupon_match_disc week \
             transaction_timestamp",
        ),
        (
            Kind::Purchases,
            include_str!("../../../../../examples/cdnow/purchases.toml"),
            "customer_id date number_of_cds dollar_value",
        ),
    ];
    for (kind, mapping, columns) in cases {
        let columns: Vec<String> = columns.split_whitespace().map(str::to_owned).collect();
        plan(kind, mapping, &columns);
    }
}
