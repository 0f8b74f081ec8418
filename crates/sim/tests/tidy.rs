//! The house keeps its own rules: which room may know which, where SQL and clocks may stand, how long a file may be.

use std::fs;
use std::path::{Path, PathBuf};

/// Lines beyond which a second thing has moved in.
const FILE_LINES_MAX: usize = 700;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2).expect("the workspace holds this crate").to_owned()
}

fn files_below(folder: &Path, endings: &[&str], found: &mut Vec<PathBuf>) {
    let Ok(entries) = fs::read_dir(folder) else { return };
    for entry in entries.flatten() {
        let path = entry.path();
        let name = entry.file_name().to_string_lossy().into_owned();
        if path.is_dir() {
            if !matches!(name.as_str(), "node_modules" | "dist" | "target" | ".git") {
                files_below(&path, endings, found);
            }
        } else if endings.iter().any(|ending| name.ends_with(ending)) {
            found.push(path);
        }
    }
}

/// Files with their path from the root and their text.
fn sources(folder: &str, endings: &[&str]) -> Vec<(String, String)> {
    let root = root();
    let mut found = Vec::new();
    files_below(&root.join(folder), endings, &mut found);
    found.sort();
    let read = |path: PathBuf| {
        let name = path.strip_prefix(&root).unwrap_or(&path).to_string_lossy().into_owned();
        let text = fs::read_to_string(&path).unwrap_or_else(|error| panic!("{name}: {error}"));
        (name, text)
    };
    let sources: Vec<_> = found.into_iter().map(read).collect();
    assert!(!sources.is_empty(), "no files below {folder}");
    sources
}

/// Lines of a Rust file that are not comments, with their numbers, up to its unit tests.
fn code(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let before_tests = text.split("#[cfg(test)]\nmod ").next().unwrap_or(text);
    let lines = before_tests.lines().enumerate().map(|(index, line)| (index + 1, line));
    lines.filter(|(_, line)| !line.trim_start().starts_with("//"))
}

#[test]
fn imports_run_one_way() {
    let may_know = [
        ("core", &[][..]),
        ("store", &["core"][..]),
        ("roster", &["core"][..]),
        ("server", &["core", "store", "roster"][..]),
        ("sim", &["core", "store", "roster", "server"][..]),
    ];
    let mut rooms: Vec<String> = fs::read_dir(root().join("crates"))
        .expect("crates")
        .flatten()
        .map(|entry| entry.file_name().to_string_lossy().into_owned())
        .collect();
    rooms.sort();
    let mut known: Vec<&str> = may_know.iter().map(|(room, _)| *room).collect();
    known.sort_unstable();
    assert_eq!(rooms, known, "a new room says here what it may know");
    for (room, allowed) in may_know {
        let manifest = fs::read_to_string(root().join("crates").join(room).join("Cargo.toml")).expect("a manifest");
        let dependencies = manifest.split("[dev-dependencies]").next().unwrap_or_default();
        for other in known.iter().filter(|other| **other != room) {
            let depends = dependencies.contains(&format!("danggol-{other}"));
            assert!(!depends || allowed.contains(other), "{room} may not know {other}");
        }
    }
}

#[test]
fn sql_stands_in_the_store_alone() {
    let verbs = ["SELECT ", "INSERT INTO ", "UPDATE ", "DELETE FROM ", "CREATE TABLE "];
    // The reference writes SQL of its own by design, and the power-loss file is about the engine itself.
    let exempt = ["crates/sim/src/raw.rs", "crates/sim/src/power_loss"];
    for (name, text) in sources("crates", &[".rs"]) {
        if name.starts_with("crates/store/") || name.contains("/tests/") || exempt.iter().any(|path| name.starts_with(path)) {
            continue;
        }
        for (line, code) in code(&text) {
            let quoted = code.contains('"') && verbs.iter().any(|verb| code.contains(&format!("\"{verb}")));
            assert!(!quoted, "{name}:{line}: SQL outside the store");
            assert!(
                !code.contains("rusqlite::") && !code.contains("tokio_postgres::"),
                "{name}:{line}: a driver outside the store"
            );
        }
    }
}

