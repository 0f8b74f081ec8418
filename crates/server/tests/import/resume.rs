//! An import that is interrupted goes on where it surely was, and ends as one that was not.

use std::fmt::Write;
use std::thread;

use danggol_server::import::columns::Kind;
use danggol_server::import::control::{Control, Stop};
use danggol_server::import::job::{Job, Origin, Status};
use danggol_server::import::run;

use crate::common::{Shop, facts, reasons, rows};

/// Purchases of one to three lines by some members, some of which are refused; now and then a row without a number.
fn year() -> String {
    let mut file = "number,at,member_external,sku,quantity,amount\n".to_owned();
    for purchase in 0..9_000 {
        let (day, member) = (1 + purchase % 28, purchase % 700);
        for line in 0..1 + purchase % 3 {
            let number = if purchase % 11 == 0 { String::new() } else { format!("T{purchase}") };
            let amount = if purchase % 97 == 5 && line == 0 { "much".to_owned() } else { format!("{}.50", 1 + purchase % 40) };
            writeln!(file, "{number},2026-01-{day:02} 12:00,E{member},S{},1,{amount}", purchase % 50).unwrap();
        }
    }
    file
}

/// Runs a job and asks for its end once so many rows are read.
fn run_until(shop: &Shop, job: &mut Job, rows_read: u64, why: Stop) {
    let control = Control::default();
    thread::scope(|scope| {
        scope.spawn(|| {
            while control.progress().rows_read < rows_read {
                thread::yield_now();
            }
            control.stop(why);
        });
        run::run(&shop.app, job, &control).unwrap();
    });
}

#[test]
fn an_interrupted_import_ends_as_one_that_was_not() {
    let whole = Shop::open(None);
    let undisturbed = whole.import(Kind::Purchases, &whole.file("year.csv", year()), None);
    assert_eq!(undisturbed.status, Status::Done);

    let shop = Shop::open(None);
    let path = shop.file("year.csv", year());
    let mut job = shop.job(Kind::Purchases, &path, None).unwrap();
    run_until(&shop, &mut job, 6_000, Stop::Cancelled);
    assert_eq!(job.status, Status::Cancelled);
    let reached = job.body.checkpoint.next_row;
    assert!(reached > 1_000 && shop.purchases().len() < 9_000, "{reached}");
    job.go_on(0);
    run::save(&shop.app, &job, Status::Cancelled).unwrap();
    run_until(&shop, &mut job, 12_000, Stop::Suspended);
    assert_eq!(job.status, Status::Running);
    assert!(job.body.checkpoint.next_row > reached);
    // What is written down says as much as what is in memory.
    let id = job.id;
    let mut kept = shop.app.store.read_blocking(move |conn| Job::find(conn, id)).unwrap().expect("the job");
    assert_eq!(kept, job);
    run::run(&shop.app, &mut kept, &Control::default()).unwrap();

    assert_eq!(facts(&shop), facts(&whole));
    assert_eq!(reasons(&kept), reasons(&undisturbed));
    let (imported, unchanged, refused) = rows(&kept);
    let (all, none, refused_at_once) = rows(&undisturbed);
    // Rows that were kept after the last point from which to go on are found kept.
    assert_eq!((imported + unchanged, none, refused), (all, 0, refused_at_once));
    let read = |shop: &Shop| std::fs::read_to_string(shop.folder.0.join("year.csv.rejected.csv")).unwrap();
    assert_eq!(read(&shop), read(&whole));
}

#[test]
fn interrupted_members_and_products_go_on() {
    let mut members = "name,phone\n".to_owned();
    let mut products = "sku,name\n".to_owned();
    for number in 0..6_000 {
        writeln!(members, "M{number},1300000{number:04}").unwrap();
        writeln!(products, "S{number},P{number}").unwrap();
    }
    for (kind, file) in [(Kind::Members, members), (Kind::Products, products)] {
        let shop = Shop::open(None);
        let path = shop.file("file.csv", file);
        let mut job = shop.job(kind, &path, None).unwrap();
        run_until(&shop, &mut job, 1_500, Stop::Suspended);
        assert!((1_000..6_000).contains(&job.body.checkpoint.rows_read), "{}", job.body.checkpoint.rows_read);
        run::run(&shop.app, &mut job, &Control::default()).unwrap();
        assert_eq!((rows(&job), job.body.checkpoint.rows_read), ((6_000, 0, 0), 6_000));
        assert_eq!(if kind == Kind::Members { shop.members().len() } else { shop.products().len() }, 6_000);
    }
}

#[test]
fn what_a_server_was_importing_is_taken_up_when_it_starts_again() {
    let shop = Shop::open(None);
    let desk = &shop.app.imports;
    desk.make_folder().unwrap();
    let mut job = shop.job(Kind::Purchases, &shop.file("year.csv", year()), None).unwrap();
    std::fs::copy(&job.body.path, desk.path(job.id)).unwrap();
    (job.body.origin, job.body.path) = (Origin::Server, desk.path(job.id));
    run::save(&shop.app, &job, Status::Running).unwrap();
    desk.queue(&shop.app, job.id);
    let live = desk.live(job.id).expect("it runs or waits");
    while live.progress().rows_read < 5_000 {
        thread::yield_now();
    }
    desk.suspend();
    let found = |shop: &Shop| {
        let id = job.id;
        shop.app.store.read_blocking(move |conn| Job::find(conn, id)).unwrap().expect("the job")
    };
    let suspended = found(&shop);
    assert_eq!(suspended.status, Status::Running);
    assert!((1..18_000).contains(&suspended.body.checkpoint.rows_read), "{}", suspended.body.checkpoint.rows_read);

    let shop = shop.restart();
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    runtime.block_on(shop.app.imports.resume(&shop.app)).unwrap();
    while shop.app.imports.live(job.id).is_some() {
        thread::yield_now();
    }
    let done = found(&shop);
    let (imported, unchanged, refused) = rows(&done);
    assert_eq!((done.status, imported + unchanged + refused), (Status::Done, 18_000));
    assert!(!done.body.path.exists(), "the file goes when it is in");
    let whole = Shop::open(None);
    whole.import(Kind::Purchases, &whole.file("year.csv", year()), None);
    assert_eq!(facts(&shop), facts(&whole));
}
