//! The named normalisers. Each makes a value comparable; none invents one: what cannot be read stays as it was typed.

pub mod address;
pub mod country;
pub mod date;
pub mod email;
pub mod phone;
pub mod tag;
pub mod text;
