//! Whatever bytes come from outside, nothing panics, and every answer is one that was meant: each reader is given its
//! captured input with bytes changed, cut, doubled and swapped, as the dice want it. `FUZZ_SECONDS` says how long each
//! is tried, `FUZZ_SEED` where the dice begin.

use std::cell::Cell;
use std::sync::{Arc, Once};
use std::time::{Duration, Instant};

use async_trait::async_trait;
use aws_lambda_events::event::sqs::{SqsEvent, SqsMessage};
use aws_sdk_dynamodb::types::AttributeValue;
use bytes::Bytes;
use sandbox::aws::template::repository;
use sandbox::storm::cloud::Cloud;
use sandbox::storm::dice::Dice;
use sandbox::storm::functions::{Call, Function, Output, Role};
use sandbox::storm::weather::Weather;
use sandbox::time::Time;
use secrecy::ExposeSecret;
use serde_json::json;
use shared::helloleads::hook::live_secrets;
use shared::http::{Request, Response, Transport, TransportError};

thread_local! {
    static PANICS: Cell<usize> = const { Cell::new(0) };
}

/// The edge turns a panic into a failed message: here each one counts.
fn count_panics() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let before = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |info| {
            PANICS.set(PANICS.get() + 1);
            before(info);
        }));
    });
}

/// So many inputs are tried however long it takes.
const TRIES_MIN: usize = 20;

/// Hands changed inputs to `reader` until the time is up; says with which one it panicked.
fn try_with(inputs: &[Vec<u8>], mut reader: impl FnMut(&[u8])) {
    let number =
        |name: &str, default| std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(default);
    let (seconds, seed) = (number("FUZZ_SECONDS", 1), number("FUZZ_SEED", 1));
    count_panics();
    let (mut dice, begun, mut tries) = (Dice::new(seed), Instant::now(), 0);
    // On a busy machine a second is not much.
    while begun.elapsed() < Duration::from_secs(seconds) || tries < TRIES_MIN {
        let input = changed(dice.pick(inputs).expect("there is a corpus"), &mut dice);
        let before = PANICS.get();
        reader(&input);
        assert_eq!(PANICS.get(), before, "it panicked at {:?}", String::from_utf8_lossy(&input));
        tries += 1;
    }
}

fn changed(input: &[u8], dice: &mut Dice) -> Vec<u8> {
    const BITS: [&[u8]; 12] =
        [b"null", b"\"", b"{", b"]", b"-1", b"1e999", b"\\u0000", b"\xff", b"[]", b"{}", b"%", b"\"\""];
    let mut bytes = input.to_vec();
    for _ in 0..dice.below(4) {
        let place = usize::try_from(dice.below(bytes.len() as u64 + 1)).unwrap();
        let end = (place + usize::try_from(dice.below(12)).unwrap()).min(bytes.len());
        match dice.below(5) {
            0 => bytes.truncate(place),
            1 => drop(bytes.drain(place..end)),
            2 => drop(bytes.splice(place..end, dice.pick(&BITS).unwrap().iter().copied())),
            3 => drop(bytes.splice(place..place, bytes[place..end].to_vec())),
            _ => bytes.iter_mut().skip(place).take(1).for_each(|byte| *byte ^= 1 << dice.below(8)),
        }
    }
    bytes
}

fn corpus(folder: &str) -> Vec<Vec<u8>> {
    let mut paths: Vec<_> = std::fs::read_dir(repository().join("events").join(folder))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    paths.sort();
    paths.into_iter().map(|path| std::fs::read(path).unwrap()).collect()
}

/// A world without faults, with one connection of each profile that the dice give.
fn world() -> Cloud {
    let time = Time::starting_at("2026-11-23T10:00:00Z".parse().unwrap());
    let cloud = Cloud::in_weather(1, Weather::only(1, time, &[]));
    cloud.install(0);
    cloud.enter(0);
    cloud
}

fn call(cloud: &Cloud, function: &Function, call: Call) -> Output {
    cloud.finish(function.clone().call(call))
}

fn batch(body: String, lane: &str) -> Call {
    let mut message = SqsMessage::default();
    message.attributes.insert("MessageGroupId".to_owned(), lane.to_owned());
    (message.message_id, message.receipt_handle) = (Some("m1".to_owned()), Some("r1".to_owned()));
    message.body = Some(body);
    let mut event = SqsEvent::default();
    event.records = vec![message];
    Call::Batch(event)
}

