//! What a million synced changes cost at AWS' list prices in us-east-1, without the free tier, from the measured calls. How
//! long the CRMs take to answer is theirs, and assumed here.

use super::Row;
use super::calls::{Cost, TOGETHER};

/// Dollars for a million of each.
const READ_UNIT: f64 = 0.125;
const WRITE_UNIT: f64 = 0.625;
const QUEUE_REQUEST: f64 = 0.50;
const API_REQUEST: f64 = 1.00;
const FUNCTION_REQUEST: f64 = 0.20;
/// Dollars for a million GB-seconds on arm64.
const GB_SECOND: f64 = 13.333_4;
/// Dollars for a million KB of logs.
const LOG_KB: f64 = 0.50;

/// As the template has it.
const INTAKE_GB: f64 = 0.25;
const LANE_GB: f64 = 0.125;
/// Seconds of a whole core: `intake` measures the first. The second is assumed, on the safe side.
const INTAKE_CPU: f64 = 0.0005;
const LANE_CPU: f64 = 0.003;
/// A function has a whole core at this size, and less of it at less.
const CORE_GB: f64 = 1.769;
/// What a CRM takes to answer, and what an AWS service does.
const CRM_SECONDS: f64 = 0.2;
const AWS_SECONDS: f64 = 0.006;
/// Lambda's own lines on one call of a function: START, END, REPORT.
const LOGGED_BY_LAMBDA_KB: f64 = 0.4;
const TOTAL_MAX: f64 = 6.0;
/// A month, for each connection.
const SECRET: f64 = 0.40;
const MONTHLY_CHANGES: [f64; 3] = [1_000.0, 20_000.0, 1_000_000.0];

/// One way in which changes come: how many share a call of the function, and what each costs.
struct Way {
    name: &'static str,
    changes: f64,
    batch: f64,
    cost: Cost,
}

impl Way {
    /// The parts, for a million changes.
    fn parts(&self) -> [(&'static str, f64); 6] {
        let each = |count: usize| count as f64 / self.changes;
        // One takes the webhook, and each batch is one.
        let calls = 1.0 + 1.0 / self.batch;
        let crm = each(self.cost.ghl + self.cost.helloleads_reads + self.cost.helloleads_writes);
        let aws = each(self.cost.table.reads + self.cost.table.writes);
        let intake = 2.0 * AWS_SECONDS + INTAKE_CPU * CORE_GB / INTAKE_GB;
        let lane = crm * CRM_SECONDS + aws * AWS_SECONDS + LANE_CPU * CORE_GB / LANE_GB;
        let table =
            each(self.cost.table.read_units) * READ_UNIT + each(self.cost.table.write_units) * WRITE_UNIT;
        [
            ("the table", table),
            // A batch is received and deleted by one request each.
            ("the queue", (each(self.cost.sends) + 2.0 / self.batch) * QUEUE_REQUEST),
            ("the HTTP API", API_REQUEST),
            ("calls of functions", calls * FUNCTION_REQUEST),
            ("time of functions", (intake * INTAKE_GB + lane * LANE_GB) * GB_SECOND),
            ("logs", (each(self.cost.logged) / 1_000.0 + calls * LOGGED_BY_LAMBDA_KB) * LOG_KB),
        ]
    }

    fn total(&self) -> f64 {
        self.parts().iter().map(|(_, dollars)| dollars).sum()
    }
}

pub async fn measure() -> Vec<Row> {
    let (together, stream) = super::calls::edits().await;
    let ways = [
        Way {
            name: "ten contacts at a time",
            changes: TOGETHER as f64,
            batch: TOGETHER as f64,
            cost: together,
        },
        Way { name: "one contact at a time", changes: super::calls::STREAM as f64, batch: 1.0, cost: stream },
    ];
    let mut rows = Vec::new();
    for way in &ways {
        for (part, dollars) in way.parts() {
            rows.push(Row::plain(format!("a million changes, {}: {part}", way.name), dollars, "$"));
        }
        rows.push(
            Row::plain(format!("a million changes, {}", way.name), way.total(), "$").at_most(TOTAL_MAX),
        );
    }
    for changes in MONTHLY_CHANGES {
        let dollars = ways[1].total() * changes / 1e6 + SECRET;
        rows.push(Row::plain(format!("{changes} changes in a month, with the secret"), dollars, "$ a month"));
    }
    rows
}
