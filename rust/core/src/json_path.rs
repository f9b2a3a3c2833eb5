//! Where in a JSON document something is wrong: `config.timeout`, `invitees[1]`.

/// One object or array that is open at a place of the document.
enum Open {
    /// With the key that is being read, or whose value was read last.
    Object(String),
    /// With the index of its element.
    Array(usize),
}

/// The path of what an error of serde is about, where it is about a value; empty for the document itself.
pub fn path_of(text: &str, error: &serde_json::Error) -> String {
    if !error.is_data() {
        return String::new();
    }
    let lines = text.split_inclusive('\n');
    // serde counts both from 1.
    let before: usize = lines
        .take(error.line().saturating_sub(1))
        .map(str::len)
        .sum();
    path_at(text, before.saturating_add(error.column()))
}

/// The path of what ends or begins at this byte; empty for the document itself. The text must be valid JSON up to there.
fn path_at(text: &str, end: usize) -> String {
    let mut open: Vec<Open> = Vec::new();
    let bytes = text.as_bytes();
    let mut at = 0;
    let mut awaits_key = false;
    while let Some(byte) = bytes.get(at).filter(|_| at < end) {
        match byte {
            b'"' => {
                let length = string_length(bytes.get(at..).unwrap_or_default());
                if awaits_key && let Some(Open::Object(key)) = open.last_mut() {
                    let raw = text.get(at..at.saturating_add(length));
                    *key = raw
                        .and_then(|raw| serde_json::from_slice(raw.as_bytes()).ok())
                        .unwrap_or_default();
                    awaits_key = false;
                }
                at = at.saturating_add(length);
                continue;
            }
            b'{' => {
                open.push(Open::Object(String::new()));
                awaits_key = true;
            }
            b'[' => open.push(Open::Array(0)),
            b'}' | b']' => {
                open.pop();
                awaits_key = false;
            }
            b',' => match open.last_mut() {
                Some(Open::Array(index)) => *index = index.saturating_add(1),
                _ => awaits_key = true,
            },
            _ => {}
        }
        at = at.saturating_add(1);
    }
    let mut path = String::new();
    for part in open {
        match part {
            Open::Object(key) if path.is_empty() => path = key,
            Open::Object(key) => path = format!("{path}.{key}"),
            Open::Array(index) => path = format!("{path}[{index}]"),
        }
    }
    path
}

/// How many bytes the string takes that begins here, with its quotes.
fn string_length(bytes: &[u8]) -> usize {
    let mut escaped = false;
    for (at, byte) in bytes.iter().enumerate().skip(1) {
        match byte {
            _ if escaped => escaped = false,
            b'\\' => escaped = true,
            b'"' => return at.saturating_add(1),
            _ => {}
        }
    }
    bytes.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The path of the place where `!` stands.
    fn path(text: &str) -> String {
        let end = text.find('!').unwrap();
        path_at(&text.replace('!', ""), end)
    }

    #[test]
    fn a_path_names_keys_and_indices() {
        assert_eq!(path(r#"{"a":1,"b":{"c":"x"!}}"#), "b.c");
        assert_eq!(path(r#"{"a":[1,{"b":2},3!]}"#), "a[2]");
        assert_eq!(path(r#"{"a":[[0],[0,{"b":7!}]]}"#), "a[1][1].b");
    }

    #[test]
    fn what_is_missing_in_an_object_is_at_its_end() {
        assert_eq!(path(r#"{"a":{"b":1}!,"c":2}"#), "a");
        assert_eq!(path(r#"{"a":1}!"#), "");
    }

    #[test]
    fn quotes_and_brackets_in_text_are_text() {
        assert_eq!(path(r#"{"a\"]":"}{\\","b":"[\""!}"#), "b");
        assert_eq!(path(r#"{"通\"话":true!}"#), "通\"话");
    }
}
