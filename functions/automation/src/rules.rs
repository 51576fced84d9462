//! Follows a connection's rules: what an event brings about is asked for as anybody asks, in the connection's own lane,
//! and what came of it is written down. An event that comes again does nothing again.

use jiff::Timestamp;
use shared::action::asked::BusEvent;
use shared::connection::Connection;
use shared::lane::work::Failure;
use shared::model::ids::{ConnectionId, DeliveryId, RecordId, id_of};
use shared::model::side::{PerSide, Side};
use shared::rule::reach::{DEPTH_MAX, WRITES_MAX, traces};
use shared::rule::sight::Sight;
use shared::rule::stopped::{STOPPED, Stopped};
use shared::rule::{Rule, RuleText, Wanted};
use shared::store::action_runs::{AskedBy, Run};
use shared::store::rule_caps::RuleCaps;
use shared::store::rule_history::{CameTo, Cap, Followed, RuleHistory};
use shared::store::rules::RulesOf;
use shared::store::subjects::Subjects;

use crate::automation::{Automation, store};

/// An event, as a connection's rules see it.
struct Seen<'a> {
    connection: &'a ConnectionId,
    name: &'a str,
    sight: Sight,
    /// When it came about, which is the same should it come again.
    at: Timestamp,
    now: Timestamp,
    /// What makes two events one.
    key: String,
    ids: PerSide<Option<RecordId>>,
    /// How many rules stand behind it.
    depth: u8,
}

impl Automation {
    /// Follows the rules that listen to this event; whether any action was asked for.
    pub(crate) async fn follow(&self, event: &BusEvent) -> Result<bool, Failure> {
        let Some(id) = connection_of(event) else { return Ok(false) };
        let rules = RulesOf::new(self.engines.table.clone(), &id).get().await.map_err(store)?;
        let listening: Vec<&RuleText> = rules.listening(&event.detail_type).collect();
        if listening.is_empty() {
            return Ok(false);
        }
        let Some(connection) = self.started(&id).await? else { return Ok(false) };
        let seen = self.see(&connection, event).await?;
        let mut asked = false;
        for text in listening {
            asked |= self.follow_one(&seen, text).await?;
        }
        Ok(asked)
    }

    async fn see<'a>(&self, connection: &'a Connection, event: &'a BusEvent) -> Result<Seen<'a>, Failure> {
        let now = self.engines.clock.now();
        let mut detail = event.detail.clone();
        let subjects = Subjects::new(self.engines.table.clone(), &connection.id);
        let subject = subjects.of(&mut detail).await.map_err(store)?;
        let custom = connection.mapping.custom().filter_map(|pair| pair.field.as_custom());
        let sight = Sight::of(&event.detail_type, &detail, &subject, custom, now);
        let text = |name: &str| detail.get(name).and_then(serde_json::Value::as_str);
        let ids = PerSide::from_fn(|side: Side| RecordId::parse(text(side.as_str())?).ok());
        let depth = match text("asked").and_then(|asked| DeliveryId::parse(asked).ok()) {
            Some(asked) => {
                let run = self.runs(&connection.id).get(&asked, now).await.map_err(store)?;
                run.and_then(|run| run.asked_by).map_or(0, |by| by.depth)
            }
            None => self.caps(&connection.id).depth(&traces(&detail), now).await.map_err(store)?,
        };
        let key = id_of(&format!("{}/{}", event.detail_type, text("change").unwrap_or(event.id.as_str())));
        let at = text("at").and_then(|at| at.parse().ok()).unwrap_or(now);
        Ok(Seen { connection: &connection.id, name: &event.detail_type, sight, at, now, key, ids, depth })
    }

    async fn follow_one(&self, seen: &Seen<'_>, text: &RuleText) -> Result<bool, Failure> {
        let rule = match Rule::read(text) {
            Ok(rule) => rule,
            Err(problems) => {
                let why = problems.first().map(ToString::to_string).unwrap_or_default();
                return self.note_failure(seen, text, why).await;
            }
        };
        match rule.holds(&seen.sight) {
            Ok(true) => {}
            Ok(false) => return Ok(false),
            Err(why) => return self.note_failure(seen, text, format!("if: {why}")).await,
        }
        let wanted = match rule.wants(&seen.sight) {
            Ok(wanted) => wanted,
            Err(problem) => return self.note_failure(seen, text, problem.to_string()).await,
        };
        let runs = self.to_runs(seen, &rule, wanted);
        let Some(first) = runs.first() else { return Ok(false) };
        let known = self.runs(seen.connection).get(&first.id, seen.now).await.map_err(store)?;
        if known.is_none() {
            if let Some(cap) = self.capped(seen, &rule).await? {
                return self.stop(seen, text, cap).await;
            }
            let actions = runs.iter().map(|run| run.id.clone()).collect();
            self.write(seen, text, CameTo::Asked { actions }).await?;
        }
        for run in &runs {
            self.keep(seen.connection, run, &run.id).await?;
        }
        Ok(true)
    }

