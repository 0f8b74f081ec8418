//! Purchases from files.

use danggol_core::purchase::LineKind;
use danggol_server::import::columns::Kind;

use crate::common::{Shop, each_engine, reasons, rows};

/// Number, amount, discount, coupons and lines as `sku×quantity=amount`.
fn told(shop: &Shop) -> Vec<String> {
    let line = |line: &danggol_core::purchase::Line| {
        let kind = match line.kind {
            LineKind::Sale => "",
            LineKind::Gift => " gift",
            LineKind::Adjustment => " adjustment",
        };
        let off = if line.off_minor > 0 { format!(" off {}", line.off_minor) } else { String::new() };
        format!("{}×{}={}{kind}{off}", line.sku, line.quantity, line.amount_minor)
    };
    let purchase = |bought: &danggol_store::purchase::PurchaseRecord| {
        let lines: Vec<String> = bought.lines.iter().map(line).collect();
        let number = bought.external_no.as_deref().unwrap_or_default();
        let coupon = if bought.with_coupon() { format!(" coupon {}", bought.coupon_minor) } else { String::new() };
        format!("{number} {} -{}{coupon} [{}]", bought.amount_minor, bought.discount_minor, lines.join(", "))
    };
    shop.purchases().iter().map(purchase).collect()
}

#[test]
fn rows_of_one_number_are_one_purchase_wherever_they_stand() {
    each_engine(|shop| {
        let file = "number,at,member_phone,sku,quantity,amount\n\
                    T1,2026-03-01 10:00,13000000001,A,1,10\n\
                    T2,2026-03-01 10:01,13000000002,B,2,20\n\
                    T1,2026-03-01 10:00,13000000001,C,1,5.50\n\
                    T3,2026-03-01 10:02,,D,1,1\n\
                    T3,2026-03-01 10:02,13000000001,E,1,2\n\
                    T2,2026-03-01 10:01,,F,1,3\n";
        let path = shop.file("p.csv", file);
        let job = shop.import(Kind::Purchases, &path, None);
        let counts = job.body.checkpoint.counts;
        assert_eq!((rows(&job), counts.purchases, counts.members), ((6, 0, 0), 3, 2), "{:?}", reasons(&job));
        let mut purchases = told(shop);
        purchases.sort();
        assert_eq!(
            purchases,
            ["T1 1550 -0 [A×1=1000, C×1=550]", "T2 2300 -0 [B×2=2000, F×1=300]", "T3 300 -0 [D×1=100, E×1=200]"]
        );
        // The lines of the same purchases in another order are the same purchases.
        let turned: Vec<&str> = file.lines().skip(1).collect();
        let turned = format!("{}\n{}\n", file.lines().next().unwrap(), turned.into_iter().rev().collect::<Vec<_>>().join("\n"));
        for path in [path, shop.file("turned.csv", turned)] {
            let again = shop.import(Kind::Purchases, &path, None);
            assert_eq!((rows(&again), again.body.checkpoint.counts.purchases_unchanged), ((0, 6, 0), 3), "{:?}", reasons(&again));
        }
        assert_eq!(shop.purchases().len(), 3);
    });
}

/// A till writes what was paid and what had come off it: the money is what was paid, and she is known to buy at a discount and with
/// coupons.
#[test]
fn what_came_off_a_paid_line_is_kept_and_is_no_other_purchase() {
    each_engine(|shop| {
        let paid = shop.file(
            "paid.csv",
            "number,at,member_phone,sku,amount,card_off,coupon_off\nP1,2026-03-01 10:00,13000000001,A,8,0.50,1.5\n",
        );
        let plain =
            "[columns]\nnumber = \"number\"\nat = \"at\"\nmember_phone = \"member_phone\"\nsku = \"sku\"\namount = \"amount\"\n";
        let full = format!("{plain}discount = \"card_off\"\ncoupon = \"coupon_off\"\n");
        let job = shop.import(Kind::Purchases, &paid, Some(&full));
        assert_eq!(rows(&job), (1, 0, 0), "{:?}", reasons(&job));
        assert_eq!(told(shop), ["P1 800 -0 coupon 150 [A×1=800 off 200]"]);
        for mapping in [full.as_str(), plain] {
            let again = shop.import(Kind::Purchases, &paid, Some(mapping));
            assert_eq!(rows(&again), (0, 1, 0), "{:?}", reasons(&again));
        }
        assert_eq!(told(shop), ["P1 800 -0 coupon 150 [A×1=800 off 200]"]);
    });
}

#[test]
fn rows_without_a_number_are_told_apart_by_what_they_say_and_how_often() {
    each_engine(|shop| {
        let rows_of = |count: usize| format!("date,member_external,amount\n{}", "2026-03-01,E1,9.99\n".repeat(count));
        for (count, expected) in [(2, (2, 0, 0)), (2, (0, 2, 0)), (3, (1, 2, 0))] {
            let job = shop.import(Kind::Purchases, &shop.file("p.csv", rows_of(count)), None);
            assert_eq!(rows(&job), expected, "{count}");
        }
        let bought = shop.purchases();
        assert_eq!((bought.len(), bought[0].amount_minor), (3, 999));
        // A day alone is that business day, although the day is cut at four in the morning.
        assert_eq!(danggol_core::time::day_text(bought[0].business_day), "2026-03-01");
    });
}

