//! Whatever bytes come from outside, nothing panics, and every answer is one that was meant: each reader is given its
//! captured input with bytes changed, cut, doubled and swapped. Each test is a target of `cargo bolero`; where it runs
//! as a test, `BOLERO_RANDOM_TEST_TIME_MS` says how long, and `BOLERO_RANDOM_SEED` where chance begins.

use std::cell::{Cell, RefCell};
use std::panic::AssertUnwindSafe;
use std::sync::{Arc, Mutex, Once};
use std::time::Duration;

use async_trait::async_trait;
use aws_lambda_events::event::sqs::{SqsEvent, SqsMessage};
use aws_sdk_dynamodb::types::AttributeValue;
use bolero::TypeGenerator;
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

/// How long each reader is tried where nothing else is said.
const TIME: Duration = Duration::from_secs(1);

/// What is put into an input: whatever readers stumble over.
const BITS: [&[u8]; 12] =
    [b"null", b"\"", b"{", b"]", b"-1", b"1e999", b"\\u0000", b"\xff", b"[]", b"{}", b"%", b"\"\""];

/// One change of an input, at a place counted from its beginning, over and over where it is shorter.
#[derive(Clone, Copy, Debug, TypeGenerator)]
enum Edit {
    Cut(u16),
    Remove(u16, u8),
    Put(u16, u8),
    Double(u16, u8),
    Flip(u16, u8),
}

/// One of the captured inputs, and up to three changes of it.
type Changes = (u8, u8, [Edit; 3]);

fn changed(inputs: &[Vec<u8>], (input, number, edits): &Changes) -> Vec<u8> {
    let mut bytes = inputs[usize::from(*input) % inputs.len()].clone();
    for edit in edits.iter().take(usize::from(number % 4)) {
        edit.apply(&mut bytes);
    }
    bytes
}

impl Edit {
    fn apply(self, bytes: &mut Vec<u8>) {
        let (Self::Cut(place)
        | Self::Remove(place, _)
        | Self::Put(place, _)
        | Self::Double(place, _)
        | Self::Flip(place, _)) = self;
        let place = usize::from(place) % (bytes.len() + 1);
        let end = |length: u8| (place + usize::from(length % 12)).min(bytes.len());
        match self {
            Self::Cut(_) => bytes.truncate(place),
            Self::Remove(_, length) => drop(bytes.drain(place..end(length))),
            Self::Put(_, bit) => {
                drop(bytes.splice(place..place, BITS[usize::from(bit) % BITS.len()].iter().copied()));
            }
            Self::Double(_, length) => {
                let doubled = bytes[place..end(length)].to_vec();
                drop(bytes.splice(place..place, doubled));
            }
            Self::Flip(_, bit) => {
                bytes.iter_mut().skip(place).take(1).for_each(|byte| *byte ^= 1 << (bit % 8))
            }
        }
    }
}

