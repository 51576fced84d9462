//! `cargo sandbox inspect`: every call that reads a location, by the product's own client.

use clap::ValueEnum;
use sandbox::inspect::{Inspect, What, inspect};
use sandbox::world::LOCATION;

fn asked(what: What) -> Inspect {
    let base = "https://services.leadconnectorhq.com".to_owned();
    Inspect { what, contact: None, id: None, business: None, location: LOCATION.to_owned(), base }
}

async fn printed(asked: &Inspect) -> String {
    let mut out = Vec::new();
    inspect(asked, None, &mut out).await.unwrap();
    String::from_utf8(out).unwrap()
}

#[tokio::test]
async fn every_list_and_record_is_read_and_shown() {
    let shown = [
        (What::Contact, "ann@example.com"),
        (What::Tasks, "Call back"),
        (What::Task, "Call back"),
        (What::Notes, "Wants a call."),
        (What::Note, "Wants a call."),
        (What::Appointments, "Visit"),
    ];
    for (what, expected) in shown {
        let text = printed(&asked(what)).await;
        assert!(text.contains(expected), "{what:?}: {text}");
    }
    assert_eq!(printed(&asked(What::Contacts)).await.lines().count(), 2, "one contact");
    assert_eq!(printed(&asked(What::Business)).await.lines().count(), 1, "nobody works there");
    assert_eq!(What::value_variants().len(), 8);
}

#[tokio::test]
async fn a_token_that_is_refused_and_an_argument_that_is_missing_are_said() {
    let world = sandbox::world::World::start(sandbox::world::Options::default()).await;
    let mut real = asked(What::Tasks);
    real.base = world.ghl.url();
    let missing = inspect(&real, Some("wrong".into()), &mut Vec::new()).await.unwrap_err();
    assert!(missing.to_string().contains("--contact"), "{missing}");
    real.contact = Some("c1".into());
    let refused = inspect(&real, Some("wrong".into()), &mut Vec::new()).await.unwrap_err();
    assert!(refused.to_string().contains("no usable token"), "{refused}");
}
