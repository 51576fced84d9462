//! What a deployment makes: the template's table, queues and secrets, and each function with the variables that the
//! template gives to it and to no other.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::json;
use shared::clock::Clock;
use shared::environment::Environment;

use super::host::FromInside;
use super::{Functions, SESSION_KEY};
use crate::aws::clients::{Clients, Endpoints};
use crate::aws::counting::Operations;
use crate::aws::secrets::FakeSecretsManager;
use crate::aws::sqs::FakeSqs;
use crate::aws::template::{Template, Values};
use crate::ghl::FakeGhl;

/// The name of the stack.
const STACK: &str = "sandbox";

/// What the template's names stand for in this world: its parameters and its resources.
pub(crate) fn values<'a>(
    template: &'a Template,
    ghl: &FakeGhl,
    sqs: &FakeSqs,
    parameters: &[(&str, &str)],
) -> Values<'a> {
    let app = ghl.app();
    let said = |name: &str, value: String| (name.to_owned(), value);
    let mut known = vec![
        said("AWS::StackName", STACK.to_owned()),
        said("SyncTable", template.table()),
        said("SyncBus", "SyncBus".to_owned()),
        said("GhlClientId", app.client_id),
        said("GhlAppId", app.app_id),
        said("GhlBaseUrl", ghl.url()),
        said("GhlAuthorizeUrl", format!("{}/v2/oauth/chooselocation", ghl.url())),
        said("GhlWebhookPublicKey", ghl.webhook_public_key_pem()),
    ];
    for queue in template.queues() {
        let name = |id: &str| format!("{id}.fifo");
        let url = sqs.create_with(&name(&queue.logical_id), queue.settings(name));
        known.push((queue.logical_id, url));
    }
    let secrets = template.of_type("AWS::SecretsManager::Secret").into_iter();
    known.extend(secrets.map(|id| (id.clone(), id)));
    known.extend(parameters.iter().map(|(name, value)| said(name, (*value).to_owned())));
    Values::new(template, known)
}

pub(crate) fn put_secrets(secrets: &FakeSecretsManager, ghl: &FakeGhl) {
    let app = ghl.app();
    secrets.put("AppSecret", &json!({ "client_id": app.client_id, "client_secret": app.client_secret, "shared_secret": app.shared_secret }));
    secrets.put("WebhookKeysSecret", &json!({ "key": "webhook-keys-of-the-sandbox" }));
    secrets.put("SessionSecret", &json!({ "key": SESSION_KEY }));
}

/// The variables of all functions, by the function's logical id.
pub(crate) fn variables(values: &Values<'_>, template: &Template) -> BTreeMap<String, Environment> {
    let functions = template.of_type("AWS::Serverless::Function").into_iter();
    functions.map(|id| (id.clone(), values.variables(&id).into_iter().collect())).collect()
}

/// The variables of all functions together.
pub(crate) fn together(variables: &BTreeMap<String, Environment>) -> Environment {
    variables
        .values()
        .flat_map(|one| one.pairs().map(|(name, value)| (name.to_owned(), value.to_owned())))
        .collect()
}

/// Starts every function as its Lambda does.
///
/// # Panics
/// Where a function does not start with what the template gives to it.
pub(super) async fn start(
    values: &Values<'_>,
    template: &Template,
    endpoints: &Endpoints,
    operations: &Operations,
    clock: &Clock,
) -> Functions {
    let whole = "the template gives each function what it needs";
    let transport = Arc::new(FromInside::default());
    let of = async |id: &str, name| {
        let given: Environment = values.variables(id).into_iter().collect();
        (given, Clients::new(endpoints, operations.of(name, Some(template.role(id, values)))).await)
    };
    let (given, aws) = of("WebhookIntakeFunction", "webhook-intake").await;
    let intake =
        webhook_intake::intake::Intake::new(&given, aws.dynamodb, aws.secrets, aws.sqs, clock.clone());
    let (given, aws) = of("ConnectFunction", "connect").await;
    let (dynamodb, secrets, sqs) = (aws.dynamodb, aws.secrets, aws.sqs);
    let connect =
        connect::connect::Connect::new(&given, dynamodb, secrets, sqs, transport.clone(), clock.clone());
    let (given, aws) = of("ContactSyncFunction", "contact-sync").await;
    let contact_sync =
        contact_sync::contact_sync::ContactSync::new(&given, aws.aws(), transport.clone(), clock.clone());
    let (given, aws) = of("NotesSyncFunction", "notes-sync").await;
    let notes_sync =
        notes_sync::notes_sync::NotesSync::new(&given, aws.aws(), transport.clone(), clock.clone());
    let (given, aws) = of("AppointmentSyncFunction", "appointment-sync").await;
    let appointment_sync = appointment_sync::appointment_sync::AppointmentSync::new(
        &given,
        aws.aws(),
        transport.clone(),
        clock.clone(),
    );
    let (given, aws) = of("ReconcileFunction", "reconcile").await;
    let (dynamodb, secrets, sqs, events) = (aws.dynamodb, aws.secrets, aws.sqs, aws.events);
    let (through, posting, now) = (transport.clone(), transport.clone(), clock.clone());
    let reconcile =
        reconcile::reconcile::Reconcile::new(&given, dynamodb, secrets, sqs, events, through, now);
    let (given, aws) = of("AutomationFunction", "automation").await;
    let (dynamodb, secrets, sqs, events) = (aws.dynamodb, aws.secrets, aws.sqs, aws.events);
    let clock = clock.clone();
    let automation =
        automation::automation::Automation::new(&given, dynamodb, secrets, sqs, events, transport, clock);
    Functions {
        intake: Arc::new(intake.expect(whole)),
        connect: Arc::new(connect.expect(whole)),
        contact_sync: contact_sync.expect(whole),
        notes_sync: notes_sync.expect(whole),
        appointment_sync: appointment_sync.expect(whole),
        reconcile: reconcile.expect(whole),
        automation: automation.expect(whole).posting_by(posting),
    }
}
