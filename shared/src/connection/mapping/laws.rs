//! The laws of transforms, tried on texts of every kind: what was written reads back as what was meant.

use proptest::prelude::*;

use super::direction::Direction;
use super::mapped::Mapped;
use super::transform::{DateForm, Transform};
use crate::model::record::Field;
use crate::model::side::{PerSide, Side};

fn transforms() -> impl Strategy<Value = Transform> {
    let form = || proptest::sample::select(DateForm::ALL.to_vec());
    let option = |helloleads: &str, ghl: &str| PerSide::new(helloleads.to_owned(), ghl.to_owned());
    // "Hot" is a word of both sides, and means another thing on each.
    let options = vec![option("High", "Hot"), option("Hot", "Warm"), option(" Very  low ", "Cold")];
    prop_oneof![
        Just(Transform::Trim),
        Just(Transform::Upper),
        Just(Transform::Lower),
        Just(Transform::Phone),
        Just(Transform::Number),
        (form(), form()).prop_map(|(helloleads, ghl)| Transform::Date { helloleads, ghl }),
        Just(Transform::Options { options }),
    ]
}

fn shown() -> impl Strategy<Value = String> {
    prop_oneof![
        any::<String>(),
        "[ a-zA-Z0-9+.,/-]{0,20}",
        "[+]?[0-9]{1,4}[ -]?[0-9]{6,9}",
        "[0-9]{1,4}[-/.][0-9]{1,2}[-/.][0-9]{1,4}(T00:00:00.000Z)?",
        "-?[0-9]{1,12}([.][0-9]{0,8})?(e-?[0-9]{1,2})?",
        proptest::sample::select(vec!["high", "Hot", "WARM", "very low", "Cold", "Tepid"])
            .prop_map(str::to_owned),
    ]
}

fn mapped(transform: Transform, direction: Direction, default: Option<String>) -> Mapped {
    Mapped { direction, transform, default, ..Mapped::standard(Field::custom("tried")) }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 4_000, failure_persistence: None, ..ProptestConfig::default() })]

    /// Both ways: neither side sees our write as an edit, so that no echo arises.
    #[test]
    fn what_is_written_reads_back_as_what_was_meant(
        transform in transforms(), text in shown(), from_ghl in any::<bool>(),
    ) {
        let field = mapped(transform, Direction::Both, None);
        let from = if from_ghl { Side::Ghl } else { Side::HelloLeads };
        if let Some(common) = field.read(from, Some(&text), "US") {
            for side in Side::BOTH {
                if let Some(told) = field.write(side, &common) {
                    prop_assert_eq!(field.read(side, Some(&told), "US"), Some(common.clone()));
                }
            }
        }
    }

    /// One way: the target reads back as what the source means.
    #[test]
    fn one_way_the_target_comes_to_hold_what_the_source_means(
        transform in transforms(), text in proptest::option::of(shown()), from_ghl in any::<bool>(),
        constant in any::<bool>(), default in proptest::option::of("[a-z0-9]{1,5}"),
    ) {
        let from = if from_ghl { Side::Ghl } else { Side::HelloLeads };
        let direction = if from_ghl { Direction::ToHelloLeads } else { Direction::ToGhl };
        let transform = if constant { Transform::Constant { value: " From  us ".into() } } else { transform };
        let field = mapped(transform, direction, default.clone());
        let common = field.read(from, text.as_deref(), "US");
        prop_assert!(common.is_some() || default.is_none(), "a default stands in for a blank");
        if let Some(told) = common.as_deref().and_then(|common| field.write(from.other(), common)) {
            prop_assert_eq!(field.read(from.other(), Some(&told), "US"), common);
        }
    }
}

#[test]
fn a_value_without_a_form_stays_where_it_is() {
    let iso = DateForm::Iso;
    let odd = [
        (Transform::Date { helloleads: iso, ghl: iso }, "someday"),
        (Transform::Number, "a lot"),
        (Transform::Options { options: vec![PerSide::new("High".into(), "Hot".into())] }, "Tepid"),
    ];
    for (transform, text) in odd {
        let field = mapped(transform, Direction::Both, None);
        let common = field.read(Side::HelloLeads, Some(text), "US").unwrap();
        assert_eq!(field.write(Side::Ghl, &common), None, "{text}");
        assert_eq!(super::transform::as_typed(&common), text);
    }
}

#[test]
fn each_side_has_its_own_words_and_dates() {
    let dates = Transform::Date { helloleads: DateForm::DaySlash, ghl: DateForm::Iso };
    let dates = mapped(dates, Direction::Both, None);
    let common = dates.read(Side::HelloLeads, Some("25/09/1990"), "US").unwrap();
    assert_eq!(dates.write(Side::Ghl, &common).as_deref(), Some("1990-09-25"));
    assert_eq!(dates.write(Side::HelloLeads, &common).as_deref(), Some("25/09/1990"));
    let options = Transform::Options { options: vec![PerSide::new("High".into(), "Hot".into())] };
    let options = mapped(options, Direction::Both, None);
    let common = options.read(Side::Ghl, Some("HOT"), "US").unwrap();
    assert_eq!(options.write(Side::HelloLeads, &common).as_deref(), Some("High"));
}
