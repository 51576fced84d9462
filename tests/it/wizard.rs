//! The set-up, step by step: what each test says is wrong, and that nothing is synced before the start.

use sandbox::ghl::Choice;
use sandbox::world::{ACCOUNT, API_KEY, LIST, LOCATION, Options, TIME_ZONE, World};
use serde_json::json;

use crate::contact_sync::{ann, ann_as_lead, assert_agreed, only_lead};

async fn installed() -> World {
    let world = World::start(Options::default()).await;
    world.install(Choice::Location(LOCATION.to_owned())).await;
    world
}

fn step(name: &str) -> String {
    format!("/connections/{LOCATION}/set-up/{name}")
}

/// Sends a step's form, and answers the page that comes of it.
async fn says(world: &World, name: &str, form: &[(&str, &str)]) -> String {
    let answer = world.post(&step(name), form).await;
    assert_eq!(answer.status(), 200, "the step stays: {}", answer.text().await.unwrap());
    answer.text().await.unwrap()
}

async fn enter_key(world: &World) {
    let base = world.helloleads.url();
    let form =
        [("api_key", API_KEY), ("email", ACCOUNT), ("time_zone", TIME_ZONE), ("base_url", base.as_str())];
    let answer = world.post(&step("helloleads"), &form).await;
    assert_eq!(answer.headers()["location"], step("choices"));
}

#[tokio::test]
async fn nothing_is_read_or_written_before_the_start() {
    let world = installed().await;
    world.helloleads.person_creates_lead(ann_as_lead());
    enter_key(&world).await;
    let chosen = [("list", LIST), ("conflict", "ghl_wins"), ("on_delete", "park"), ("notes", "yes")];
    let answer = world.post(&step("choices"), &chosen).await;
    assert_eq!(answer.headers()["location"], step("start"));
    assert!(world.get(&step("start")).await.text().await.unwrap().contains("Start the sync"));
    world.ghl.person_creates_contact(LOCATION, json!({ "firstName": "Bo", "email": "bo@example.com" }));
    world.settle().await;
    world.pass_day().await;
    let asked =
        |names: Vec<String>| names.iter().any(|name| name.contains("/leads") || name.contains("/contacts"));
    assert!(!asked(world.helloleads.calls().names_since(0)) && !asked(world.ghl.calls().names_since(0)));
    world.start_sync().await;
    world.settle().await;
    world.pass_period().await;
    assert_eq!((world.ghl.contacts(LOCATION).len(), world.helloleads.leads().len()), (2, 2));
    assert_agreed(&world).await;
}

#[tokio::test]
async fn what_was_never_started_is_not_started_by_another_install() {
    let world = installed().await;
    enter_key(&world).await;
    world.ghl.uninstall(LOCATION);
    world.settle().await;
    world.install(Choice::Location(LOCATION.to_owned())).await;
    world.ghl.person_creates_contact(LOCATION, ann());
    world.settle().await;
    assert!(world.helloleads.leads().is_empty());
    world.start_sync().await;
    world.settle().await;
    world.pass_period().await;
    assert_eq!(only_lead(&world)["email"], "ann@example.com");
}

#[tokio::test]
async fn a_sync_without_helloleads_cannot_be_started() {
    let world = installed().await;
    let answer = world.post(&step("start"), &[]).await;
    assert_eq!(answer.status(), 422);
    assert!(answer.text().await.unwrap().contains("Connect HelloLeads first"));
}

#[tokio::test]
async fn the_test_of_ghl_names_each_scope_that_is_missing() {
    let world = installed().await;
    let good = says(&world, "ghl", &[]).await;
    for scope in ["contacts.readonly", "contacts.write", "calendars/events.write", "users.readonly"] {
        assert!(good.contains(&format!("<span>Scope {scope}</span>")), "{scope}: {good}");
    }
    // GHL grants less than was asked for.
    world.ghl.choose(Choice::Location(LOCATION.to_owned()));
    let off = world.get("/install").await;
    let to = off.headers()["location"].to_str().unwrap();
    let to = to.replace("contacts.write+", "").replace("users.readonly+", "");
    let back = world.browser.get(to).send().await.unwrap();
    assert_eq!(world.follow(back).await.status(), 303);
    let poor = says(&world, "ghl", &[]).await;
    for scope in ["contacts.write", "users.readonly"] {
        assert!(poor.contains(&format!("Add {scope} to the app")), "{scope}: {poor}");
    }
    assert!(poor.contains("<span>Scope contacts.readonly</span>"), "{poor}");
    assert_eq!(poor.matches("it is missing").count(), 2);
}

#[tokio::test]
async fn the_test_of_ghl_says_that_a_token_is_dead() {
    let world = installed().await;
    world.ghl.revoke(LOCATION);
    let says = says(&world, "ghl", &[]).await;
    assert!(
        says.contains("no longer accepts this connection&#39;s token")
            || says.contains("no longer accepts this connection's token"),
        "{says}"
    );
    assert_eq!(says.matches("Scope ").count(), 0, "{says}");
}

