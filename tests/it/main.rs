//! The integration tests: the real handlers and clients, over real HTTP, between the fakes.

#![allow(clippy::unwrap_used, reason = "a test that meets what it does not expect fails")]

mod access;
mod adapters;
mod appointment_sync;
mod automation;
mod bad_input;
mod brake;
mod budgets;
mod bus;
mod captured;
mod catalogue;
mod contact_sync;
mod costs;
mod dead_letters;
mod deploying;
mod faults;
mod forgetting;
mod helloleads_profiles;
mod imports;
mod inspecting;
mod installs;
mod isolation;
mod kept_log;
mod lanes;
mod lead_notes;
mod load;
mod mapping;
mod mapping_pages;
mod moments;
mod notes_sync;
mod operating;
mod outgoing;
mod pages;
mod parsers;
mod ports;
mod preview;
mod ready_rules;
mod reconciling;
mod related;
mod repairing;
mod rule_pages;
mod rules;
mod secrecy;
mod silent_relay;
mod storms;
mod tasks;
mod tidy;
mod tokens;
mod verify;
mod webhook_intake;
mod wizard;

/// The headers of a request, by name and value.
type Headers<'a> = &'a [(&'a str, &'a str)];
