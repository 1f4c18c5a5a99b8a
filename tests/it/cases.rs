//! `tests/CASES.md` says which attack is played by which test; this keeps it true.

use std::collections::BTreeSet;
use std::path::Path;

const TABLE: &str = include_str!("../CASES.md");

/// (case, priority, tests or reason) of every row.
fn rows() -> Vec<(&'static str, &'static str, &'static str)> {
    let cells = |line: &'static str| line.trim_matches('|').split('|').map(str::trim).collect::<Vec<_>>();
    TABLE
        .lines()
        .filter(|line| line.starts_with("| C"))
        .map(|line| match cells(line)[..] {
            [case, priority, what] => (case, priority, what),
            _ => panic!("not a row of three cells: {line}"),
        })
        .collect()
}

/// Names in code marks.
fn tests(what: &str) -> Vec<&str> {
    what.split('`').skip(1).step_by(2).collect()
}

#[test]
fn every_test_that_the_table_of_cases_names_exists() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("it");
    let mut named = 0;
    for (case, _, what) in rows() {
        for test in tests(what) {
            let (file, name) = test.split_once("::").unwrap_or_else(|| panic!("{case}: {test} is no file::test"));
            let text = std::fs::read_to_string(folder.join(format!("{file}.rs"))).unwrap_or_default();
            assert!(text.contains(&format!("fn {name}(")), "{case}: there is no {test}");
            named += 1;
        }
    }
    assert!(named > 60, "the table is read: {named}");
}

#[test]
fn every_case_stands_once_with_a_test_or_with_a_reason_why_there_is_none() {
    let mut seen = BTreeSet::new();
    for (case, priority, what) in rows() {
        assert!(seen.insert(case), "{case} stands twice");
        assert!(["P0", "P1"].contains(&priority), "{case}: {priority}");
        assert!(!tests(what).is_empty() || what.len() > 15, "{case}: name a test, or say why there is none");
    }
}
