//! The rules of the house, held by a test.

use std::path::{Path, PathBuf};

use sandbox::aws::template::{Template, repository};

/// Names that say nothing.
const EMPTY_NAMES: [&str; 6] = ["utils", "helper", "helpers", "common", "types", "manager"];

const LINES_MAX: usize = 450;

fn sources() -> Vec<PathBuf> {
    let mut found = Vec::new();
    for folder in ["shared", "functions", "tests"] {
        collect(&repository().join(folder), &mut found);
    }
    assert!(found.len() > 50, "the sources were found");
    found
}

fn collect(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            collect(&path, found);
        } else if path.extension().is_some_and(|end| end == "rs") {
            found.push(path);
        }
    }
}

#[test]
fn files_are_named_after_what_they_hold_and_stay_small() {
    for path in sources() {
        let stem = path.file_stem().unwrap().to_string_lossy().into_owned();
        assert!(!EMPTY_NAMES.contains(&stem.as_str()), "{} has a name that says nothing", path.display());
        let lines = std::fs::read_to_string(&path).unwrap().lines().count();
        assert!(lines <= LINES_MAX, "{} has {lines} lines", path.display());
    }
}

#[test]
fn nothing_is_left_over_in_the_sources() {
    // Written in two parts, so that this file does not hold what it looks for.
    let leftovers = [["TO", "DO"], ["FIX", "ME"], ["dbg", "!("], ["#[ig", "nore"], ["unimplem", "ented!"]]
        .map(|parts| parts.concat());
    for path in sources() {
        let text = std::fs::read_to_string(&path).unwrap();
        for leftover in &leftovers {
            assert!(!text.contains(leftover), "{} holds {leftover}", path.display());
        }
    }
}

#[test]
fn every_file_says_what_it_is() {
    for path in sources() {
        let text = std::fs::read_to_string(&path).unwrap();
        assert!(text.starts_with("//!"), "{} does not begin with its purpose", path.display());
    }
}

#[test]
fn names_line_up_from_crate_to_template() {
    let template = Template::load();
    let mut crates: Vec<String> = std::fs::read_dir(repository().join("functions"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned())
        .collect();
    crates.sort();
    let mut functions = template.of_type("AWS::Serverless::Function");
    functions.sort();
    let expected: Vec<String> = crates.iter().map(|name| format!("{}Function", camel(name))).collect();
    assert_eq!(functions, expected);
    for name in &crates {
        let binary = &template.whole()["Resources"][format!("{}Function", camel(name)).as_str()]["Metadata"]
            ["BuildProperties"];
        assert_eq!(binary["Binary"].as_str(), Some(name.as_str()));
        let main =
            std::fs::read_to_string(repository().join(format!("functions/{name}/src/main.rs"))).unwrap();
        assert!(main.lines().count() <= 40, "{name}: main.rs only wires");
    }
}

fn camel(name: &str) -> String {
    name.split('-').map(|word| format!("{}{}", word[..1].to_uppercase(), &word[1..])).collect()
}

#[test]
fn a_queue_waits_six_times_as_long_as_its_function_may_take() {
    let template = Template::load();
    let timeout = |function: &str| template.properties(function)["Timeout"].as_i64().unwrap();
    for queue in template.queues().iter().filter(|queue| queue.dead_letters.is_some()) {
        let function = queue.logical_id.replace("Queue", "Function");
        assert!(queue.visibility_seconds >= 6 * timeout(&function), "{}", queue.logical_id);
        let (_, receives) = queue.dead_letters.as_ref().unwrap();
        assert!(
            *receives > shared::lane::edge::RECEIVES_MAX,
            "we say why before SQS gives up without a word"
        );
    }
}

#[test]
fn every_event_is_one_that_a_test_uses() {
    let tests: String = sources().iter().map(|path| std::fs::read_to_string(path).unwrap()).collect();
    for folder in ["ghl", "helloleads", "http", "sqs", "schedule", "bus"] {
        for entry in std::fs::read_dir(repository().join("events").join(folder)).unwrap() {
            let name = entry.unwrap().file_name().to_string_lossy().into_owned();
            assert!(tests.contains(&name), "events/{folder}/{name} is used by no test");
        }
    }
}

#[test]
fn every_event_of_a_function_is_tried_in_a_container_and_its_answer_is_in_the_readme() {
    let read = |path: &str| std::fs::read_to_string(repository().join(path)).unwrap();
    let (script, readme) = (read("tests/sam/local.sh"), read("README.md"));
    let functions = Template::load().functions();
    for folder in ["http", "sqs", "schedule", "bus"] {
        for entry in std::fs::read_dir(repository().join("events").join(folder)).unwrap() {
            let event = format!("{folder}/{}", entry.unwrap().file_name().to_string_lossy());
            let tried = script.lines().find(|line| line.contains(&format!(" {event} ")));
            let tried = tried.unwrap_or_else(|| panic!("{event} is not tried"));
            assert!(functions.iter().any(|function| tried.starts_with(&function.logical_id)), "{tried}");
            assert!(readme.contains(&format!("`{event}`")), "{event} has no expected answer in the README");
        }
    }
    for function in functions {
        assert!(script.contains(&format!("\n{} ", function.logical_id)), "{}", function.logical_id);
    }
}
