//! Twenty connections, three of them in trouble: the other seventeen are not slower than without them.

use jiff::SignedDuration;
use sandbox::ghl::{Choice, LocationSettings};
use sandbox::world::{COMPANY, Options, TIME_ZONE, World};
use serde_json::json;

const CONNECTIONS: usize = 20;
/// One is revoked, one has no calls left, one has records that cannot be synced.
const IN_TROUBLE: [usize; 3] = [3, 9, 15];

fn location(number: usize) -> String {
    format!("location{number:02}")
}

fn list(number: usize) -> String {
    format!("list{number:02}")
}

/// Connects each location with a HelloLeads key and a list of its own.
async fn world_of_many() -> World {
    let world = World::start(Options::default()).await;
    for number in 0..CONNECTIONS {
        let (location, list, key) = (location(number), list(number), format!("key-{number}"));
        world.ghl.add_location(COMPANY, &location, LocationSettings::default());
        world.helloleads.add_list(Some(&list), &list);
        world.helloleads.add_account(&key, &format!("owner{number}@example.com"));
        assert_eq!(world.install(Choice::Location(location.clone())).await.status(), 303);
        let base = world.helloleads.url();
        let form = [
            ("api_key", key.as_str()),
            ("email", &format!("owner{number}@example.com")),
            ("time_zone", TIME_ZONE),
            ("lists", &list),
            ("base_url", &base),
        ];
        let entered = world.post(&format!("/connections/{location}"), &form).await;
        assert_eq!(entered.status(), 303, "{}", entered.text().await.unwrap_or_default());
        let started = world.post(&format!("/connections/{location}/set-up/start"), &[]).await;
        assert_eq!(started.status(), 303);
    }
    world.settle().await;
    world
}

async fn make_trouble(world: &World) {
    let [revoked, spent, poisoned] = IN_TROUBLE;
    world.ghl.revoke(&location(revoked));
    let few = [("advanced", r#"{"calls_per_hour": 4}"#), ("time_zone", TIME_ZONE), ("lists", &list(spent))];
    let entered = world.post(&format!("/connections/{}", location(spent)), &few).await;
    assert_eq!(entered.status(), 303, "{}", entered.text().await.unwrap_or_default());
    for number in 0..30 {
        world
            .ghl
            .person_creates_contact(&location(poisoned), json!({ "firstName": format!("Nobody {number}") }));
    }
}

/// Three people in each location; answers after how many rounds, and after how long, the seventeen have them all.
async fn rounds(trouble: bool) -> (usize, SignedDuration) {
    let world = world_of_many().await;
    if trouble {
        make_trouble(&world).await;
    }
    let good = (0..CONNECTIONS).filter(|number| !IN_TROUBLE.contains(number));
    let expected = good.clone().count() * 3;
    for number in 0..CONNECTIONS {
        for person in 0..3 {
            let email = format!("p{person}.{number}@example.com");
            world.ghl.person_creates_contact(&location(number), json!({ "firstName": "P", "email": email }));
        }
    }
    let lists: Vec<String> = good.map(list).collect();
    let arrived = |world: &World| {
        let leads = world.helloleads.leads();
        // HelloLeads puts a blank before a list's name.
        let list_of =
            |lead: &serde_json::Value| lead["list_name"].as_str().unwrap_or_default().trim().to_owned();
        leads.iter().filter(|lead| lists.contains(&list_of(lead))).count()
    };
    let begin = world.time.now();
    for round in 1..500 {
        let went_on = world.step().await;
        if arrived(&world) == expected {
            return (round, world.time.now().duration_since(begin));
        }
        if !went_on {
            let at = world.next_visible_at().expect("not everything has arrived");
            world.time.advance(at.duration_since(world.time.now()).max(SignedDuration::from_millis(1)));
        }
    }
    panic!("{} of {expected} leads arrived", arrived(&world));
}

#[tokio::test]
async fn three_connections_in_trouble_do_not_slow_the_other_seventeen_down() {
    let ((rounds_without, time_without), (rounds_with, time_with)) =
        (rounds(false).await, rounds(true).await);
    assert_eq!(time_with, time_without, "nobody waits for another one's troubles");
    // The stand-in calls one function at a time, ten messages each: the thirty that cannot be synced take three rounds.
    assert!(rounds_with <= rounds_without + 3, "{rounds_with} rounds, {rounds_without} without trouble");
}