/// Hands changed inputs to a reader until the time is up; fails with one at which it panicked.
macro_rules! try_with {
    ($inputs:expr, $reader:expr) => {{
        count_panics();
        let (inputs, reader): (Vec<Vec<u8>>, _) = ($inputs, RefCell::new($reader));
        let mut tries = 0;
        let mut read = AssertUnwindSafe(|changes: &Changes| {
            let (input, before) = (changed(&inputs, changes), PANICS.get());
            tries += 1;
            (reader.borrow_mut())(input.as_slice());
            assert_eq!(PANICS.get(), before, "it panicked at {:?}", String::from_utf8_lossy(&input));
        });
        bolero::check!().with_type::<Changes>().with_test_time(TIME).for_each(|changes: &Changes| {
            let read = &mut read;
            (read.0)(changes);
        });
        assert!(tries > 0, "nothing was tried");
    }};
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
    try_with!(inputs, |body: &[u8]| {
        let signed = call(&cloud, &intake, ghl(body, cloud.ghl.sign(body).as_bytes()).unwrap());
        assert!(matches!(signed, Output::Web(200 | 400 | 403)), "{signed:?}");
        if let Some(unsigned) = ghl(b"{}", body) {
            assert!(matches!(call(&cloud, &intake, unsigned), Output::Web(401)));
        }
    });
    let secret = live_secrets(b"webhook-keys-of-the-sandbox", &cloud.connection(0), 0).swap_remove(0);
    try_with!(corpus("helloleads"), |body: &[u8]| {
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
    try_with!(inputs, |body: &[u8]| {
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
    let inputs = ["code=abc&state=def", "error=access_denied", "code=abc"];
    let inputs = inputs.map(|query| query.as_bytes().to_vec()).to_vec();
    try_with!(inputs, |query: &[u8]| {
        let uri = format!("/oauth/callback?{}", String::from_utf8_lossy(query));
        let Ok(request) = http::Request::get(uri).body(Bytes::new()) else { return };
        let status = cloud.ask(request);
        assert!([303, 400, 503].contains(&status), "{status}");
    });
}

/// The CRMs' answers, changed on their way.
struct Garbled {
    transport: Arc<dyn Transport>,
    dice: Arc<Mutex<Dice>>,
}

fn garbled(body: &Bytes, dice: &mut Dice) -> Vec<u8> {
    let mut roll = || dice.roll().to_le_bytes();
    let edits = [0; 3].map(|_| {
        let [kind, low, high, more, ..] = roll();
        let place = u16::from_le_bytes([low, high]);
        match kind % 5 {
            0 => Edit::Cut(place),
            1 => Edit::Remove(place, more),
            2 => Edit::Put(place, more),
            3 => Edit::Double(place, more),
            _ => Edit::Flip(place, more),
        }
    });
    changed(&[body.to_vec()], &(0, roll()[0], edits))
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
            answer.map(|body| garbled(&body, &mut dice).into())
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
    let lane = cloud.settings[0].location.clone();
    let look = json!({ "delivery": "e1", "what": { "is": "go_on", "connection": lane } }).to_string();
    let dice = Arc::new(Mutex::new(Dice::new(1)));
    cloud.ground.transport =
        Arc::new(Garbled { transport: cloud.ground.transport.clone(), dice: dice.clone() });
    let functions = [Role::Contacts, Role::Reconcile].map(|role| cloud.ground.cold_start(role));
    try_with!(vec![b"a seed for the dice".to_vec()], |seed: &[u8]| {
        let seed = seed.iter().fold(0, |sum: u64, byte| sum.rotate_left(7) ^ u64::from(*byte));
        *dice.lock().unwrap() = Dice::new(seed);
        let looked = call(&cloud, &functions[1], batch(look.clone(), &lane));
        let synced = call(&cloud, &functions[0], batch(hint(&cloud, &contact), &lane));
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
    let texts = [&b"text"[..], b"2026-11-23T10:00:00Z", b"{\"is\":\"live\"}"];
    try_with!(texts.map(<[u8]>::to_vec).to_vec(), |text: &[u8]| {
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
    try_with!(inputs, |input: &[u8]| {
        if let Some(mapping) = read(input) {
            let again = serde_json::Value::from(mapping.clone());
            assert_eq!(shared::connection::mapping::Mapping::try_from(again).ok(), Some(mapping));
        }
    });
}

#[test]
fn entered_rules() {
    let id = || shared::model::ids::RuleId::parse("r1").unwrap();
    let inputs: Vec<Vec<u8>> = shared::rule::ready::READY
        .iter()
        .map(|ready| serde_json::to_vec(&ready.rule(id())).unwrap())
        .collect();
    let read = |input: &[u8]| serde_json::from_slice::<shared::rule::RuleText>(input).ok();
    let good =
        inputs.iter().filter_map(|input| read(input)).filter(|rule| shared::rule::Rule::parse(rule).is_ok());
    assert_eq!(good.count(), inputs.len(), "the corpus is read");
    try_with!(inputs, |input: &[u8]| {
        if let Some(rule) = read(input)
            && shared::rule::Rule::parse(&rule).is_ok()
        {
            assert!(shared::rule::Rule::read(&rule).is_ok());
        }
    });
}
