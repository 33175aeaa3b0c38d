//! The README and the chapters as texts: the blocks of the README run on SQLite in memory, links
//! lead somewhere, and the compile errors that are quoted exist. (The blocks of the chapters are
//! doctests, and `examples/web_handler` calls the README's web handler.)
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::path::{Path, PathBuf};

/// The blocks, which `build.rs` takes out of README.md.
mod blocks {
    use diesel::connection::SimpleConnection as _;

    include!(concat!(env!("OUT_DIR"), "/model.rs"));

    fn connection() -> SqliteConnection {
        let mut conn = SqliteConnection::establish(":memory:").unwrap();
        conn.batch_execute(
            "CREATE TABLE contacts (id INTEGER PRIMARY KEY, name TEXT NOT NULL, email TEXT, version BIGINT NOT NULL DEFAULT 1);
             INSERT INTO contacts (id, name) VALUES (7, 'Ann'), (8, 'Bob');",
        )
        .unwrap();
        conn
    }

    mod tests {
        include!(concat!(env!("OUT_DIR"), "/blocks.rs"));
    }
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// README.md and the chapters.
fn texts() -> Vec<PathBuf> {
    let mut texts = chapters();
    texts.push(root().join("README.md"));
    texts
}

fn chapters() -> Vec<PathBuf> {
    let files = std::fs::read_dir(root().join("optlock/docs")).unwrap();
    files.map(|file| file.unwrap().path()).collect()
}

/// The text without its blocks of code, in which a bracket is no link.
fn prose(text: &str) -> String {
    text.split("```").step_by(2).collect()
}

/// The links of a text, `[..](here)`, and those of its definitions, `[..]: here`.
fn links(text: &str) -> Vec<String> {
    let prose = prose(text);
    let direct = prose.split("](").skip(1);
    let direct = direct.map(|rest| rest.split(')').next().unwrap().to_owned());
    direct
        .chain(definitions(&prose).map(|(_, to)| to))
        .collect()
}

fn definitions(text: &str) -> impl Iterator<Item = (String, String)> {
    text.lines().filter_map(|line| {
        let (name, to) = line.strip_prefix('[')?.split_once("]: ")?;
        Some((name.to_owned(), to.to_owned()))
    })
}

/// What GitHub and rustdoc call a heading in a link.
fn anchor(heading: &str) -> String {
    let heading = heading.trim_start_matches('#').trim().to_lowercase();
    let kept = heading
        .chars()
        .filter(|c| c.is_alphanumeric() || " -_".contains(*c));
    kept.map(|c| if c == ' ' { '-' } else { c }).collect()
}

#[test]
fn each_link_leads_to_a_file_and_to_a_heading_of_it() {
    for text in texts() {
        let content = std::fs::read_to_string(&text).unwrap();
        let links = links(&content);
        for link in links.iter().filter(|link| !link.contains("://")) {
            let (file, heading) = link.split_once('#').unwrap_or((link, ""));
            let target = match file {
                "" => text.clone(),
                file => text.parent().unwrap().join(file),
            };
            assert!(target.exists(), "{link} in {}", text.display());
            if !heading.is_empty() {
                let target = prose(&std::fs::read_to_string(target).unwrap());
                let mut headings = target.lines().filter(|line| line.starts_with('#'));
                assert!(
                    headings.any(|line| anchor(line) == heading),
                    "{link} in {}",
                    text.display()
                );
            }
        }
    }
}

/// A chapter links by names that it defines as files at its end, and `guide.rs` as pages of rustdoc.
#[test]
fn each_link_of_a_chapter_has_its_page_of_rustdoc() {
    let guide = std::fs::read_to_string(root().join("optlock/src/guide.rs")).unwrap();
    for chapter in chapters() {
        let content = std::fs::read_to_string(&chapter).unwrap();
        for (name, to) in definitions(&content) {
            let page = format!("\"[{name}]: crate::");
            assert!(guide.contains(&page), "[{name}] of {}", chapter.display());
            if let Some((_, heading)) = to.split_once('#') {
                assert!(guide.contains(&format!("#{heading}\"")), "{to}");
            }
            assert!(
                content.contains(&format!("][{name}]")),
                "[{name}] is not used in {}",
                chapter.display()
            );
        }
        // Links of another form lead to a heading of the chapter itself, or out of the project.
        for rest in prose(&content).split("](").skip(1) {
            assert!(
                rest.starts_with('#') || rest.starts_with("http"),
                "`]({}` in {}",
                rest.lines().next().unwrap(),
                chapter.display()
            );
        }
    }
}

#[test]
fn each_chapter_is_shown_in_the_guide_and_named_in_the_readme() {
    let guide = std::fs::read_to_string(root().join("optlock/src/guide.rs")).unwrap();
    let readme = std::fs::read_to_string(root().join("README.md")).unwrap();
    let (_, list) = readme.split_once("## Chapters").unwrap();
    for chapter in chapters() {
        let name = chapter.file_stem().unwrap().to_str().unwrap();
        assert!(
            guide.lines().any(|line| line.trim() == name),
            "{name} in guide.rs"
        );
        let entry = format!("](optlock/docs/{name}.md)");
        assert!(list.contains(&entry), "{name} in README.md");
    }
}

/// A message has `..` and `X` for what differs: the parts between them are in one line of an error.
#[test]
fn each_message_that_a_chapter_explains_is_printed_by_a_compile_error() {
    let chapter = root().join("optlock/docs/compile_errors.md");
    let chapter = std::fs::read_to_string(chapter).unwrap();
    let (_, ours) = chapter.split_once("## Messages of optlock").unwrap();
    let (ours, _) = ours.split_once("\n## ").unwrap();
    let errors = std::fs::read_dir(root().join("tests/ui")).unwrap();
    let errors = errors.map(|file| file.unwrap().path());
    let errors = errors.filter(|file| file.extension().is_some_and(|it| it == "stderr"));
    let errors: String = errors
        .map(|file| std::fs::read_to_string(file).unwrap())
        .collect();
    let messages: Vec<String> = ours
        .split("**")
        .skip(1)
        .step_by(2)
        .map(|bold| bold.trim_matches('`').trim().replace("`X`", ".."))
        .collect();
    assert!(messages.len() > 8, "{messages:?}");
    for message in messages {
        let is_printed = errors.lines().any(|line| {
            let mut parts = message.split("..");
            parts
                .try_fold(line, |rest, part| Some(rest.split_once(part)?.1))
                .is_some()
        });
        assert!(is_printed, "{message}");
    }
}