fn hint(cloud: &Cloud, id: &str) -> String {
    json!({ "connection": cloud.settings[0].location, "kind": "contact", "side": "ghl", "id": id, "delivery": "d1" })
        .to_string()
}

#[test]
fn webhook_bodies_and_signatures() {
    let cloud = world();
    let intake = cloud.ground.cold_start(Role::Intake);
    let ghl = |body: &[u8], signature: &[u8]| {
        let request = http::Request::post("/webhooks/ghl").header("content-type", "application/json");
        let request = request.header("x-ghl-signature", http::HeaderValue::from_bytes(signature).ok()?);
        Some(Call::Web(Box::new(request.body(Bytes::from(body.to_vec())).unwrap())))
    };
    let inputs: Vec<Vec<u8>> = corpus("ghl")
        .into_iter()
        .map(|body| String::from_utf8(body).unwrap().replace("\"appId\": \"", "\"was\": \""))
        .map(|body| {
            body.replacen('{', &format!("{{\"appId\": \"{}\",", cloud.ghl.app().app_id), 1).into_bytes()
        })
        .collect();
    try_with(&inputs, |body| {
        let signed = call(&cloud, &intake, ghl(body, cloud.ghl.sign(body).as_bytes()).unwrap());
        assert!(matches!(signed, Output::Web(200 | 400 | 403)), "{signed:?}");
        if let Some(unsigned) = ghl(b"{}", body) {
            assert!(matches!(call(&cloud, &intake, unsigned), Output::Web(401)));
        }
    });
    let secret = live_secrets(b"webhook-keys-of-the-sandbox", &cloud.connection(0), 0).swap_remove(0);
    try_with(&corpus("helloleads"), |body| {
        for kind in ["application/json", "application/x-www-form-urlencoded"] {
            let request = http::Request::post(format!("/hooks/helloleads/{}", cloud.settings[0].location))
                .header("content-type", kind)
                .header("authorization", format!("Bearer {}", secret.expose_secret()));
            let answer =
                call(&cloud, &intake, Call::Web(Box::new(request.body(Bytes::from(body.to_vec())).unwrap())));
            assert!(matches!(answer, Output::Web(status) if status < 500), "{answer:?}");
        }
    });
}

#[test]
fn queue_messages() {
    let cloud = world();
    let lane = cloud.settings[0].location.clone();
    let functions = [Role::Contacts, Role::Notes, Role::Appointments, Role::Reconcile]
        .map(|role| cloud.ground.cold_start(role));
    let mut inputs = corpus("sqs");
    inputs.push(hint(&cloud, "seD4PfOuKoVMLkEZqohJ").into_bytes());
    inputs.push(
        json!({ "delivery": "e1", "what": { "is": "resume", "connection": lane } }).to_string().into_bytes(),
    );
    try_with(&inputs, |body| {
        let text = String::from_utf8_lossy(body).into_owned();
        for function in &functions {
            let answer = call(&cloud, function, batch(text.clone(), &lane));
            assert!(matches!(answer, Output::Batch(_)), "{answer:?}");
        }
    });
}

#[test]
fn the_query_of_an_oauth_callback() {
    let cloud = world();
    let inputs =
        ["code=abc&state=def", "error=access_denied", "code=abc"].map(|query| query.as_bytes().to_vec());
    try_with(&inputs, |query| {
        let uri = format!("/oauth/callback?{}", String::from_utf8_lossy(query));
        let Ok(request) = http::Request::get(uri).body(Bytes::new()) else { return };
        let status = cloud.ask(request);
        assert!([303, 400, 503].contains(&status), "{status}");
    });
}

/// The CRMs' answers, changed on their way.
struct Garbled {
    transport: Arc<dyn Transport>,
    dice: std::sync::Mutex<Dice>,
}

#[async_trait]
impl Transport for Garbled {
    async fn send(&self, request: Request) -> Result<Response, TransportError> {
        let is_token = request.uri().path().starts_with("/oauth/");
        let answer = self.transport.send(request).await?;
        let mut dice = self.dice.lock().unwrap();
        Ok(if is_token && dice.comes_true(700) {
            answer
        } else {
            answer.map(|body| changed(&body, &mut dice).into())
        })
    }
}

