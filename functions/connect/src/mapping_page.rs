//! The mapping editor: shows what is synced and how, checks what is entered against both accounts, keeps it, exports and
//! imports it.

use std::sync::atomic::{AtomicBool, Ordering};

use lambda_http::http::{StatusCode, header};
use lambda_http::{Body, Request, RequestExt, Response};
use shared::connection::Connection;
use shared::connection::mapping::Mapping;
use shared::connection::mapping::problem::BadMapping;
use shared::errand::What;
use shared::lane::work::Failure;
use shared::model::ids::ConnectionId;

use crate::catalogue::check;
use crate::connect::{Connect, no_such_connection, store};
use crate::mapping_draft::{Draft, Row};
use crate::mapping_form::Shown;
use crate::page::{Tab, go_to, says};
use crate::session::Visitor;

/// How many blank rows "More rows" adds.
const MORE_ROWS: usize = 3;

impl Connect {
    /// The editor.
    pub(crate) async fn mapping(
        &self,
        request: &Request,
        id: &ConnectionId,
        visitor: &Visitor,
    ) -> Result<Response<Body>, Failure> {
        let Some(connection) = self.connection(id).await? else {
            return Ok(no_such_connection());
        };
        let asked = self.ask_for_fields(&connection).await?;
        let saved = request.query_string_parameters().first("saved").is_some();
        let draft = &Draft::of(&connection.mapping);
        Ok(show(StatusCode::OK, &Shown { id, visitor, draft, asked: &asked, problems: &[], saved }))
    }

    /// The mapping as a file.
    pub(crate) async fn export_mapping(&self, id: &ConnectionId) -> Result<Response<Body>, Failure> {
        let Some(connection) = self.connection(id).await? else {
            return Ok(no_such_connection());
        };
        let json = serde_json::to_string_pretty(&connection.mapping);
        let json = json
            .map_err(|error| Failure::new(shared::disposition::Disposition::retry_after_seconds(0), error))?;
        let mut file = Response::new(Body::from(json + "\n"));
        let headers = file.headers_mut();
        headers.insert(header::CONTENT_TYPE, header::HeaderValue::from_static("application/json"));
        headers.insert(header::CACHE_CONTROL, header::HeaderValue::from_static("no-store"));
        headers.insert(header::X_CONTENT_TYPE_OPTIONS, header::HeaderValue::from_static("nosniff"));
        headers.insert(
            header::CONTENT_DISPOSITION,
            header::HeaderValue::from_static("attachment; filename=\"mapping.json\""),
        );
        Ok(file)
    }

    /// Keeps what was entered or imported, if nothing is wrong with it.
    pub(crate) async fn save_mapping(
        &self,
        request: &Request,
        id: &ConnectionId,
        visitor: &Visitor,
    ) -> Result<Response<Body>, Failure> {
        let Some(connection) = self.connection(id).await? else {
            return Ok(no_such_connection());
        };
        let form: Vec<(String, String)> = match serde_urlencoded::from_bytes(request.body().as_ref()) {
            Ok(form) => form,
            Err(_) => {
                return Ok(says(StatusCode::UNPROCESSABLE_ENTITY, "Not saved", "The form cannot be read."));
            }
        };
        let asked = self.ask_for_fields(&connection).await?;
        let entered = |name: &str| form.iter().find(|(one, _)| one == name).map(|(_, value)| value.as_str());
        let (draft, read) = match entered("import") {
            Some(json) => (Draft::of(&connection.mapping), import(json)),
            None => {
                let mut draft = Draft::of_form(&form);
                if entered("more").is_some() {
                    draft.pairs.extend(vec![Row::default(); MORE_ROWS]);
                    let shown =
                        Shown { id, visitor, draft: &draft, asked: &asked, problems: &[], saved: false };
                    return Ok(show(StatusCode::OK, &shown));
                }
                draft.name_pairs(&asked.catalogue);
                let read = draft.to_mapping();
                (draft, read)
            }
        };
        let checked =
            read.and_then(|mapping| check(&asked.catalogue, &mapping, &connection).map(|()| mapping));
        match checked {
            Ok(mapping) => self.keep_mapping(id, mapping).await,
            Err(BadMapping(problems)) => {
                let shown =
                    Shown { id, visitor, draft: &draft, asked: &asked, problems: &problems, saved: false };
                Ok(show(StatusCode::UNPROCESSABLE_ENTITY, &shown))
            }
        }
    }

    async fn keep_mapping(&self, id: &ConnectionId, mapping: Mapping) -> Result<Response<Body>, Failure> {
        self.change(id, |row| row.take_mapping(mapping.clone())).await?;
        Ok(go_to(&format!("/connections/{id}/mapping?saved=yes")))
    }

    /// Changes the connection's row; `change` says whether another mapping came with that: then all contacts are gone
    /// through again.
    pub(crate) async fn change(
        &self,
        id: &ConnectionId,
        change: impl Fn(&mut Connection) -> bool + Send + Sync,
    ) -> Result<Option<Connection>, Failure> {
        // A save whose answer was lost is found done by the next try, which changes nothing.
        let came = AtomicBool::new(false);
        let keep = |row: &mut Connection| {
            came.fetch_or(change(row), Ordering::Relaxed);
        };
        let kept = self.engines.connections().change(id, keep).await.map_err(store)?;
        if came.load(Ordering::Relaxed) {
            self.send(What::MappingChanged { connection: id.clone() }).await?;
        }
        Ok(kept)
    }
}

fn import(json: &str) -> Result<Mapping, BadMapping> {
    let json: serde_json::Value = serde_json::from_str(json).map_err(|error| {
        let (line, column) = (error.line(), error.column());
        BadMapping::whole(format!(
            "what was pasted is no JSON at line {line}, column {column}; paste the whole export"
        ))
    })?;
    Mapping::try_from(json)
}

fn show(status: StatusCode, shown: &Shown<'_>) -> Response<Body> {
    let mut answer = shown.visitor.page(Some((shown.id, Tab::Mapping)), "Mapping", &shown.page());
    *answer.status_mut() = status;
    answer
}
