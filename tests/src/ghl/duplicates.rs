//! The rule that no two contacts of a location share an e-mail or phone, unless the location allows it.

use super::contact::Contact;
use super::location::Location;
use super::refusal::Refusal;

/// Refuses `draft` where its e-mail or phone belongs to another contact. Of `before`, the contact as it was
/// before the edit, the values that stay are not looked at again: it holds them itself.
pub(super) fn refuse(location: &Location, draft: &Contact, before: Option<&Contact>) -> Result<(), Refusal> {
    if location.settings.allow_duplicates {
        return Ok(());
    }
    for field in ["email", "phone"] {
        let is_new = draft.text(field) != before.and_then(|before| before.text(field));
        let value = draft.text(field).filter(|_| is_new);
        if let Some(holder) = value.and_then(|value| location.holder_of(field, value)) {
            return Err(Refusal::Duplicate {
                contact_id: holder.id.clone(),
                contact_name: holder.name().unwrap_or_default(),
                field,
            });
        }
    }
    Ok(())
}
