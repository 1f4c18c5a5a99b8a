//! Strict JSON: every document from the network is read exactly once, by this.
//!
//! Two readers that disagree about a document (which of two `actor` keys counts,
//! say) let an attacker sign one thing and have another one processed. So what
//! readers disagree about is refused here (RFC 8259 leaves it open, RFC 7493
//! "I-JSON" closes it).

use std::fmt;

use serde::de::{DeserializeSeed, Error as _, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};

/// How much of a document is read before giving up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Longest document in bytes.
    pub max_bytes: usize,
    /// Deepest nesting of objects and arrays; values above 100 are treated as 100.
    pub max_depth: usize,
}

impl Default for Limits {
    /// 1 MiB, what peers accept at most, and 32 levels, more than any real document has.
    fn default() -> Self {
        Self { max_bytes: 1024 * 1024, max_depth: 32 }
    }
}

/// Why a document was refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum JsonError {
    /// Longer than [`Limits::max_bytes`].
    #[error("the document is too large")]
    TooLarge,
    /// Nested deeper than [`Limits::max_depth`].
    #[error("the document is nested too deeply")]
    TooDeep,
    /// Not UTF-8, or begins with a byte order mark.
    #[error("the document is not plain UTF-8")]
    Encoding,
    /// An object names a key twice, however the key is escaped.
    #[error("the document repeats a key")]
    DuplicateKey,
    /// Not JSON, or followed by something else.
    #[error("the document is not valid JSON: {0}")]
    Syntax(String),
}

impl JsonError {
    /// A stable code for logs and metrics.
    pub fn code(&self) -> &'static str {
        match self {
            Self::TooLarge => "json_too_large",
            Self::TooDeep => "json_too_deep",
            Self::Encoding => "json_encoding",
            Self::DuplicateKey => "json_duplicate_key",
            Self::Syntax(_) => "json_syntax",
        }
    }
}

/// `serde_json` refuses at 128 levels; staying below keeps our answer the one given.
const HARD_DEPTH: usize = 100;
const DUPLICATE: &str = "duplicate key";

/// Reads a document strictly (RFC 7493).
///
/// Never panics and never recurses deeper than the limit, whatever the bytes.
pub fn parse(bytes: &[u8], limits: Limits) -> Result<Value, JsonError> {
    if bytes.len() > limits.max_bytes {
        return Err(JsonError::TooLarge);
    }
    let text = std::str::from_utf8(bytes).map_err(|_| JsonError::Encoding)?;
    if text.starts_with('\u{feff}') {
        return Err(JsonError::Encoding);
    }
    check_depth(bytes, limits.max_depth.min(HARD_DEPTH))?;
    let mut reader = serde_json::Deserializer::from_str(text);
    let value = Strict.deserialize(&mut reader).map_err(|e| classify(&e))?;
    reader.end().map_err(|e| classify(&e))?;
    Ok(value)
}

fn classify(error: &serde_json::Error) -> JsonError {
    let text = error.to_string();
    if text.starts_with(DUPLICATE) { JsonError::DuplicateKey } else { JsonError::Syntax(text) }
}

