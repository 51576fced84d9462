//! The tasks of a contact.

use reqwest::Method;
use serde_json::{Value, json};

use super::kinds::{USER, events, hooks, start};
use super::world::{HERE, World, complaints};

const DUE: &str = "2026-12-01T09:00:00+01:00";

async fn created(world: &World, contact: &str, more: Value) -> Value {
    let mut fields = json!({"title": "Call", "dueDate": DUE, "completed": false});
    fields.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    let (status, mut body) = world.send(Method::POST, &format!("/contacts/{contact}/tasks"), fields).await;
    assert_eq!(status, 201, "{body}");
    body["task"].take()
}

#[tokio::test]
async fn a_task_is_created_read_edited_and_deleted() {
    let (world, contact) = start().await;
    let mut task = created(&world, &contact, json!({"body": "Soon", "assignedTo": USER})).await;
    let id = task["id"].as_str().unwrap().to_owned();
    let expected = json!({
        "id": id, "title": "Call", "body": "Soon", "assignedTo": USER, "dueDate": "2026-12-01T08:00:00.000Z",
        "completed": false, "contactId": contact,
    });
    assert_eq!(task, expected);
    let (list, own) = (format!("/contacts/{contact}/tasks"), format!("/contacts/{contact}/tasks/{id}"));
    assert_eq!(world.get(&own).await, (200, json!({"task": task})));
    task["title"] = json!("Write");
    assert_eq!(world.send(Method::PUT, &own, json!({"title": "Write"})).await, (200, json!({"task": task})));
    task["completed"] = json!(true);
    let completed = world.send(Method::PUT, &format!("{own}/completed"), json!({"completed": true})).await;
    assert_eq!(completed, (200, json!({"task": task})));
    assert_eq!(world.get(&list).await, (200, json!({"tasks": [task]})));
    assert_eq!(world.fake.tasks(HERE, &contact), [task]);
    assert_eq!(world.send(Method::DELETE, &own, json!({})).await, (200, json!({"succeded": true})));
    assert_eq!(world.get(&own).await.0, 404);
    assert_eq!(world.get(&list).await, (200, json!({"tasks": []})));
}

#[tokio::test]
async fn a_task_must_be_as_the_schema_says() {
    let (world, contact) = start().await;
    let path = format!("/contacts/{contact}/tasks");
    let empty = world.send(Method::POST, &path, json!({})).await;
    let expected = ["title", "dueDate", "completed"].map(|name| format!("{name} should not be empty"));
    assert_eq!(complaints(&empty), expected);
    let wrong = json!({"title": "", "dueDate": "tomorrow", "completed": "no"});
    let expected = [
        "completed must be a boolean value",
        "dueDate must be a valid ISO 8601 date string",
        "title should not be empty",
    ];
    let answer = world.send(Method::POST, &path, wrong).await;
    let mut found = complaints(&answer);
    found.sort_unstable();
    assert_eq!(found, expected);
    let stranger = json!({"title": "x", "dueDate": DUE, "completed": false, "assignedTo": "nobody"});
    let refused = world.send(Method::POST, &path, stranger).await;
    assert_eq!(complaints(&refused), ["assignedTo must be a user of the location"]);
    assert!(hooks(&world).is_empty());
}

#[tokio::test]
async fn a_tasks_edit_fires_nothing_and_its_completion_once() {
    let (world, contact) = start().await;
    let task = created(&world, &contact, json!({"body": "Soon", "assignedTo": USER})).await;
    let own = format!("/contacts/{contact}/tasks/{}", task["id"].as_str().unwrap());
    world.send(Method::PUT, &own, json!({"title": "Write"})).await;
    for completed in [true, true, false] {
        world.send(Method::PUT, &format!("{own}/completed"), json!({"completed": completed})).await;
    }
    world.send(Method::PUT, &own, json!({"completed": true})).await;
    world.send(Method::DELETE, &own, json!({})).await;
    let found = hooks(&world);
    let bare = json!({
        "type": "TaskCreate", "id": task["id"], "title": "Call", "assignedTo": USER,
        "dueDate": "2026-12-01T08:00:00.000Z", "dateAdded": "2026-11-23T14:00:00.250Z",
    });
    let whole = |event: &str| {
        json!({
            "type": event, "id": task["id"], "title": "Write", "assignedTo": USER, "body": "Soon",
            "contactId": contact, "dueDate": "2026-12-01T08:00:00.000Z", "dateAdded": "2026-11-23T14:00:00.250Z",
        })
    };
    assert_eq!(found, [bare, whole("TaskComplete"), whole("TaskComplete"), whole("TaskDelete")]);
}

#[tokio::test]
async fn a_task_create_can_come_whole() {
    let (world, contact) = start().await;
    world.fake.set(|switches| switches.task_create_is_bare = false);
    created(&world, &contact, json!({"body": "Soon"})).await;
    let hook = hooks(&world).remove(0);
    assert_eq!((&hook["contactId"], &hook["body"]), (&json!(contact), &json!("Soon")));
}

#[tokio::test]
async fn a_person_makes_edits_and_deletes_tasks() {
    let (world, contact) = start().await;
    let id = world.fake.person_creates_task(HERE, &contact, json!({"title": "Call", "dueDate": DUE}));
    world.fake.person_edits_task(HERE, &contact, &id, json!({"body": "Soon", "dueDate": null}));
    let expected =
        json!({"id": id, "title": "Call", "body": "Soon", "completed": false, "contactId": contact});
    assert_eq!(world.fake.tasks(HERE, &contact), [expected]);
    world.fake.person_edits_task(HERE, &contact, &id, json!({"completed": true}));
    world.fake.person_deletes_task(HERE, &contact, &id);
    assert_eq!(events(&world), ["TaskCreate", "TaskComplete", "TaskDelete"]);
}
