//! What each step did, and how many API calls it took.

use std::collections::BTreeMap;
use std::io::{self, Write};

use crate::world::World;

/// Writes the steps of a story, counting the calls of each.
pub struct Timeline<'a, W> {
    world: &'a World,
    out: W,
    step: usize,
    marks: (usize, usize),
}

impl<'a, W: Write> Timeline<'a, W> {
    pub fn new(world: &'a World, out: W) -> Self {
        Self { world, out, step: 0, marks: (world.ghl.calls().len(), world.helloleads.calls().len()) }
    }

    /// Begins a step.
    pub fn begin(&mut self, title: &str) -> io::Result<()> {
        self.step += 1;
        self.marks = (self.world.ghl.calls().len(), self.world.helloleads.calls().len());
        let clock = self.world.time.now().strftime("%H:%M:%S").to_string();
        writeln!(self.out, "\n{clock}  {}. {title}", self.step)
    }

    pub fn says(&mut self, text: &str) -> io::Result<()> {
        writeln!(self.out, "            {text}")
    }

    /// Ends a step: says what was called.
    pub fn end(&mut self) -> io::Result<()> {
        let ghl = summary(&self.world.ghl.calls().names_since(self.marks.0));
        let helloleads = summary(&self.world.helloleads.calls().names_since(self.marks.1));
        self.says(&format!("calls  GHL: {ghl}"))?;
        self.says(&format!("calls  HelloLeads: {helloleads}"))
    }

    pub fn out(&mut self) -> &mut W {
        &mut self.out
    }
}

/// The number of calls, and of each kind.
fn summary(names: &[String]) -> String {
    if names.is_empty() {
        return "none".to_owned();
    }
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for name in names {
        *counts.entry(name).or_default() += 1;
    }
    let each = counts
        .iter()
        .map(|(name, count)| if *count == 1 { (*name).to_owned() } else { format!("{count} × {name}") });
    format!("{} ({})", names.len(), each.collect::<Vec<_>>().join(", "))
}