#[test]
fn amounts_come_from_the_columns_there_are() {
    let shop = Shop::open(None);
    let cases = [
        (
            "number,at,member_card,sku,quantity,unit_price,discount\nU1,2026-03-01 10:00,C1,A,3,2.50,-1\n",
            "U1 650 -0 [A×3=650 off 100]",
        ),
        (
            "number,at,member_card,sku,quantity,unit_price,discount,coupon\nU9,2026-03-01 10:00,C1,A,3,2.50,1,-0.50\n",
            "U9 600 -0 coupon 50 [A×3=600 off 150]",
        ),
        (
            "number,at,member_card,sku,quantity,amount,discount\nD8,2026-03-01 10:00,C1,A,3,6.50,-1\n",
            "D8 650 -0 [A×3=650 off 100]",
        ),
        ("number,at,member_card,sku,quantity,amount,discount\nD9,2026-03-01 10:00,C1,A,3,6.50,some\n", "D9 650 -0 [A×3=650]"),
        (
            "number,at,member_card,sku,quantity,amount,total\nU2,2026-03-01 10:00,C1,A,1,10,\nU2,2026-03-01 10:00,C1,B,1,5,12\n",
            "U2 1200 -300 [A×1=1000, B×1=500]",
        ),
        ("number,at,member_card,total\nU3,2026-03-01 10:00,C1,99\n", "U3 9900 -0 [-×1=9900]"),
        (
            "number,at,member_card,sku,total\nU4,2026-03-01 10:00,C1,A,99\nU4,2026-03-01 10:00,C1,B,99\n",
            "U4 9900 -0 [A×1=9900, B×1=0]",
        ),
        (
            "number,at,member_card,sku,quantity,amount\nU5,2026-03-01 10:00,C1,A,1,0\nU5,2026-03-01 10:00,C1,B,-2,-4\nU5,2026-03-01 10:00,C1,C,0,3\nU5,2026-03-01 10:00,C1,D,1,9\n",
            "U5 800 -0 [A×1=0 gift, B×0=-400 adjustment, C×0=300 adjustment, D×1=900]",
        ),
    ];
    for (text, expected) in cases {
        let job = shop.import(Kind::Purchases, &shop.file("p.csv", text), None);
        assert_eq!(told(&shop).last().map(String::as_str), Some(expected), "{:?}", reasons(&job));
    }
    let job = shop.import(Kind::Purchases, &shop.folder.0.join("p.csv"), None);
    assert_eq!((job.body.checkpoint.counts.lines_at_or_under_zero, job.body.checkpoint.counts.lines_without_product), (3, 4));
}

#[test]
fn a_purchase_is_kept_whole_or_not_at_all_and_can_be_mended() {
    each_engine(|shop| {
        let file = "number,at,member_phone,sku,amount\n\
                    T1,2026-03-01 10:00,13000000001,A,10\n\
                    T1,2026-03-01 10:00,13000000001,B,ten\n\
                    T2,2026-03-01 10:00,13000000001,C,1\n\
                    T3,2026-03-01 10:00,13000000001,D,1\n\
                    T3,2026-03-01 10:00,13000000002,E,1\n";
        let path = shop.file("p.csv", file);
        let job = shop.import(Kind::Purchases, &path, None);
        assert_eq!(rows(&job), (1, 0, 4));
        let expected = [("amount.not_a_number", 1), ("member_differs", 1), ("purchase_incomplete", 2)];
        assert_eq!(reasons(&job), expected.map(|(reason, rows)| (reason.to_owned(), rows)));
        let refused = std::fs::read_to_string(shop.folder.0.join("p.csv.rejected.csv")).unwrap();
        let mended = refused.replace(",ten,", ",10,").replace("13000000002", "13000000001");
        let again = shop.import(Kind::Purchases, &shop.file("mended.csv", mended), None);
        assert_eq!(rows(&again), (4, 0, 0), "{:?}", reasons(&again));
        assert_eq!(shop.purchases().len(), 3);
        // The same number with other content is refused, and names the purchase that has it.
        let other = shop.file("other.csv", "number,at,member_phone,sku,amount\nT2,2026-03-01 10:00,13000000001,C,2\n");
        assert_eq!(reasons(&shop.import(Kind::Purchases, &other, None)), [("purchase_number_taken".to_owned(), 1)]);
    });
}

#[test]
fn history_counts_and_earns_nothing_and_categories_come_from_the_catalogue() {
    each_engine(|shop| {
        shop.import(Kind::Products, &shop.file("a.csv", "sku,category\nA,milk\n"), None);
        let file =
            "number,at,member_phone,sku,amount\nT1,2026-03-01 10:00,13000000001,A,10\nT1,2026-03-01 10:00,13000000001,B,5\n";
        let job = shop.import(Kind::Purchases, &shop.file("p.csv", file), None);
        assert_eq!(job.body.checkpoint.counts.lines_without_product, 1);
        let bought = shop.purchases();
        assert_eq!(bought[0].lines.iter().map(|line| line.category.as_deref()).collect::<Vec<_>>(), [Some("milk"), None]);
        assert_eq!((bought[0].award.grants.len(), bought[0].amount_minor), (0, 1_500));
        let member = &shop.members()[0];
        // She joined when she first bought.
        assert_eq!((member.joined_at_ms, member.source_kind.as_str()), (bought[0].occurred_at_ms, "import"));
    });
}
