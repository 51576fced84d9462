//! Planned faults over real connections.

use std::time::Duration;

use reqwest::Method;
use serde_json::json;

use super::world::{HERE, World};
use crate::faults::Fault;

fn create(world: &World) -> reqwest::RequestBuilder {
    let body = json!({"locationId": HERE, "firstName": "Ann"});
    world
        .request(Method::POST, "/contacts/")
        .header("content-type", "application/json")
        .body(body.to_string())
}

/// Meets one fault while creating a contact, on a connection that has served before; answers whether an answer
/// came, and how many contacts there are then.
async fn create_under(fault: Fault, timeout: Duration) -> (bool, usize) {
    let world = World::start().await;
    world.get("/contacts/nobody").await;
    world.fake.faults().plan("POST /contacts/", fault);
    let answered = create(&world).timeout(timeout).send().await.is_ok();
    assert_eq!(world.fake.faults().left(), 0);
    assert_eq!(world.fake.calls().all()[1].status, 0);
    (answered, world.fake.contacts(HERE).len())
}

#[tokio::test]
async fn a_reset_breaks_the_connection_before_or_after_the_work() {
    let timeout = Duration::from_secs(5);
    assert_eq!(create_under(Fault::Reset, timeout).await, (false, 0));
    assert_eq!(create_under(Fault::ResetAfterWork, timeout).await, (false, 1));
}

#[tokio::test]
async fn a_hang_never_answers_before_or_after_the_work() {
    let timeout = Duration::from_millis(200);
    assert_eq!(create_under(Fault::Hang, timeout).await, (false, 0));
    assert_eq!(create_under(Fault::HangAfterWork, timeout).await, (false, 1));
}

#[tokio::test]
async fn a_status_replaces_the_answer_once() {
    let world = World::start().await;
    let (body, content_type) = ("<html>down</html>".to_owned(), "text/html".to_owned());
    world.fake.faults().plan("*", Fault::Status { status: 503, body, content_type });
    let response = create(&world).send().await.unwrap();
    assert_eq!((response.status().as_u16(), world.fake.contacts(HERE).len()), (503, 0));
    assert_eq!(response.headers()["content-type"], "text/html");
    assert_eq!(response.text().await.unwrap(), "<html>down</html>");
    assert_eq!(create(&world).send().await.unwrap().status(), 201);
}

#[tokio::test]
async fn a_status_after_the_work_hides_that_it_was_done() {
    let world = World::start().await;
    let fault = Fault::StatusAfterWork { status: 502, body: "bad gateway".to_owned() };
    world.fake.faults().plan("POST /contacts/", fault);
    let response = create(&world).send().await.unwrap();
    assert_eq!((response.status().as_u16(), world.fake.contacts(HERE).len()), (502, 1));
    assert_eq!(world.fake.calls().all()[0].status, 502);
}