#[test]
fn every_statement_of_the_store_is_registered_and_used() {
    for (name, text) in sources("crates/store/src", &[".rs"]) {
        let Some(list) = text.split("pub const STATEMENTS").nth(1).and_then(|rest| rest.split("];").next()) else {
            continue;
        };
        let constants = text.lines().filter_map(|line| {
            let (constant, kind) = line.trim_start().strip_prefix("const ")?.split_once(':')?;
            kind.trim_start().starts_with("&str").then_some(constant)
        });
        for constant in constants {
            let body =
                text.split(&format!("const {constant}:")).nth(1).and_then(|rest| rest.split(';').next()).unwrap_or_default();
            if !["SELECT", "UPDATE", "INSERT", "DELETE", "entries!", "purchases!"].iter().any(|verb| body.contains(verb)) {
                continue;
            }
            let word =
                |text: &str| text.split(|c: char| !(c.is_alphanumeric() || c == '_')).filter(|word| *word == constant).count();
            assert!(word(list) == 1, "{name}: {constant} is not in STATEMENTS, so no test prepares it on both engines");
            assert!(word(&text) >= 3, "{name}: {constant} is never used");
        }
    }
}

#[test]
fn core_has_no_clock_io_or_randomness() {
    let forbidden = [
        "SystemTime::now",
        "Instant::now",
        "Timestamp::now",
        "Zoned::now",
        "std::fs",
        "std::net",
        "tokio::",
        "rand::",
        "TimeZone::system",
    ];
    for (name, text) in sources("crates/core/src", &[".rs"]) {
        for (line, code) in code(&text) {
            for word in forbidden {
                // As a word of its own: the name of another path may end like it.
                let at = code
                    .match_indices(word)
                    .any(|(at, _)| !code[..at].ends_with(|before: char| before.is_alphanumeric() || before == '_'));
                assert!(!at, "{name}:{line}: core reaches outside by {word}");
            }
        }
    }
}

#[test]
fn the_clock_of_the_machine_is_read_in_one_place() {
    for room in ["crates/server/src", "crates/store/src"] {
        for (name, text) in sources(room, &[".rs"]) {
            if name == "crates/server/src/clock.rs" {
                continue;
            }
            for (line, code) in code(&text) {
                assert!(!code.contains("SystemTime::now") && !code.contains("Timestamp::now"), "{name}:{line}: a hidden clock");
            }
        }
    }
}

#[test]
fn files_are_about_one_thing_and_finished() {
    let unfinished =
        ["todo!(", "unimplemented!(", "dbg!(", "#[ignore", "#[allow(dead_code", "#[allow(unused", "#[allow(clippy::all"];
    for (name, text) in sources("crates", &[".rs"]) {
        let lines = text.lines().count();
        assert!(lines <= FILE_LINES_MAX, "{name} has {lines} lines: which second thing moved in?");
        if name.ends_with("tests/tidy.rs") {
            continue;
        }
        for word in unfinished {
            assert!(!text.contains(word), "{name} has {word}");
        }
    }
    for (name, text) in sources("web", &[".ts", ".tsx"]) {
        let generated = name.ends_with("schema.d.ts");
        let lines = text.lines().count();
        assert!(generated || lines <= FILE_LINES_MAX, "{name} has {lines} lines: which second thing moved in?");
    }
}

#[test]
fn people_read_no_machine_and_no_registry() {
    // Said in pieces, so that this file does not say them.
    let forbidden = [
        ["registry.npm", "js"].concat(),
        ["static.crat", "es.io"].concat(),
        ["index.crat", "es.io"].concat(),
        ["pypi", ".org"].concat(),
    ];
    for (name, text) in sources(".", &[".rs", ".ts", ".tsx", ".md", ".toml", ".sh", ".json", ".yml"]) {
        for word in &forbidden {
            assert!(!text.contains(word.as_str()), "{name} names {word}");
        }
    }
}
