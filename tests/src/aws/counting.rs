//! Counts what an AWS service is asked, as the SDK sends it.

use std::sync::{Arc, Mutex};

use aws_sdk_dynamodb::config::interceptors::BeforeTransmitInterceptorContextRef;
use aws_sdk_dynamodb::config::{ConfigBag, Intercept, RuntimeComponents};
use aws_sdk_dynamodb::error::BoxError;

/// The names of the operations, in order.
#[derive(Clone, Debug, Default)]
pub struct Operations(Arc<Mutex<Vec<String>>>);

impl Operations {
    /// The operations since the last time this was asked.
    pub fn take(&self) -> Vec<String> {
        std::mem::take(&mut self.0.lock().expect("nothing panics while it counts"))
    }
}

impl Intercept for Operations {
    fn name(&self) -> &'static str {
        "counts operations"
    }

    fn read_before_transmit(
        &self,
        context: &BeforeTransmitInterceptorContextRef<'_>,
        _components: &RuntimeComponents,
        _config: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let target = context.request().headers().get("x-amz-target").unwrap_or_default();
        let name = target.rsplit('.').next().unwrap_or_default().to_owned();
        self.0.lock().expect("nothing panics while it counts").push(name);
        Ok(())
    }
}
