//! What every function of the HelloLeads and GHL sync has in common.

pub mod clock;