/// Counts brackets outside strings, before anything recursive sees the bytes.
fn check_depth(bytes: &[u8], max: usize) -> Result<(), JsonError> {
    let mut depth = 0_usize;
    let mut in_string = false;
    let mut escaped = false;
    for byte in bytes {
        if in_string {
            match byte {
                _ if escaped => escaped = false,
                b'\\' => escaped = true,
                b'"' => in_string = false,
                _ => {}
            }
            continue;
        }
        match byte {
            b'"' => in_string = true,
            b'{' | b'[' => {
                depth += 1;
                if depth > max {
                    return Err(JsonError::TooDeep);
                }
            }
            b'}' | b']' => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    Ok(())
}

/// Builds a [`Value`] itself, because `Value`'s own reader keeps the last of two
/// equal keys and gives some key names a private meaning.
struct Strict;

impl<'de> DeserializeSeed<'de> for Strict {
    type Value = Value;

    fn deserialize<D: serde::Deserializer<'de>>(self, reader: D) -> Result<Value, D::Error> {
        reader.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Strict {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(Value::Number(value.into()))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(Value::Number(value.into()))
    }

    fn visit_f64<E: serde::de::Error>(self, value: f64) -> Result<Value, E> {
        Number::from_f64(value).map(Value::Number).ok_or_else(|| E::custom("number out of range"))
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(Value::String(value.to_owned()))
    }

    fn visit_string<E>(self, value: String) -> Result<Value, E> {
        Ok(Value::String(value))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Value, A::Error> {
        let mut items = Vec::new();
        while let Some(item) = seq.next_element_seed(Strict)? {
            items.push(item);
        }
        Ok(Value::Array(items))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Value, A::Error> {
        let mut object = Map::new();
        while let Some(key) = map.next_key::<String>()? {
            if object.contains_key(&key) {
                return Err(A::Error::custom(DUPLICATE));
            }
            let value = map.next_value_seed(Strict)?;
            object.insert(key, value);
        }
        Ok(Value::Object(object))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Value, JsonError> {
        parse(text.as_bytes(), Limits::default())
    }

    #[test]
    fn ordinary_documents_are_read_whole() {
        let text = r#" {"a":[1,-2,2.5,true,null,"\u00e9\ud83d\ude00"],"b":{"c":18446744073709551615}} "#;
        let value = read(text).unwrap();
        assert_eq!(value, serde_json::from_str::<Value>(text).unwrap());
    }

    #[test]
    fn what_readers_disagree_about_is_refused() {
        for (text, code) in [
            (r#"{"actor":"a","actor":"b"}"#, "json_duplicate_key"),
            (r#"{"actor":"a","\u0061ctor":"b"}"#, "json_duplicate_key"),
            (r#"{"x":[{"id":1,"id":1}]}"#, "json_duplicate_key"),
            ("\u{feff}{}", "json_encoding"),
            ("{} {}", "json_syntax"),
            ("{}x", "json_syntax"),
            ("{}\0", "json_syntax"),
            (r#"{"a":"\ud800"}"#, "json_syntax"),
            (r#"{"a":"\udc00\ud800"}"#, "json_syntax"),
            (r#"{"a":1e400}"#, "json_syntax"),
            (r#"{"a":-1e400}"#, "json_syntax"),
            (r#"{"a":NaN}"#, "json_syntax"),
            (r#"{"a":01}"#, "json_syntax"),
            (r#"{"a":1,}"#, "json_syntax"),
            (r"{'a':1}", "json_syntax"),
            ("{\"a\":\"\n\"}", "json_syntax"),
            ("/**/{}", "json_syntax"),
            ("", "json_syntax"),
        ] {
            assert_eq!(read(text).unwrap_err().code(), code, "{text:?}");
        }
        assert_eq!(parse(b"{\"a\":\"\xff\"}", Limits::default()), Err(JsonError::Encoding));
    }

    #[test]
    fn key_names_private_to_the_json_library_mean_nothing() {
        let value = read(r#"{"$serde_json::private::RawValue":"{\"a\":1,\"a\":2}"}"#).unwrap();
        assert_eq!(value["$serde_json::private::RawValue"], r#"{"a":1,"a":2}"#);
    }

    #[test]
    fn depth_is_counted_before_anything_recurses() {
        for open in ["[", "{\"a\":"] {
            let hostile = open.repeat(200_000);
            let limits = Limits { max_bytes: usize::MAX, max_depth: usize::MAX };
            assert_eq!(parse(hostile.as_bytes(), limits), Err(JsonError::TooDeep));
        }
        assert!(read(&format!("{}{}", "[".repeat(32), "]".repeat(32))).is_ok());
        assert_eq!(read(&format!("{}{}", "[".repeat(33), "]".repeat(33))), Err(JsonError::TooDeep));
        // brackets in strings do not count, also behind an escaped quote
        assert!(read(&format!(r#"{{"a":"\"{}"}}"#, "[".repeat(100))).is_ok());
    }

    #[test]
    fn size_is_checked_first() {
        let limits = Limits { max_bytes: 10, max_depth: 32 };
        assert_eq!(parse(b"{\"a\":\"bcdef\"}", limits), Err(JsonError::TooLarge));
    }
}
