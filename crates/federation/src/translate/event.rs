//! What an event says in its first line: when and where. Its own page here comes later.

use activitypub::model::EventDoc;
use activitypub::vocab::Moment;
use domain::text::Html;

/// When it is, at the clock of the place as far as that was written, then where, and whether it was called off.
pub fn first_line(event: &EventDoc) -> Option<Html> {
    let cancelled = (event.status.as_deref() == Some("CANCELLED")).then(|| "<strong>Cancelled</strong>".to_owned());
    let starts = event.starts.map(|starts| when(starts, event.ends));
    let place =
        [&event.place, &event.address].into_iter().flatten().map(|text| text.split_whitespace().collect::<Vec<_>>().join(" "));
    let place = Some(place.collect::<Vec<_>>().join(", ")).filter(|place| !place.is_empty()).map(|place| escaped(&place));
    let online = event.online_url.as_deref().map(escaped).map(|url| format!("<a href=\"{url}\">{url}</a>"));
    let lines: Vec<String> = [cancelled, starts, place, online].into_iter().flatten().collect();
    (!lines.is_empty()).then(|| Html::clean(&format!("<p>{}</p>", lines.join("<br>"))))
}

/// `Tue 3 Mar 2026, 18:00–20:00 (UTC+1)`; an end on another day says its day.
fn when(starts: Moment, ends: Option<Moment>) -> String {
    let ends = ends.map(|ends| Moment { offset: starts.offset, ..ends }).filter(|ends| ends.ms > starts.ms);
    let other_day = ends.filter(|ends| ends.day() != starts.day());
    let words = match (starts.day_only, other_day, ends) {
        (true, Some(ends), _) => format!("{} – {}", starts.day(), ends.day()),
        (true, None, _) => starts.day(),
        (false, Some(ends), _) => {
            format!("{}, {} – {}, {} ({})", starts.day(), starts.clock(), ends.day(), ends.clock(), starts.zone())
        }
        (false, None, Some(ends)) => format!("{}, {}–{} ({})", starts.day(), starts.clock(), ends.clock(), starts.zone()),
        (false, None, None) => format!("{}, {} ({})", starts.day(), starts.clock(), starts.zone()),
    };
    format!("<time datetime=\"{}\">{words}</time>", starts.iso())
}

/// Text of others as it may stand in HTML, also inside an attribute.
fn escaped(text: &str) -> String {
    let html = Html::of_text(text).into_string();
    html.strip_prefix("<p>").and_then(|html| html.strip_suffix("</p>")).unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn line(value: &Value) -> Option<String> {
        first_line(&EventDoc::parse(value)).map(Html::into_string)
    }

    #[test]
    fn an_event_says_when_and_where_in_the_clock_of_its_place() {
        let said = line(&json!({
            "startTime": "2026-03-03T18:00:00+01:00", "endTime": "2026-03-03T19:00:00Z",
            "location": {"type": "Place", "name": "The <b>hall</b>", "address": "1 Street"},
        }));
        let expected = "<p><time datetime=\"2026-03-03T18:00+01:00\">Tue 3 Mar 2026, 18:00–20:00 (UTC+1)</time>\
            <br>The &lt;b&gt;hall&lt;/b&gt;, 1 Street</p>";
        assert_eq!(said.as_deref(), Some(expected));
    }

    #[test]
    fn days_and_ends_are_said_as_far_as_they_make_sense() {
        let words = |starts: &str, ends: &str| line(&json!({"startTime": starts, "endTime": ends})).unwrap_or_default();
        assert!(
            words("2026-03-03T22:00:00Z", "2026-03-04T02:00:00Z")
                .contains(">Tue 3 Mar 2026, 22:00 – Wed 4 Mar 2026, 02:00 (UTC)<")
        );
        assert!(words("2026-03-03", "2026-03-05").contains(">Tue 3 Mar 2026 – Thu 5 Mar 2026<"));
        for odd in ["later", "2020-01-01T00:00:00Z", "2026-03-03T18:00:00Z", ""] {
            assert!(words("2026-03-03T18:00:00Z", odd).contains(">Tue 3 Mar 2026, 18:00 (UTC)<"), "{odd}");
        }
        assert_eq!(words("soon", "2026-03-03T18:00:00Z"), "");
    }

    #[test]
    fn what_was_called_off_says_so_and_where_to_go_online_is_a_link() {
        let said =
            line(&json!({"status": "cancelled", "location": {"type": "VirtualLocation", "url": "https://meet.test/\"x&y"}}))
                .unwrap();
        assert!(said.starts_with("<p><strong>Cancelled</strong><br><a href=\"https://meet.test/"), "{said}");
        assert!(!said.contains("href=\"https://meet.test/\"x"), "{said}");
    }
}
