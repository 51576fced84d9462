//! Every page there is. What a page needs follows from its kind, so that none can be shown without its check: a page of
//! [`Of`] is only reached with a visitor who may see the connection that its path names.

use lambda_http::http::Method;
use shared::model::ids::ConnectionId;

/// A page, by who may see it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Page {
    /// Anybody.
    Open(Open),
    /// Whoever may see everything.
    Whole(Whole),
    /// Whoever may see the connection in its path.
    Of(Of),
}

/// What anybody may see.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Open {
    Style,
    Script,
    /// The link that was given out, with the button that uses it.
    SignIn,
    TakeLink,
    SignOut,
    /// Where GHL's frame begins: it asks GHL who is there.
    Embedded,
    TakeContext,
    /// GHL sends the browser here; what it brings is checked for itself.
    Callback,
}

/// What is of all connections.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Whole {
    Start,
    Install,
    App,
    SaveApp,
}

/// What is of one connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Of {
    Status,
    Conflicts,
    Restore,
    Rule,
    Stuck,
    ActOnStuck,
    History,
    InSync,
    Settings,
    Save,
    /// A step of the set-up, or its form.
    Step,
    Mapping,
    SaveMapping,
    ExportMapping,
    /// What a run would do; by POST, with contacts that were chosen.
    Preview,
    Count,
    /// The catalogue, and what events may hold.
    Automation,
    SaveAutomation,
    ExportCatalogue,
    Rules,
    /// Switches one, deletes it, or adds one that stands ready.
    ChangeRules,
    /// The editor of a rule; by POST, tried or kept.
    EditRule,
    KeepRule,
    Act,
}

/// A page with how it is asked for. In `path`, `{connection}` and `{act}` stand for a part each.
#[derive(Clone, Debug)]
pub struct Route {
    pub method: Method,
    pub path: &'static str,
    pub page: Page,
}

const fn get(path: &'static str, page: Page) -> Route {
    Route { method: Method::GET, path, page }
}

const fn post(path: &'static str, page: Page) -> Route {
    Route { method: Method::POST, path, page }
}

/// All of them.
pub static ROUTES: [Route; 38] = [
    get("/style.css", Page::Open(Open::Style)),
    get("/script.js", Page::Open(Open::Script)),
    get("/sign-in", Page::Open(Open::SignIn)),
    post("/sign-in", Page::Open(Open::TakeLink)),
    post("/sign-out", Page::Open(Open::SignOut)),
    get("/embedded", Page::Open(Open::Embedded)),
    post("/embedded", Page::Open(Open::TakeContext)),
    get("/oauth/callback", Page::Open(Open::Callback)),
    get("/", Page::Whole(Whole::Start)),
    get("/install", Page::Whole(Whole::Install)),
    get("/app", Page::Whole(Whole::App)),
    post("/app", Page::Whole(Whole::SaveApp)),
    get("/connections/{connection}", Page::Of(Of::Status)),
    get("/connections/{connection}/conflicts", Page::Of(Of::Conflicts)),
    post("/connections/{connection}/restore", Page::Of(Of::Restore)),
    post("/connections/{connection}/rule", Page::Of(Of::Rule)),
    get("/connections/{connection}/stuck", Page::Of(Of::Stuck)),
    post("/connections/{connection}/stuck/{act}", Page::Of(Of::ActOnStuck)),
    get("/connections/{connection}/history", Page::Of(Of::History)),
    get("/connections/{connection}/in-sync", Page::Of(Of::InSync)),
    get("/connections/{connection}/settings", Page::Of(Of::Settings)),
    get("/connections/{connection}/set-up/{act}", Page::Of(Of::Step)),
    post("/connections/{connection}/set-up/{act}", Page::Of(Of::Step)),
    get("/connections/{connection}/mapping", Page::Of(Of::Mapping)),
    post("/connections/{connection}/mapping", Page::Of(Of::SaveMapping)),
    get("/connections/{connection}/mapping.json", Page::Of(Of::ExportMapping)),
    get("/connections/{connection}/preview", Page::Of(Of::Preview)),
    post("/connections/{connection}/preview", Page::Of(Of::Preview)),
    post("/connections/{connection}/count", Page::Of(Of::Count)),
    get("/connections/{connection}/automation", Page::Of(Of::Automation)),
    post("/connections/{connection}/automation", Page::Of(Of::SaveAutomation)),
    get("/connections/{connection}/automation.json", Page::Of(Of::ExportCatalogue)),
    get("/connections/{connection}/rules", Page::Of(Of::Rules)),
    post("/connections/{connection}/rules", Page::Of(Of::ChangeRules)),
    get("/connections/{connection}/rules/{act}", Page::Of(Of::EditRule)),
    post("/connections/{connection}/rules/{act}", Page::Of(Of::KeepRule)),
    post("/connections/{connection}", Page::Of(Of::Save)),
    post("/connections/{connection}/{act}", Page::Of(Of::Act)),
];

/// A page that was asked for, with what its path names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asked<'a> {
    pub page: Page,
    pub connection: Option<ConnectionId>,
    pub act: &'a str,
}

/// The page of a path; none where there is no such page, or the path's connection can be none.
pub fn find<'a>(method: &Method, path: &'a str) -> Option<Asked<'a>> {
    ROUTES.iter().filter(|route| route.method == *method).find_map(|route| route.take(path))
}

impl Route {
    fn take<'a>(&self, path: &'a str) -> Option<Asked<'a>> {
        let mut asked = Asked { page: self.page, connection: None, act: "" };
        let (mut ours, mut theirs) = (parts(self.path), parts(path));
        loop {
            match (ours.next(), theirs.next()) {
                (None, None) => return Some(asked),
                (Some("{connection}"), Some(id)) => asked.connection = Some(ConnectionId::parse(id).ok()?),
                (Some("{act}"), Some(act)) => asked.act = act,
                (Some(one), Some(other)) if one == other => {}
                _ => return None,
            }
        }
    }
}

fn parts(path: &str) -> impl Iterator<Item = &str> {
    path.split('/').filter(|part| !part.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_is_found_by_its_method_and_its_whole_path() {
        let page = |method: Method, path: &str| find(&method, path).map(|asked| asked.page);
        assert_eq!(page(Method::GET, "/"), Some(Page::Whole(Whole::Start)));
        assert_eq!(page(Method::GET, "/connections/a1"), Some(Page::Of(Of::Status)));
        assert_eq!(page(Method::POST, "/connections/a1/"), Some(Page::Of(Of::Save)));
        assert_eq!(page(Method::POST, "/connections/a1/pause"), Some(Page::Of(Of::Act)));
        for (method, path) in [
            (Method::POST, "/"),
            (Method::DELETE, "/connections/a1"),
            (Method::GET, "/connections"),
            (Method::GET, "/connections/a1/pause/now"),
            (Method::GET, "/connections/a b"),
            (Method::GET, "/connections/%2e%2e"),
        ] {
            assert_eq!(page(method.clone(), path), None, "{method} {path}");
        }
        let asked = find(&Method::POST, "/connections/a1/pause").unwrap();
        assert_eq!((asked.connection.unwrap().as_str(), asked.act), ("a1", "pause"));
    }

    #[test]
    fn a_page_of_a_connection_names_it_in_its_path_and_no_other_page_does() {
        for route in &ROUTES {
            let is_of_one = matches!(route.page, Page::Of(_));
            assert_eq!(route.path.contains("{connection}"), is_of_one, "{}", route.path);
        }
    }
}
