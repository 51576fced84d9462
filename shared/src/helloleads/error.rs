//! placeholder
#[derive(Debug, thiserror::Error)]
#[error("x")]
pub struct Error;
impl Error {
    pub fn disposition(&self) -> crate::disposition::Disposition {
        crate::disposition::Disposition::retry_after_seconds(1)
    }
}