#[tokio::test]
async fn the_test_of_helloleads_says_which_entry_is_wrong_and_keeps_a_good_one() {
    let world = installed().await;
    let base = world.helloleads.url();
    let with = |key: &'static str, zone: &'static str| {
        let base = base.clone();
        [
            ("api_key", key.to_owned()),
            ("email", ACCOUNT.to_owned()),
            ("time_zone", zone.to_owned()),
            ("base_url", base),
            ("do", "test".to_owned()),
        ]
    };
    for (key, zone, expected) in [
        ("wrong", TIME_ZONE, "refuses the API key or its e-mail address"),
        (API_KEY, "Mars/Olympus", "time zone that exists"),
        ("", TIME_ZONE, "Enter the HelloLeads API key"),
    ] {
        let form = with(key, zone);
        let form: Vec<(&str, &str)> = form.iter().map(|(name, value)| (*name, value.as_str())).collect();
        let page = says(&world, "helloleads", &form).await;
        assert!(page.contains(expected) && page.contains("role=\"alert\""), "{expected}: {page}");
    }
    let form = with(API_KEY, TIME_ZONE);
    let form: Vec<(&str, &str)> = form.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let page = says(&world, "helloleads", &form).await;
    assert!(page.contains("Both sides answer") && !page.contains(API_KEY), "{page}");
    assert_eq!(world.post(&step("start"), &[]).await.status(), 303, "the key is kept");
}

#[tokio::test]
async fn the_choices_are_those_that_both_accounts_have_and_what_is_gone_is_named() {
    let world = installed().await;
    world.helloleads.add_list(Some("b2"), "Trade fair");
    world.ghl.add_calendar(LOCATION, json!({ "id": "CaL1", "name": "Sales calls" }));
    enter_key(&world).await;
    let page = world.get(&step("choices")).await.text().await.unwrap();
    for expected in ["Website enquiries", "Trade fair", "Sales calls"] {
        assert!(page.contains(expected), "{expected}: {page}");
    }
    let chosen =
        [("list", "b2"), ("list", "gone"), ("calendar", "CaL1"), ("appointments", "yes"), ("do", "test")];
    let page = says(&world, "choices", &chosen).await;
    assert!(
        page.contains("no list with the key &quot;gone&quot;") && page.contains("gone from HelloLeads"),
        "{page}"
    );
    let chosen = [("list", "b2"), ("calendar", "CaL2"), ("appointments", "yes"), ("do", "test")];
    let page = says(&world, "choices", &chosen).await;
    assert!(page.contains("no calendar &quot;CaL2&quot;") && page.contains("gone from GHL"), "{page}");
    let chosen =
        [("list", LIST), ("list", "b2"), ("first_list", "b2"), ("calendar", "CaL1"), ("appointments", "yes")];
    assert_eq!(world.post(&step("choices"), &chosen).await.status(), 303);
    let kept = world.engines().connections().get(&world.connection()).await.unwrap().unwrap();
    assert_eq!(kept.helloleads.lists, ["b2", LIST]);
    assert_eq!(kept.calendar.as_deref(), Some("CaL1"));
    assert_eq!(world.post(&step("choices"), &[("first_list", "b2")]).await.status(), 303);
    let kept = world.engines().connections().get(&world.connection()).await.unwrap().unwrap();
    assert!(kept.helloleads.lists.is_empty(), "none ticked are all");
}

#[tokio::test]
async fn an_app_that_was_not_deployed_is_entered_on_a_page_and_checked() {
    let parameters = ["GhlClientId", "GhlAppId"].map(|name| (name.to_owned(), String::new()));
    let world = World::start(Options { parameters: parameters.to_vec(), ..Options::default() }).await;
    world.secrets.put("AppSecret", &json!({ "client_id": "", "client_secret": "", "shared_secret": "" }));
    assert_eq!(world.get("/install").await.headers()["location"], "/app");
    let app = world.ghl.app();
    let said = async |id: &str, secret: &str| {
        let answer =
            world.post("/app", &[("client_id", id), ("client_secret", secret), ("do", "test")]).await;
        answer.text().await.unwrap()
    };
    assert!(said("nonsense", "secret").await.contains("a hyphen, and a suffix"));
    assert!(said(&app.client_id, "").await.contains("Enter the client secret too"));
    assert!(said(&app.client_id, "wrong-secret").await.contains("does not know this client id"));
    assert!(world.secrets.value("AppSecret").unwrap().contains("\"client_secret\":\"\""), "nothing was kept");
    let good = said(&app.client_id, &app.client_secret).await;
    assert!(good.contains("GHL knows this app") && !good.contains(&app.client_secret), "{good}");
    world.connect(&[]).await;
    // The webhooks' function reads no secret, and learns the app all the same.
    world.ghl.person_creates_contact(LOCATION, ann());
    world.settle().await;
    assert_eq!(only_lead(&world)["email"], "ann@example.com");
    let kept = world.post("/app", &[("client_id", &app.client_id), ("shared_secret", "another")]).await;
    assert_eq!(kept.status(), 303, "a blank secret leaves the one that is kept");
    let value = world.secrets.value("AppSecret").unwrap();
    assert!(value.contains(&app.client_secret) && value.contains("another"));
}
