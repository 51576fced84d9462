//! What the template's variables hold once its parameters have their values and its resources exist.

use std::collections::BTreeMap;

use serde_yaml_ng::Value;

use super::Template;

/// The names of the template's parameters and resources, with what `!Ref` makes of each.
#[derive(Clone, Debug)]
pub struct Values<'a> {
    template: &'a Template,
    known: BTreeMap<String, String>,
}

impl<'a> Values<'a> {
    /// The parameters' defaults, and what else is `known`: the parameters that were given, and the resources.
    pub fn new(template: &'a Template, known: impl IntoIterator<Item = (String, String)>) -> Self {
        let defaults = template.parameters().into_iter();
        let mut all: BTreeMap<String, String> =
            defaults.filter_map(|parameter| Some((parameter.name, parameter.default?))).collect();
        all.extend(known);
        Self { template, known: all }
    }

    /// The variables of a function, the ones that all functions share included.
    pub fn variables(&self, function: &str) -> Vec<(String, String)> {
        let own = &self.template.properties(function)["Environment"]["Variables"];
        let shared = &self.template.whole()["Globals"]["Function"]["Environment"]["Variables"];
        let pairs = [shared, own].into_iter().filter_map(Value::as_mapping).flatten();
        pairs.filter_map(|(name, value)| Some((name.as_str()?.to_owned(), self.of(value)?))).collect()
    }

    /// The text that a value of the template comes to; `None` for no value at all.
    ///
    /// # Panics
    /// Where it names something that is not known, or uses a function that no variable needs.
    pub fn of(&self, value: &Value) -> Option<String> {
        let Value::Tagged(tagged) = value else {
            return Some(value.as_str().unwrap_or_else(|| panic!("not a text: {value:?}")).to_owned());
        };
        match tagged.tag.to_string().as_str() {
            "!Ref" => self.named(tagged.value.as_str().expect("a reference names something")),
            "!Sub" => Some(self.filled_in(tagged.value.as_str().expect("what is filled in is a text"))),
            "!If" => {
                let condition = tagged.value[0].as_str().expect("a condition has a name");
                self.of(&tagged.value[if self.holds(condition) { 1 } else { 2 }])
            }
            "!Select" => {
                let place = tagged.value[0].as_u64().and_then(|place| usize::try_from(place).ok());
                let parts = self.parts(&tagged.value[1]);
                Some(parts[place.expect("a place is a number")].clone())
            }
            other => panic!("no variable needs {other}"),
        }
    }

    /// The parts of a text that is split.
    fn parts(&self, value: &Value) -> Vec<String> {
        let Value::Tagged(tagged) = value else { panic!("no list: {value:?}") };
        assert_eq!(tagged.tag.to_string(), "!Split", "no variable needs another list");
        let between = tagged.value[0].as_str().expect("what stands between two parts is a text");
        let whole = self.of(&tagged.value[1]).unwrap_or_default();
        whole.split(between).map(str::to_owned).collect()
    }

    fn named(&self, name: &str) -> Option<String> {
        if name == "AWS::NoValue" {
            return None;
        }
        let known = self.known.get(name);
        Some(known.unwrap_or_else(|| panic!("what {name} is was not said")).clone())
    }

    pub(super) fn filled_in(&self, text: &str) -> String {
        let mut text = text.to_owned();
        for (name, value) in &self.known {
            text = text.replace(&format!("${{{name}}}"), value);
        }
        assert!(!text.contains("${"), "something in {text} was not said");
        text
    }

    /// What the template's rules say against the parameters: CloudFormation refuses such a deployment.
    pub fn refused(&self) -> Vec<String> {
        let rules = self.template.whole()["Rules"].as_mapping().into_iter().flat_map(|rules| rules.values());
        let assertions = rules.filter_map(|rule| rule["Assertions"].as_sequence()).flatten();
        let broken = assertions.filter(|assertion| !self.is_true(&assertion["Assert"]));
        broken.filter_map(|one| one["AssertDescription"].as_str().map(str::to_owned)).collect()
    }

    fn holds(&self, condition: &str) -> bool {
        self.is_true(&self.template.whole()["Conditions"][condition])
    }

    fn is_true(&self, condition: &Value) -> bool {
        let Value::Tagged(tagged) = condition else { panic!("no condition: {condition:?}") };
        match tagged.tag.to_string().as_str() {
            "!Not" => !self.is_true(&tagged.value[0]),
            "!Equals" => self.of(&tagged.value[0]) == self.of(&tagged.value[1]),
            "!And" => tagged.value.as_sequence().into_iter().flatten().all(|one| self.is_true(one)),
            "!Or" => tagged.value.as_sequence().into_iter().flatten().any(|one| self.is_true(one)),
            other => panic!("no condition needs {other}"),
        }
    }
}
