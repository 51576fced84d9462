//! The named normalisers. Each makes a value comparable; none invents one: what cannot be read stays as it was typed.

pub mod address;
pub mod country;
pub mod date;
pub mod email;
pub mod moment;
pub mod note;
pub mod number;
pub mod phone;
pub mod status;
pub mod tag;
pub mod text;
