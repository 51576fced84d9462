//! Notes: GHL's with HelloLeads' comments, by each profile.

use jiff::SignedDuration;
use sandbox::faults::Fault;
use sandbox::world::{LOCATION, NOTES, Options, World};
use serde_json::json;
use shared::connection::Connection;
use shared::connection::helloleads::ChangedNotes;
use shared::disposition::Reason;
use shared::model::ids::RecordId;
use shared::model::record::Field;
use shared::model::side::{Kind, Side};
use shared::store::connections::Connections;
use shared::store::identity::Identity;
use shared::store::links::{Known, Links};

use crate::contact_sync::{ann, assert_agreed, only_lead, parked};
use crate::related::{Way, contact, every_way, lead, world};

/// The texts of the notes that GHL shows of the contact, oldest first.
pub fn in_ghl(world: &World, contact: &str) -> Vec<String> {
    let notes = world.ghl.notes(LOCATION, contact);
    let mut texts: Vec<_> = notes.iter().map(|note| note["body"].as_str().unwrap().to_owned()).collect();
    texts.reverse();
    texts
}

/// What HelloLeads shows of notes: the lead's notes text with the key, its comments otherwise.
fn in_helloleads(world: &World, way: Way, lead: &str) -> Vec<String> {
    if way == Way::Key {
        return vec![world.helloleads.lead(lead).unwrap()["notes"].as_str().unwrap_or_default().to_owned()];
    }
    let comments = world.helloleads.comments(lead);
    comments.iter().map(|comment| comment["text"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn a_ghl_note_is_added_changed_and_removed_in_helloleads() {
    for way in every_way() {
        let world = world(way).await;
        let contact = contact(&world).await;
        let lead = lead(&world);
        let note = world.ghl.person_creates_note(LOCATION, &contact, "<p>Wants a call &amp; a quote.</p>");
        world.settle().await;
        let shown = in_helloleads(&world, way, &lead).concat();
        assert!(shown.contains("Wants a call & a quote."), "{way:?}: {shown}");
        assert!(shown.contains("Olga Owner"), "{way:?}: its author is named: {shown}");
        world.time.advance(SignedDuration::from_secs(5));
        world.ghl.person_edits_note(LOCATION, &contact, &note, "Wants a visit.");
        world.settle().await;
        let shown = in_helloleads(&world, way, &lead);
        assert!(shown.concat().contains("Wants a visit."), "{way:?}: {shown:?}");
        if way == Way::V1 {
            // A comment cannot be changed: the new text is a comment of its own, and the old one stays.
            assert_eq!(shown.len(), 2, "{shown:?}");
        } else {
            assert!(!shown.concat().contains("quote"), "{way:?}: {shown:?}");
        }
        world.pass_period().await;
        assert_eq!(in_ghl(&world, &contact), ["Wants a visit."], "{way:?}: nothing comes back");
        world.ghl.person_deletes_note(LOCATION, &contact, &note);
        world.settle().await;
        let shown = in_helloleads(&world, way, &lead).concat();
        assert_eq!(shown.contains("Wants a visit."), way == Way::V1, "{way:?}: v1 keeps comments: {shown}");
        world.pass_period().await;
        assert!(in_ghl(&world, &contact).is_empty(), "{way:?}: it is not brought back");
        assert_eq!(parked(&world).await, [], "{way:?}");
    }
}

#[tokio::test]
async fn a_helloleads_comment_becomes_a_ghl_note() {
    for way in every_way() {
        let world = world(way).await;
        let contact = contact(&world).await;
        let lead = lead(&world);
        let comment = world.helloleads.person_adds_comment(&lead, "asha@example.com", "Met at the fair.");
        world.settle().await;
        world.pass_period().await;
        assert_eq!(in_ghl(&world, &contact), ["[Asha Rao in HelloLeads]\nMet at the fair."], "{way:?}");
        world.pass_period().await;
        assert_eq!(in_ghl(&world, &contact).len(), 1, "{way:?}: it does not grow");
        if way != Way::Relay {
            continue;
        }
        world.helloleads.person_edits_comment(&comment, "Met at the big fair.");
        world.settle().await;
        assert_eq!(in_ghl(&world, &contact), ["[Asha Rao in HelloLeads]\nMet at the big fair."]);
        world.helloleads.person_deletes_comment(&comment);
        world.settle().await;
        assert!(in_ghl(&world, &contact).is_empty());
    }
}

#[tokio::test]
async fn a_ghl_edit_of_a_comment_keeps_its_author_and_reaches_helloleads() {
    for way in every_way() {
        let world = world(way).await;
        let contact = contact(&world).await;
        let lead = lead(&world);
        world.helloleads.person_adds_comment(&lead, "asha@example.com", "Met at the fair.");
        world.settle().await;
        world.pass_period().await;
        let note = world.ghl.notes(LOCATION, &contact)[0]["id"].as_str().unwrap().to_owned();
        let changed = "[Asha Rao in HelloLeads]\nMet at the fair, twice.";
        world.ghl.person_edits_note(LOCATION, &contact, &note, changed);
        world.settle().await;
        world.pass_period().await;
        let shown = in_helloleads(&world, way, &lead).concat();
        assert!(shown.contains("Met at the fair, twice."), "{way:?}: {shown}");
        assert!(!shown.contains("in HelloLeads]"), "{way:?}: the author's line is not synced back: {shown}");
        assert_eq!(in_ghl(&world, &contact), [changed], "{way:?}");
    }
}

#[tokio::test]
async fn what_a_connection_does_not_sync_costs_nothing() {
    let world = crate::contact_sync::plain_world().await;
    let contact = contact(&world).await;
    let before = (world.ghl.calls().len(), world.helloleads.calls().len());
    world.ghl.person_creates_note(LOCATION, &contact, "Not for HelloLeads.");
    world.ghl.person_creates_task(
        LOCATION,
        &contact,
        json!({ "title": "Nor this", "dueDate": "2026-12-01T15:00:00Z" }),
    );
    world.settle().await;
    assert_eq!((world.ghl.calls().len(), world.helloleads.calls().len()), before);
    assert_eq!(parked(&world).await, []);
}

#[tokio::test]
async fn a_note_is_byte_for_byte_the_same_in_both_mirrors_whatever_it_holds() {
    let texts = [
        "<p>Wants a call &amp; a <b>quote</b>.</p><ul><li>one</li><li>two</li></ul>",
        "a < b and c > d, AT&amp;T",
        "line one\r\n\r\n  line two  \n",
        "[Asha Rao in HelloLeads]\nwritten by hand",
        "[end]\n[GHL note x]\n🙂",
    ];
    for way in every_way() {
        let world = world(way).await;
        let contact = contact(&world).await;
        for text in texts {
            let own = world.ghl.person_creates_note(LOCATION, &contact, text);
            world.settle().await;
            world.pass_period().await;
            world.pass_period().await;
            let contact_id = RecordId::parse(&contact).unwrap();
            let id = RecordId::within(&contact_id, &own).unwrap();
            let links = Links::new(world.table.clone(), world.connection());
            let known = links.known(Identity { kind: Kind::Note, side: Side::Ghl, id: &id }).await.unwrap();
            let Known::Linked(link) = known else { panic!("{way:?}: {text:?} is not linked") };
            let body = |side| link.mirrors.of(side).record.get(&Field::BODY);
            assert!(body(Side::Ghl).is_some());
            assert_eq!(body(Side::HelloLeads), body(Side::Ghl), "{way:?}: {text:?}");
            let shown = world.ghl.notes(LOCATION, &contact);
            let note = shown.iter().find(|note| note["id"] == own).unwrap();
            assert_eq!(note["body"], text, "{way:?}: GHL's own text is left as it is");
        }
        assert_eq!(in_ghl(&world, &contact).len(), texts.len(), "{way:?}");
    }
}

#[tokio::test]
async fn a_note_that_comes_before_its_contact_brings_it_over_first() {
    for way in every_way() {
        let world = world(way).await;
        let contact = world.ghl.person_creates_contact(LOCATION, ann());
        world.ghl.person_creates_note(LOCATION, &contact, "First things first.");
        // The contact's own webhook is lost; the note's is not.
        let hooks = world.ghl.take_webhooks();
        let note = hooks.iter().find(|hook| hook.event == "NoteCreate").unwrap();
        world.ghl.deliver(note).await;
        world.settle().await;
        let lead = lead(&world);
        assert!(in_helloleads(&world, way, &lead).concat().contains("First things first."), "{way:?}");
        assert_eq!(parked(&world).await, [], "{way:?}");
    }
}

#[tokio::test]
async fn a_note_whose_contact_cannot_be_synced_waits_and_follows_once_it_can() {
    let world = world(Way::Key).await;
    let contact = world.ghl.person_creates_contact(LOCATION, json!({ "firstName": "Nobody" }));
    world.ghl.person_creates_note(LOCATION, &contact, "Found later.");
    world.settle().await;
    let waiting = parked(&world).await;
    assert!(waiting.iter().any(|one| one.kind == Kind::Note
        && matches!(&one.reason, Reason::AwaitsContact { side: Side::Ghl, contact: id } if id.as_str() == contact)));
    assert!(world.sqs.messages(NOTES).is_empty(), "it does not go round in the queue");
    world.time.advance(SignedDuration::from_secs(5));
    world.ghl.person_edits_contact(LOCATION, &contact, json!({ "email": "nobody@example.com" }));
    world.settle().await;
    assert!(only_lead(&world)["notes"].as_str().unwrap().contains("Found later."));
    assert_eq!(parked(&world).await, []);
}

#[tokio::test]
async fn a_comment_and_an_appointment_wait_for_a_lead_that_cannot_be_synced_yet() {
    let world = world(Way::Relay).await;
    let lead = world.helloleads.person_creates_lead(json!({ "first_name": "Nobody" }));
    world.helloleads.person_adds_comment(&lead, "asha@example.com", "Found later.");
    let call = json!({ "title": "Call", "start": "2026-12-01T15:00:00Z", "status": "confirmed" });
    world.helloleads.person_books_appointment(&lead, call);
    world.settle().await;
    let waiting = parked(&world).await.into_iter().filter(|one| one.reason.is_waiting()).count();
    assert_eq!(waiting, 2, "{:?}", parked(&world).await);
    world.time.advance(SignedDuration::from_secs(5));
    world.helloleads.person_edits_lead(&lead, json!({ "email": "nobody@example.com" }));
    world.settle().await;
    let contact = crate::contact_sync::only_contact(&world)["id"].as_str().unwrap().to_owned();
    assert_eq!(in_ghl(&world, &contact), ["[Asha Rao in HelloLeads]\nFound later."]);
    assert_eq!(world.ghl.appointments(LOCATION).len(), 1);
    assert_eq!(parked(&world).await, []);
}

#[tokio::test]
async fn a_run_that_fails_between_the_link_and_its_notes_is_made_good_by_the_next() {
    let world = world(Way::Key).await;
    let contact = world.ghl.person_creates_contact(LOCATION, ann());
    world.ghl.person_creates_note(LOCATION, &contact, "From before.");
    let hooks = world.ghl.take_webhooks();
    let created = hooks.iter().find(|hook| hook.event == "ContactCreate").unwrap();
    world.ghl.faults().plan("GET /contacts/:id/notes", Fault::Reset);
    world.ghl.deliver(created).await;
    world.settle().await;
    assert!(only_lead(&world)["notes"].as_str().unwrap().contains("From before."));
}

#[tokio::test]
async fn a_contact_brings_the_notes_that_it_had_before() {
    let world = World::start(Options::default()).await;
    let contact = world.ghl.person_creates_contact(LOCATION, ann());
    world.ghl.person_creates_note(LOCATION, &contact, "From before the sync.");
    world.ghl.take_webhooks();
    world.time.advance(SignedDuration::from_mins(5));
    world.connect(&[("notes", "yes")]).await;
    assert!(only_lead(&world)["notes"].as_str().unwrap().contains("From before the sync."));
    assert_agreed(&world).await;
}

#[tokio::test]
async fn a_note_whose_create_was_answered_by_nothing_is_not_made_twice() {
    for fault in [Fault::ResetAfterWork, Fault::StatusAfterWork { status: 502, body: "<html>".into() }] {
        let world = world(Way::Key).await;
        let contact = contact(&world).await;
        let lead = lead(&world);
        world.ghl.faults().plan("POST /contacts/:id/notes", fault);
        world.helloleads.person_adds_comment(&lead, "asha@example.com", "Only once.");
        world.pass_period().await;
        world.pass_period().await;
        assert_eq!(in_ghl(&world, &contact), ["[Asha Rao in HelloLeads]\nOnly once."]);
    }
}

#[tokio::test]
async fn a_comment_whose_create_was_answered_by_nothing_is_not_made_twice() {
    for way in every_way() {
        let world = world(way).await;
        let contact = contact(&world).await;
        let lead = lead(&world);
        let call = match way {
            Way::Key => "PUT /lead/:id",
            Way::V1 => "POST /leads/leadCommentCreate",
            Way::Relay => "POST catch-hook",
        };
        world.helloleads.faults().plan(call, Fault::ResetAfterWork);
        world.ghl.person_creates_note(LOCATION, &contact, "Only once.");
        world.settle().await;
        world.pass_period().await;
        let shown = in_helloleads(&world, way, &lead).concat();
        assert_eq!(shown.matches("Only once.").count(), 1, "{way:?}: {shown}");
        assert_eq!(in_ghl(&world, &contact), ["Only once."], "{way:?}");
        assert_eq!(parked(&world).await, [], "{way:?}");
    }
}

#[tokio::test]
async fn a_relay_that_does_not_answer_with_the_id_is_sent_the_note_once() {
    for keeps_reference in [true, false] {
        let world = world(Way::Relay).await;
        let contact = contact(&world).await;
        let lead = lead(&world);
        world.helloleads.set(|switches| {
            switches.relay_answers_id = false;
            switches.relay_keeps_reference = keeps_reference;
        });
        let note = world.ghl.person_creates_note(LOCATION, &contact, "Sent once.");
        world.settle().await;
        assert_eq!(in_helloleads(&world, Way::Relay, &lead), ["[Olga Owner in GHL]\nSent once."]);
        world.time.advance(SignedDuration::from_secs(5));
        world.ghl.person_edits_note(LOCATION, &contact, &note, "Changed once.");
        world.settle().await;
        let shown = in_helloleads(&world, Way::Relay, &lead);
        assert_eq!(shown, ["[Olga Owner in GHL]\nChanged once."], "reference kept: {keeps_reference}");
        assert_eq!((in_ghl(&world, &contact), parked(&world).await), (vec!["Changed once.".into()], vec![]));
    }
}

#[tokio::test]
async fn a_connection_that_wants_no_further_comments_lists_a_changed_note() {
    let world = world(Way::V1).await;
    let connections = Connections::new(world.table.clone());
    let list = |connection: &mut Connection| connection.helloleads.changed_notes = ChangedNotes::List;
    connections.change(&world.connection(), list).await.unwrap();
    let contact = contact(&world).await;
    let lead = lead(&world);
    let note = world.ghl.person_creates_note(LOCATION, &contact, "As it was.");
    world.settle().await;
    world.time.advance(SignedDuration::from_secs(5));
    world.ghl.person_edits_note(LOCATION, &contact, &note, "As it is.");
    world.settle().await;
    assert_eq!(in_helloleads(&world, Way::V1, &lead), ["[Olga Owner in GHL]\nAs it was."]);
    let listed = parked(&world).await;
    let is_body = |fields: &[Field]| fields == [Field::BODY];
    assert!(
        matches!(&listed[0].reason, Reason::NotTaken { side: Side::HelloLeads, fields } if is_body(fields)),
        "{listed:?}"
    );
}

#[tokio::test]
async fn a_deleted_contact_does_not_take_the_comments_of_its_lead_with_it() {
    for way in [Way::Key, Way::Relay] {
        let world = world(way).await;
        let contact = contact(&world).await;
        let lead = lead(&world);
        let note = world.ghl.person_creates_note(LOCATION, &contact, "Keep me.");
        world.settle().await;
        world.ghl.person_deletes_contact(LOCATION, &contact);
        // GHL may tell of the note first, whose contact is gone by then.
        let body = json!({ "type": "NoteDelete", "id": note, "contactId": contact, "body": "Keep me." });
        crate::related::deliver(&world, body).await;
        world.settle().await;
        assert!(in_helloleads(&world, way, &lead).concat().contains("Keep me."), "{way:?}");
    }
}

#[tokio::test]
async fn an_edit_of_a_comment_beats_the_deletion_of_its_note() {
    let world = world(Way::Relay).await;
    let contact = contact(&world).await;
    let lead = lead(&world);
    let comment = world.helloleads.person_adds_comment(&lead, "asha@example.com", "As it was.");
    world.settle().await;
    world.time.advance(SignedDuration::from_secs(5));
    let note = world.ghl.notes(LOCATION, &contact)[0]["id"].as_str().unwrap().to_owned();
    world.helloleads.person_edits_comment(&comment, "As it is.");
    world.ghl.person_deletes_note(LOCATION, &contact, &note);
    world.settle().await;
    assert_eq!(in_ghl(&world, &contact), ["[Asha Rao in HelloLeads]\nAs it is."]);
    assert_eq!(in_helloleads(&world, Way::Relay, &lead), ["As it is."]);
    world.helloleads.person_edits_comment(&comment, "As it will be.");
    world.settle().await;
    assert_eq!(in_ghl(&world, &contact), ["[Asha Rao in HelloLeads]\nAs it will be."], "the link goes on");
    assert_eq!(parked(&world).await, []);
}

#[tokio::test]
async fn a_note_that_is_made_again_is_made_once_though_the_answer_is_lost() {
    let world = world(Way::Relay).await;
    let contact = contact(&world).await;
    let lead = lead(&world);
    let comment = world.helloleads.person_adds_comment(&lead, "asha@example.com", "As it was.");
    world.settle().await;
    world.time.advance(SignedDuration::from_secs(5));
    let note = world.ghl.notes(LOCATION, &contact)[0]["id"].as_str().unwrap().to_owned();
    world.ghl.faults().plan("POST /contacts/:id/notes", Fault::ResetAfterWork);
    world.helloleads.person_edits_comment(&comment, "As it is.");
    world.ghl.person_deletes_note(LOCATION, &contact, &note);
    world.settle().await;
    assert_eq!(in_ghl(&world, &contact), ["[Asha Rao in HelloLeads]\nAs it is."]);
    assert_eq!(parked(&world).await, []);
}

#[tokio::test]
async fn our_own_note_coming_back_as_a_webhook_costs_no_call() {
    let world = world(Way::Relay).await;
    let contact = contact(&world).await;
    let lead = lead(&world);
    world.helloleads.person_adds_comment(&lead, "asha@example.com", "Echo?");
    world.settle().await;
    let before = world.ghl.calls().len();
    let hook = json!({
        "type": "NoteUpdate", "contactId": contact, "body": "[Asha Rao in HelloLeads]\nEcho?",
        "id": world.ghl.notes(LOCATION, &contact)[0]["id"],
    });
    crate::related::deliver(&world, hook).await;
    world.settle().await;
    assert_eq!(world.ghl.calls().len(), before);
}

#[tokio::test]
async fn a_note_waits_for_a_contact_no_longer_than_there_is_one() {
    let world = world(Way::Key).await;
    let nobody = world.ghl.person_creates_contact(LOCATION, json!({ "firstName": "No address" }));
    world.ghl.person_creates_note(LOCATION, &nobody, "Who is this?");
    world.settle().await;
    assert_eq!(parked(&world).await.len(), 2, "the contact, and its note");
    world.time.advance(SignedDuration::from_mins(1));
    world.ghl.person_deletes_contact(LOCATION, &nobody);
    world.settle().await;
    assert_eq!(parked(&world).await, []);
}
