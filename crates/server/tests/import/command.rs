//! The command, alone, beside a server, and killed in the middle.

use std::fmt::Write;
use std::io::{BufRead, BufReader};
use std::process::{Command, Output, Stdio};
use std::thread;

use danggol_store::{Access, Store, StoreOptions, Target, insight};
use serde_json::Value;

use crate::common::{Folder, NOW_MS};

fn command(folder: &Folder, line: &str) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_danggol"));
    command.args(line.split(' ')).current_dir(&folder.0).env("LC_ALL", "en_US.UTF-8").stdin(Stdio::null());
    command
}

fn run(folder: &Folder, line: &str) -> Output {
    command(folder, line).output().expect("the command runs")
}

#[track_caller]
fn json(output: &Output) -> Value {
    let said = [&output.stdout, &output.stderr].map(|bytes| String::from_utf8_lossy(bytes).into_owned());
    assert!(output.status.success(), "{said:?}");
    serde_json::from_slice(&output.stdout).expect("JSON")
}

fn year(purchases: usize) -> String {
    let mut file = "number,at,member_external,sku,amount\n".to_owned();
    for purchase in 0..purchases {
        writeln!(file, "T{purchase},2026-01-{:02} 12:00,E{},S,{}.25", 1 + purchase % 28, purchase % 300, purchase % 90).unwrap();
    }
    file
}

const BRAND: &str = "brand --name Shop --currency USD --country US --time-zone America/New_York --language en";

#[test]
fn the_command_brings_a_file_in_and_shows_the_pyramid() {
    let folder = Folder::new();
    json(&run(&folder, &format!("--json {BRAND}")));
    std::fs::write(folder.0.join("year.csv"), year(500).replace("T7,", "T7,2026-99-01,")).unwrap();
    let told = json(&run(&folder, "--json import purchases year.csv"));
    assert_eq!((told["imported"].as_u64(), told["refused"].as_u64(), told["members"].as_u64()), (Some(499), Some(1), Some(300)));
    assert_eq!(told["reasons"][0]["code"], "too_many_cells");
    let refused = std::fs::read_to_string(folder.0.join("year.csv.rejected.csv")).unwrap();
    assert!(refused.contains(",9,too_many_cells,The row has 6 cells where the header has 5"), "{refused}");
    let pyramid = json(&run(&folder, "--json pyramid --all"));
    assert_eq!((pyramid["buyers"].as_u64(), pyramid["layers"][0]["members"].as_u64()), (Some(300), Some(3)));
    let shown = run(&folder, "pyramid --all");
    assert!(String::from_utf8_lossy(&shown.stdout).contains("20% of members bring"), "{shown:?}");
    for line in ["export purchases out.csv", "export members out.xlsx", "export entries out.parquet"] {
        assert!(run(&folder, line).status.success(), "{line}");
    }
    assert!(std::fs::read_to_string(folder.0.join("out.csv")).unwrap().contains("T499"));
    assert!(!run(&folder, "export members out.txt").status.success());
}

#[test]
fn a_killed_import_goes_on_and_ends_as_one_that_was_not_killed() {
    let (whole, folder) = (Folder::new(), Folder::new());
    for folder in [&whole, &folder] {
        json(&run(folder, &format!("--json {BRAND}")));
        std::fs::write(folder.0.join("year.csv"), year(12_000)).unwrap();
    }
    json(&run(&whole, "--json import purchases year.csv"));
    let mut killed = command(&folder, "--json import purchases year.csv").stdout(Stdio::null()).spawn().unwrap();
    let options = StoreOptions { access: Access::Read, readers: 1, ..StoreOptions::default() };
    let store = Store::open(Target::sqlite(folder.0.join("danggol-data")), options, NOW_MS).unwrap();
    let bought = || store.read_blocking(|conn| insight::buyers(conn, 0, 100_000)).unwrap();
    while bought().iter().map(|buyer| buyer.purchases).sum::<i64>() < 3_000 {
        thread::yield_now();
    }
    killed.kill().unwrap();
    killed.wait().unwrap();
    assert!(bought().iter().map(|buyer| buyer.purchases).sum::<i64>() < 12_000, "it was killed too late to show anything");
    let told = json(&run(&folder, "--json import purchases year.csv"));
    assert_eq!(told["rows_read"], 12_000);
    assert_eq!(told["imported"].as_u64().unwrap() + told["unchanged"].as_u64().unwrap(), 12_000);
    let layers = |folder: &Folder| json(&run(folder, "--json pyramid --all"))["layers"].clone();
    assert_eq!(layers(&folder), layers(&whole));
    assert!(run(&folder, "audit").status.success());
}

#[test]
fn beside_a_server_the_server_does_the_work() {
    let folder = Folder::new();
    json(&run(&folder, &format!("--json {BRAND}")));
    let added = command(&folder, "--json user add --login mina --name Mina --role owner")
        .env("DANGGOL_PASSWORD", "every-day-anew")
        .output();
    json(&added.unwrap());
    let mut server = command(&folder, "--json serve --listen 127.0.0.1:0 --log warn").stdout(Stdio::piped()).spawn().unwrap();
    let mut line = String::new();
    BufReader::new(server.stdout.as_mut().unwrap()).read_line(&mut line).unwrap();
    std::fs::write(folder.0.join("year.csv"), year(400).replace("T7,", "T7,x,")).unwrap();
    let first = run(&folder, "--json import purchases year.csv");
    let again = run(&folder, "--json import purchases year.csv");
    std::fs::write(folder.0.join("m.txt"), "E1 Ann\n").unwrap();
    let mapping = "[file]\nheader = false\ncolumns = [\"number\", \"who\"]\ndelimiter = \" \"\n[columns]\nexternal = \"number\"\nname = \"who\"\n";
    std::fs::write(folder.0.join("m.toml"), mapping).unwrap();
    let mapped = run(&folder, "--json import members m.txt --mapping m.toml");
    let refused = run(&folder, "--json import products year.csv --mapping m.toml");
    server.kill().unwrap();
    server.wait().unwrap();
    let (first, again) = (json(&first), json(&again));
    assert_eq!((first["imported"].as_u64(), first["refused"].as_u64()), (Some(399), Some(1)));
    assert_eq!((again["unchanged"].as_u64(), again["refused"].as_u64()), (Some(399), Some(1)));
    assert!(std::fs::read_to_string(folder.0.join("year.csv.rejected.csv")).unwrap().contains("too_many_cells"));
    assert_eq!(json(&mapped)["imported"], 1);
    assert!(!refused.status.success());
}
