use super::{
    tables::{EXIT_CODES, KEYS, NDJSON, OUTCOMES, OUTPUT, SCHEMAS},
    topics::TOPICS,
    *,
};

const README: &str = include_str!("../../../README.md");

/// The rows of the README's table that begins so, as they stand.
fn rows(heading: &str) -> Vec<&'static str> {
    let (_, table) = README.split_once(heading).unwrap();
    table
        .lines()
        .skip(2)
        .take_while(|line| line.starts_with('|'))
        .collect()
}

fn words(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[test]
fn the_tables_are_those_of_the_readme() {
    let bare = |(word, meaning): &(&str, &str)| format!("| {word} | {meaning} |");
    let code = |(word, meaning): &(&str, &str)| format!("| `{word}` | {meaning} |");
    let exit_codes: Vec<String> = EXIT_CODES.iter().map(bare).collect();
    assert_eq!(exit_codes, rows("| code | meaning |"));
    let schemas: Vec<String> = SCHEMAS.iter().map(code).collect();
    assert_eq!(schemas, rows("| schema | fields |"));
    let outcomes: Vec<String> = OUTCOMES.iter().map(code).collect();
    assert_eq!(outcomes, rows("| outcome | meaning |"));
}

#[test]
fn the_paragraphs_are_those_of_the_readme() {
    let readme = words(README);
    for paragraph in [OUTPUT, NDJSON, KEYS] {
        assert!(readme.contains(&words(paragraph)), "{paragraph}");
    }
}

#[test]
fn a_topic_fits_a_terminal_of_80_columns_but_for_the_policy() {
    for topic in TOPICS {
        let text = topic.text();
        for line in text.lines().filter(|line| line.chars().count() > 80) {
            assert!(policy_line(line), "{}: {line}", topic.name());
        }
        assert!(!text.contains('\u{1b}'));
    }
}

fn policy_line(line: &str) -> bool {
    crate::cli::policy::EXAMPLE.contains(line.trim())
}

#[test]
fn no_command_is_called_as_a_topic_is() {
    let tree = tree::command();
    for topic in TOPICS {
        assert!(tree.find_subcommand(topic.name()).is_none());
    }
}
