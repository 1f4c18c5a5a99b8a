//! `NodeInfo` 2.0 and 2.1 (FEP-0151, FEP-f1d5) and host-meta (RFC 6415).

use serde_json::{Value, json};

/// What a server says about itself.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct NodeInfo {
    /// Software name, `[a-z0-9-]+`; some peers key behaviour on it.
    pub software_name: String,
    /// Software version.
    pub software_version: String,
    /// Where the source is (2.1).
    pub repository: Option<String>,
    /// Where the software's site is (2.1).
    pub homepage: Option<String>,
    /// Whether anybody may sign up.
    pub open_registrations: bool,
    /// All accounts.
    pub users_total: u64,
    /// Accounts active in the last 30 days.
    pub users_active_month: u64,
    /// Accounts active in the last 180 days.
    pub users_active_half_year: u64,
    /// Posts made here that the public may count.
    pub local_posts: u64,
    /// Replies made here that the public may count.
    pub local_comments: u64,
    /// The server's name.
    pub node_name: String,
    /// What the server is for.
    pub node_description: String,
    /// More metadata; anything but an object is left out.
    pub metadata: Value,
}

/// `/.well-known/nodeinfo`: both versions and the instance actor (FEP-2677).
///
/// `base` is the origin without a slash at the end.
pub fn discovery(base: &str, instance_actor: &str) -> Value {
    let schema = |version: &str| {
        json!({
            "rel": format!("http://nodeinfo.diaspora.software/ns/schema/{version}"),
            "href": format!("{base}/nodeinfo/{version}"),
        })
    };
    json!({"links": [
        schema("2.0"),
        schema("2.1"),
        {"rel": "https://www.w3.org/ns/activitystreams#Application", "href": instance_actor},
    ]})
}

/// The document of version 2.0.
pub fn document_2_0(info: &NodeInfo) -> Value {
    document(info, "2.0")
}

/// The document of version 2.1, which adds repository and homepage.
pub fn document_2_1(info: &NodeInfo) -> Value {
    let mut doc = document(info, "2.1");
    if let Some(software) = doc.get_mut("software").and_then(Value::as_object_mut) {
        for (name, value) in [("repository", &info.repository), ("homepage", &info.homepage)] {
            if let Some(value) = value {
                software.insert(name.to_owned(), Value::from(value.as_str()));
            }
        }
    }
    doc
}

fn document(info: &NodeInfo, version: &str) -> Value {
    let mut metadata = info.metadata.as_object().cloned().unwrap_or_default();
    metadata.insert("nodeName".to_owned(), Value::from(info.node_name.as_str()));
    metadata.insert("nodeDescription".to_owned(), Value::from(info.node_description.as_str()));
    json!({
        "version": version,
        "software": {"name": info.software_name, "version": info.software_version},
        "protocols": ["activitypub"],
        "services": {"inbound": [], "outbound": []},
        "openRegistrations": info.open_registrations,
        "usage": {
            "users": {
                "total": info.users_total,
                "activeMonth": info.users_active_month,
                "activeHalfyear": info.users_active_half_year,
            },
            "localPosts": info.local_posts,
            "localComments": info.local_comments,
        },
        "metadata": metadata,
    })
}

/// `/.well-known/host-meta`, which some peers ask when `WebFinger` says 404 (RFC 6415).
pub fn host_meta_xml(base: &str) -> String {
    let base: String = base.chars().filter(|c| !matches!(c, '<' | '>' | '"' | '\'' | '&')).collect();
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n\
         <XRD xmlns=\"http://docs.oasis-open.org/ns/xri/xrd-1.0\">\n  \
         <Link rel=\"lrdd\" template=\"{base}/.well-known/webfinger?resource={{uri}}\"/>\n\
         </XRD>\n"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_required_field_is_there() {
        let info = NodeInfo {
            software_name: "guildhall".to_owned(),
            software_version: "0.1.0".to_owned(),
            repository: Some("https://code.example/guildhall".to_owned()),
            metadata: json!("not an object"),
            ..NodeInfo::default()
        };
        for (doc, version) in [(document_2_0(&info), "2.0"), (document_2_1(&info), "2.1")] {
            assert_eq!(doc["version"], version);
            assert_eq!(doc["protocols"], json!(["activitypub"]));
            assert!(doc["usage"]["users"].is_object());
            assert!(doc["metadata"].is_object());
            assert!(doc["services"]["inbound"].is_array());
        }
        assert_eq!(document_2_0(&info)["software"].get("repository"), None);
        assert!(document_2_1(&info)["software"]["repository"].is_string());
    }

    #[test]
    fn discovery_names_both_versions_and_the_instance_actor() {
        let doc = discovery("https://s.test", "https://s.test/actor");
        assert_eq!(doc["links"][1]["href"], "https://s.test/nodeinfo/2.1");
        assert_eq!(doc["links"][2]["href"], "https://s.test/actor");
    }

    #[test]
    fn host_meta_points_to_webfinger() {
        let xml = host_meta_xml("https://s.test");
        assert!(xml.contains("template=\"https://s.test/.well-known/webfinger?resource={uri}\""));
    }
}
