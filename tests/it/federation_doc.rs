//! FEDERATION.md is true: its tables are those that the code works by. `UPDATE_GOLDEN=1` writes them anew.

use std::path::Path;

type Table = fn() -> String;

const BLOCKS: [(&str, Table); 3] = [
    ("activities", federation::understood::table),
    ("refusals", federation::refusals::table),
    ("door", federation::refusals::door_table),
];

/// The text between two marks, and where it stands.
fn block<'a>(text: &'a str, name: &str) -> (usize, usize, &'a str) {
    let (open, close) = (format!("<!-- {name}: as in the code -->\n"), format!("<!-- end of {name} -->"));
    let start = text.find(&open).unwrap_or_else(|| panic!("FEDERATION.md has no mark {open}")) + open.len();
    let end = start + text[start..].find(&close).unwrap();
    (start, end, &text[start..end])
}

/// Below the head of the table.
fn rows(block: &str) -> String {
    block.lines().skip(2).collect::<Vec<_>>().join("\n")
}

#[test]
fn the_tables_of_the_document_are_those_of_the_code() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../FEDERATION.md");
    let mut text = std::fs::read_to_string(&path).unwrap();
    for (name, table) in BLOCKS {
        let (start, end, found) = block(&text, name);
        if std::env::var_os("UPDATE_GOLDEN").is_some() {
            let head: Vec<&str> = found.lines().take(2).collect();
            let fresh = format!("{}\n{}\n", head.join("\n"), table());
            text.replace_range(start..end, &fresh);
            std::fs::write(&path, &text).unwrap();
        } else {
            assert_eq!(rows(found), table(), "{name}: run it once with UPDATE_GOLDEN=1");
        }
    }
}

#[test]
fn every_refusal_in_the_code_is_in_the_list() {
    let mut seen = 0;
    for folder in ["translate", "inbox", "resolve"] {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../crates/federation/src").join(folder);
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let text = std::fs::read_to_string(&path).unwrap();
            for start in ["dropped(", "Refused(", "refuse(StatusCode::"] {
                // Where there is no quoted word, the code comes from elsewhere.
                let said = text.match_indices(start).filter_map(|(at, _)| text[at..].split(')').next()?.split('"').nth(1));
                for code in said {
                    assert!(federation::refusals::reason(code).is_some(), "{code} in {}", path.display());
                    seen += 1;
                }
            }
        }
    }
    assert!(seen > 50, "{seen}");
}

#[test]
fn what_the_list_calls_sent_is_what_is_built() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../crates/federation/src/outbox");
    let texts: String =
        std::fs::read_dir(folder).unwrap().map(|entry| std::fs::read_to_string(entry.unwrap().path()).unwrap()).collect();
    for row in federation::understood::ACTIVITIES {
        let named = |word: String| texts.contains(&word);
        let built = named(format!("\"{}\"", row.kind)) || named(format!("ActivityKind::{},", row.kind));
        assert_eq!(built, row.sent, "{}", row.kind);
    }
}
