//! One measured figure, and how figures are shown.

use comfy_table::presets::UTF8_FULL_CONDENSED;
use comfy_table::{CellAlignment, ContentArrangement, Table};
use serde_json::{Value, json};

/// What a figure must keep to.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Limit {
    None,
    AtMost(f64),
    AtLeast(f64),
}

/// One figure.
#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    name: String,
    value: f64,
    unit: &'static str,
    limit: Limit,
}

impl Row {
    /// A figure without a limit.
    pub fn plain(name: impl Into<String>, value: f64, unit: &'static str) -> Self {
        Self { name: name.into(), value, unit, limit: Limit::None }
    }

    #[must_use]
    pub fn at_most(self, limit: f64) -> Self {
        Self { limit: Limit::AtMost(limit), ..self }
    }

    #[must_use]
    pub fn at_least(self, limit: f64) -> Self {
        Self { limit: Limit::AtLeast(limit), ..self }
    }

    /// Whether the figure keeps its limit; one without a limit does.
    pub fn is_ok(&self) -> bool {
        match self.limit {
            Limit::None => true,
            Limit::AtMost(limit) => self.value <= limit,
            Limit::AtLeast(limit) => self.value >= limit,
        }
    }
}

/// `{bench, rows: [{name, value, unit, limit, ok}]}`.
pub fn json(bench: &str, rows: &[Row]) -> Value {
    let rows: Vec<Value> = rows.iter().map(row_as_json).collect();
    json!({ "bench": bench, "rows": rows })
}

fn row_as_json(row: &Row) -> Value {
    let limit = match row.limit {
        Limit::None => None,
        Limit::AtMost(limit) | Limit::AtLeast(limit) => Some(limit),
    };
    json!({ "name": row.name, "value": row.value, "unit": row.unit, "limit": limit, "ok": row.is_ok() })
}

pub fn table(rows: &[Row]) -> Table {
    let mut table = Table::new();
    table.load_style(UTF8_FULL_CONDENSED).set_content_arrangement(ContentArrangement::Disabled);
    table.set_header(["figure", "value", "unit", "limit", ""]);
    for row in rows {
        let limit = match row.limit {
            Limit::None => String::new(),
            Limit::AtMost(limit) => format!("≤ {}", short(limit)),
            Limit::AtLeast(limit) => format!("≥ {}", short(limit)),
        };
        let verdict = match (row.limit, row.is_ok()) {
            (Limit::None, _) => "",
            (_, true) => "✓",
            (_, false) => "✗",
        };
        table.add_row([row.name.clone(), short(row.value), row.unit.to_owned(), limit, verdict.to_owned()]);
    }
    for place in [1, 3] {
        if let Some(column) = table.column_mut(place) {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
    table
}

/// Three digits that count are enough for a person.
fn short(value: f64) -> String {
    let text = match value.abs() {
        size if size >= 100.0 => format!("{value:.0}"),
        size if size >= 10.0 => format!("{value:.1}"),
        size if size >= 0.1 => format!("{value:.2}"),
        _ => format!("{value:.4}"),
    };
    if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.').to_owned() } else { text }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_figure_keeps_its_limit_or_does_not() {
        let row = |value| Row::plain("size", value, "MB");
        assert!(row(9.0).is_ok() && row(3.5).at_most(3.5).is_ok() && row(95.0).at_least(95.0).is_ok());
        assert!(!row(3.6).at_most(3.5).is_ok() && !row(94.9).at_least(95.0).is_ok());
    }

    #[test]
    fn json_names_what_was_measured() {
        let rows = [Row::plain("zip", 4.0, "MB").at_most(3.5), Row::plain("calls", 2.0, "")];
        let expected = json!({ "bench": "size", "rows": [
            { "name": "zip", "value": 4.0, "unit": "MB", "limit": 3.5, "ok": false },
            { "name": "calls", "value": 2.0, "unit": "", "limit": null, "ok": true },
        ]});
        assert_eq!(json("size", &rows), expected);
    }

    #[test]
    fn figures_are_short() {
        assert_eq!([1234.5, 12.34, 2.0, 0.0, 0.01].map(short), ["1234", "12.3", "2", "0", "0.01"]);
    }
}