    fn to_runs(&self, seen: &Seen<'_>, rule: &Rule, wanted: Vec<Wanted>) -> Vec<Run> {
        let by = AskedBy { rule: rule.id.clone(), depth: seen.depth + 1 };
        let runs = wanted.into_iter().enumerate().map(|(step, wanted)| {
            let id = id_of(&format!("{}/{}/{step}", rule.id, seen.key));
            let id = DeliveryId::parse(&format!("rule-{id}")).expect("a hash makes an id");
            Run::new(id, wanted.action.to_owned(), wanted.input, seen.now).by(by.clone())
        });
        runs.collect()
    }

    async fn capped(&self, seen: &Seen<'_>, rule: &Rule) -> Result<Option<Cap>, Failure> {
        if seen.depth >= DEPTH_MAX {
            return Ok(Some(Cap::Depth));
        }
        let writes = rule.writes();
        if writes == 0 {
            return Ok(None);
        }
        let counted = self.caps(seen.connection).count(&rule.id, &seen.sight.about(), writes, seen.now).await;
        Ok((counted.map_err(store)? > WRITES_MAX).then_some(Cap::Writes))
    }

    /// Says that a cap has stopped a rule: once in an hour for each record.
    async fn stop(&self, seen: &Seen<'_>, rule: &RuleText, why: Cap) -> Result<bool, Failure> {
        let (caps, about) = (self.caps(seen.connection), seen.sight.about());
        if caps.is_said(why.as_str(), &rule.id, &about, seen.now).await.map_err(store)? {
            return Ok(false);
        }
        tracing::warn!(connection = %seen.connection, rule = %rule.id, why = why.as_str(), "a rule is stopped");
        self.write(seen, rule, CameTo::Stopped { why }).await?;
        let stopped = Stopped {
            version: 1,
            connection: seen.connection,
            at: seen.now,
            rule: &rule.id,
            name: &rule.name,
            why,
            event: seen.name,
            ghl: seen.ids.ghl.as_ref(),
            helloleads: seen.ids.helloleads.as_ref(),
        };
        let told = self.bus.tell(STOPPED, &stopped).await;
        told.map_err(|error| Failure::new(error.disposition(), error))?;
        caps.note_said(why.as_str(), &rule.id, &about, seen.now).await.map_err(store)?;
        Ok(false)
    }

    /// The same failure is written once in an hour: a rule that fails may fail for every record.
    async fn note_failure(&self, seen: &Seen<'_>, rule: &RuleText, why: String) -> Result<bool, Failure> {
        tracing::info!(connection = %seen.connection, rule = %rule.id, "a rule cannot be followed");
        let (caps, which) = (self.caps(seen.connection), id_of(&why));
        if caps.is_said("failed", &rule.id, &which, seen.now).await.map_err(store)? {
            return Ok(false);
        }
        self.write(seen, rule, CameTo::Failed { why }).await?;
        caps.note_said("failed", &rule.id, &which, seen.now).await.map_err(store)?;
        Ok(false)
    }

    async fn write(&self, seen: &Seen<'_>, rule: &RuleText, came_to: CameTo) -> Result<(), Failure> {
        let followed = Followed {
            at: seen.at,
            rule: rule.id.clone(),
            name: rule.name.clone(),
            when: seen.name.to_owned(),
            ids: seen.ids.clone(),
            came_to,
        };
        let history = RuleHistory::new(self.engines.table.clone(), seen.connection);
        history.write(&followed, &seen.key).await.map_err(store)
    }

    pub(crate) fn caps(&self, connection: &ConnectionId) -> RuleCaps {
        RuleCaps::new(self.engines.table.clone(), connection)
    }
}

/// The connection that an event is about.
pub(crate) fn connection_of(event: &BusEvent) -> Option<ConnectionId> {
    let named = event.detail.get("connection").and_then(serde_json::Value::as_str);
    named.and_then(|id| ConnectionId::parse(id).ok())
}