#[test]
fn what_both_apis_answer() {
    let mut cloud = world();
    let contact = cloud.ghl.person_creates_contact(
        &cloud.settings[0].location,
        json!({ "firstName": "Ann", "email": "ann@example.com", "tags": ["a"] }),
    );
    let (hint, lane) = (hint(&cloud, &contact), cloud.settings[0].location.clone());
    let look = json!({ "delivery": "e1", "what": { "is": "go_on", "connection": lane } }).to_string();
    cloud.ground.transport =
        Arc::new(Garbled { transport: cloud.ground.transport.clone(), dice: Dice::new(1).into() });
    let functions = [Role::Contacts, Role::Reconcile].map(|role| cloud.ground.cold_start(role));
    try_with(&[hint.into_bytes()], |_| {
        let looked = call(&cloud, &functions[1], batch(look.clone(), &lane));
        let hint = self::hint(&cloud, &contact);
        let synced = call(&cloud, &functions[0], batch(hint, &lane));
        assert!(matches!((looked, synced), (Output::Batch(_), Output::Batch(_))));
    });
}

#[test]
fn stored_rows() {
    let cloud = world();
    let place = &cloud.settings[0].location;
    let contact =
        cloud.ghl.person_creates_contact(place, json!({ "firstName": "Ann", "email": "ann@example.com" }));
    let (hint, lane) = (hint(&cloud, &contact), place.clone());
    let contacts = cloud.ground.cold_start(Role::Contacts);
    call(&cloud, &contacts, batch(hint.clone(), &lane));
    let table = cloud.table();
    let scanned = cloud.finish(table.client().scan().table_name(table.name()).send());
    let rows = scanned.unwrap().items.unwrap();
    let mut dice = Dice::new(5);
    try_with(&[b"text".to_vec(), b"2026-11-23T10:00:00Z".to_vec(), b"{\"is\":\"live\"}".to_vec()], |text| {
        let mut row = dice.pick(&rows).unwrap().clone();
        let mut names: Vec<String> =
            row.keys().filter(|name| *name != "pk" && *name != "sk").cloned().collect();
        names.sort();
        let Some(name) = dice.pick(&names) else { return };
        row.insert(name.clone(), AttributeValue::S(String::from_utf8_lossy(text).into_owned()));
        let put = |row| table.client().put_item().table_name(table.name()).set_item(Some(row)).send();
        let before =
            rows.iter().find(|one| one["pk"] == row["pk"] && one["sk"] == row["sk"]).unwrap().clone();
        // A row that the index cannot take is refused by DynamoDB itself.
        if cloud.finish(put(row)).is_ok() {
            let answer = call(&cloud, &cloud.ground.cold_start(Role::Contacts), batch(hint.clone(), &lane));
            assert!(matches!(answer, Output::Batch(_)), "{answer:?}");
        }
        cloud.finish(put(before)).unwrap();
    });
}

#[test]
fn imported_mappings() {
    let cel = [
        r#"\"vip\" in tags && (stage != \"Lost\" || custom.born == \"1990\")"#,
        r#"tags.exists(tag, tag.startsWith(\"v\")) ? size(list) > 3 : !(company.contains(\"é\"))"#,
        r#"[1, 2.5, -3u].map(x, x * 2)[0] == {1: true}[1] && country.matches(\"[a-z]+\")"#,
    ];
    let born = r#"{"field":"born","helloleads":"custfields.7","ghl":"customFields.b","transform":{"as":"date","helloleads":"DD/MM/YYYY","ghl":"YYYY-MM-DD"}}"#;
    let filters = cel.iter().map(|cel| format!(r#"{{"cel":"{cel}"}}"#));
    let tests =
        r#"{"any":[{"what":"tag","is":"is","value":"a \\\" b"},{"what":"born","is":"filled"}]}"#.to_owned();
    let mut inputs: Vec<Vec<u8>> = filters
        .chain([tests])
        .map(|filter| {
            format!(r#"{{"version":2,"fields":[{{"field":"email"}},{born}],"filter":{filter}}}"#).into_bytes()
        })
        .collect();
    inputs.push(br#"{"fields":["email","tags"],"custom":[{"name":"b","helloleads":"deal_size","ghl":"customFields.a"}]}"#.to_vec());
    let read = |input: &[u8]| {
        let json = serde_json::from_slice::<serde_json::Value>(input).ok()?;
        shared::connection::mapping::Mapping::try_from(json).ok()
    };
    let good = inputs.iter().filter(|input| read(input).is_some()).count();
    assert!(good >= 3, "the corpus is read: {good}");
    try_with(&inputs, |input| {
        if let Some(mapping) = read(input) {
            let again = serde_json::Value::from(mapping.clone());
            assert_eq!(shared::connection::mapping::Mapping::try_from(again).ok(), Some(mapping));
        }
    });
}
