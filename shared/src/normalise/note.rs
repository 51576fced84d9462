//! The text of a note. GHL may hold it as HTML; HelloLeads holds plain text. Who wrote it on the other side stands
//! before it, in a line that is never taken for a part of the text.

/// The tags by which a text is taken for HTML; anything else in angle brackets is what somebody typed.
const TAGS: [&str; 22] = [
    "p",
    "br",
    "div",
    "span",
    "ul",
    "ol",
    "li",
    "b",
    "i",
    "u",
    "strong",
    "em",
    "a",
    "h1",
    "h2",
    "h3",
    "h4",
    "table",
    "tr",
    "td",
    "blockquote",
    "pre",
];

/// Tags that end a line.
const LINE_ENDS: [&str; 10] = ["br", "/p", "/div", "/li", "/tr", "/h1", "/h2", "/h3", "/h4", "/blockquote"];

/// The text as people read it: HTML without its tags, line ends as `\n`, no blanks at the ends. `None` for a blank.
pub fn normalise(text: &str) -> Option<String> {
    let plain = if is_html(text) { to_plain(text) } else { text.to_owned() };
    let plain = plain.replace("\r\n", "\n").replace(['\r', '\u{a0}'], " ");
    let lines: Vec<&str> = plain.lines().map(str::trim_end).collect();
    let text = lines.join("\n").trim().to_owned();
    (!text.is_empty()).then_some(text)
}

/// The text with its author's line before it, as it is written to a side: `side` is where the author wrote it.
pub fn with_author(text: &str, author: Option<&str>, side: &str) -> String {
    match author.map(plain_author).filter(|author| !author.is_empty()) {
        Some(author) => format!("[{author} in {side}]\n{text}"),
        None => text.to_owned(),
    }
}

/// The author's line of a normalised text and what follows it, where the text begins with one.
pub fn split_author(text: &str, side: &str) -> (Option<String>, String) {
    let split = text.strip_prefix('[').and_then(|rest| {
        let (line, rest) = rest.split_once(']')?;
        let author = line.strip_suffix(&format!(" in {side}"))?;
        (!author.contains('\n')).then(|| (author.to_owned(), rest.trim().to_owned()))
    });
    match split {
        Some((author, rest)) if !rest.is_empty() => (Some(author), rest),
        _ => (None, text.to_owned()),
    }
}

/// A name that cannot be taken for the end of the line.
pub fn plain_author(author: &str) -> String {
    author.replace(['[', ']', '\n', '\r'], " ").trim().to_owned()
}

fn is_html(text: &str) -> bool {
    tags(text).any(|tag| TAGS.contains(&name_of(tag).trim_start_matches('/')))
}

/// What stands between `<` and `>`.
fn tags(text: &str) -> impl Iterator<Item = &str> {
    text.split('<').skip(1).filter_map(|rest| rest.split_once('>')).map(|(tag, _)| tag)
}

fn name_of(tag: &str) -> &str {
    tag.split([' ', '\t', '\n']).next().unwrap_or_default().trim_end_matches('/')
}

fn to_plain(html: &str) -> String {
    let mut plain = String::with_capacity(html.len());
    let mut rest = html;
    while let Some((before, after)) = rest.split_once('<') {
        plain.push_str(before);
        let Some((tag, behind)) = after.split_once('>') else {
            plain.push('<');
            rest = after;
            continue;
        };
        if LINE_ENDS.contains(&name_of(tag).to_ascii_lowercase().as_str()) {
            plain.push('\n');
        }
        rest = behind;
    }
    plain.push_str(rest);
    html_escape::decode_html_entities(&plain).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn html_reads_as_people_read_it() {
        let html =
            "<p>Called, &amp; left a message.</p><ul><li>one</li><li>two &lt;3</li></ul><br/>Bye&nbsp;";
        assert_eq!(normalise(html).as_deref(), Some("Called, & left a message.\none\ntwo <3\n\nBye"));
    }

    #[test]
    fn plain_text_stays_as_it_is() {
        for text in ["a < b and c > d", "AT&amp;T as typed", "one\n\n  two", "<asha@example.com> wrote"] {
            assert_eq!(normalise(text).as_deref(), Some(text), "{text}");
        }
        assert_eq!(normalise(" \r\n "), None);
    }

    #[test]
    fn normalising_twice_changes_nothing_more() {
        for text in ["<p>x &amp;lt;p&gt; y</p>", "a\r\nb", "[Asha in GHL]\nhello", "<b>bold</b>"] {
            let once = normalise(text).unwrap();
            assert_eq!(normalise(&once), Some(once.clone()), "{text}");
        }
    }

    #[test]
    fn an_author_goes_before_the_text_and_comes_off_again() {
        let written = with_author("Call back\non Monday", Some("Asha [Rao]"), "GHL");
        assert_eq!(written, "[Asha  Rao in GHL]\nCall back\non Monday");
        assert_eq!(split_author(&written, "GHL"), (Some("Asha  Rao".into()), "Call back\non Monday".into()));
        assert_eq!(split_author(&written, "HelloLeads").0, None);
        assert_eq!(split_author("[x in GHL]", "GHL"), (None, "[x in GHL]".into()));
        assert_eq!(with_author("Hi", None, "GHL"), "Hi");
    }
}
