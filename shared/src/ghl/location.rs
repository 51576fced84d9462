//! `/locations/:id`: the location itself.

use super::calendar_groups::Nothing;
use super::operation::Operation;
use super::operation::scope::LOCATION_READ;

pub const OPERATIONS: &[&Operation] = &[&READ, &TIME_ZONES];

pub const READ: Operation =
    Operation::get::<Nothing>("ghl.location.read", LOCATION_READ, "/locations/{locationId}")
        .says("Reads the location: its name, address, time zone and settings.", "{}");

pub const TIME_ZONES: Operation =
    Operation::get::<Nothing>("ghl.location.time_zones", LOCATION_READ, "/locations/{locationId}/timezones")
        .says("Lists the time zones that the location can have.", "{}");
