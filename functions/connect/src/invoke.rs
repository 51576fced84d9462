//! How Lambda calls the function: with a request of the HTTP API, or, by whoever may call it in AWS, for a link to sign
//! in with. Nothing that comes over HTTP can look like the latter: API Gateway makes those events.

use lambda_http::aws_lambda_events::apigw::ApiGatewayV2httpResponse;
use lambda_http::http::header;
use lambda_http::{Body, Error, Response};
use serde_json::Value;

use crate::connect::Connect;
use crate::sign_in::LinkWanted;

/// What a call for a link holds, and no request does.
const LINK: &str = "sign_in_at";

impl Connect {
    /// Answers one call.
    ///
    /// # Errors
    /// Where the event is neither, or no link could be made: whoever called is told why.
    pub async fn invoke(&self, event: Value) -> Result<Value, Error> {
        if event.get(LINK).is_some() {
            let wanted: LinkWanted = serde_json::from_value(event)?;
            return Ok(serde_json::to_value(self.give_link(&wanted).await?)?);
        }
        let request = lambda_http::request::from_str(&event.to_string())?;
        Ok(serde_json::to_value(to_answer(self.handle(request).await?))?)
    }
}

/// The answer in the form that an HTTP API takes.
fn to_answer(response: Response<Body>) -> ApiGatewayV2httpResponse {
    let (mut parts, body) = response.into_parts();
    let cookies = parts.headers.get_all(header::SET_COOKIE).iter();
    let cookies = cookies.filter_map(|cookie| cookie.to_str().ok().map(str::to_owned)).collect();
    parts.headers.remove(header::SET_COOKIE);
    let mut answer = ApiGatewayV2httpResponse::default();
    answer.status_code = i64::from(parts.status.as_u16());
    answer.headers = parts.headers;
    answer.cookies = cookies;
    answer.body = Some(body);
    answer
}
