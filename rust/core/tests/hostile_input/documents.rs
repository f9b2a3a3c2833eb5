//! Hostile documents: those that JSON readers stumble over, and values to put where others are expected.

use serde_json::Value;

/// A name and bytes.
pub type Document = (String, Vec<u8>);

/// Deep enough to overflow the stack of any reader that calls itself for each level.
pub const DEEP: usize = 10_000;
/// Far more than a push or an answer can be.
pub const BIG: usize = 1024 * 1024;

/// JSON values of every type, ordinary and not. As text, since some of them are none of `serde_json::Value`'s.
pub fn values() -> Vec<(&'static str, String)> {
    let mut values: Vec<(&str, String)> = [
        ("null", "null"),
        ("true", "true"),
        ("false", "false"),
        ("zero", "0"),
        ("minus zero", "-0"),
        ("minus one", "-1"),
        ("a fraction", "1.5"),
        ("a tiny number", "1e-400"),
        ("2^53", "9007199254740992"),
        ("the largest u64", "18446744073709551615"),
        ("one more than that", "18446744073709551616"),
        ("the smallest i64", "-9223372036854775808"),
        ("a number beyond a double", "1e999"),
        ("its negative", "-1e999"),
        ("an empty string", r#""""#),
        ("a blank string", r#"" \t\n""#),
        ("a string", r#""x""#),
        ("a number as string", r#""1""#),
        ("an endless number as string", r#""1e999""#),
        ("NaN as string", r#""NaN""#),
        ("a NUL", r#""\u0000""#),
        ("a NUL within a string", r#""a\u0000b""#),
        ("a lone leading surrogate", r#""\ud83d""#),
        ("a lone trailing surrogate", r#""\ude00""#),
        ("surrogates in the wrong order", r#""\ude00\ud83d""#),
        ("an emoji", r#""\ud83d\ude00""#),
        ("a right-to-left override", "\"\u{202e}abc\""),
        ("combining characters", "\"e\u{301}\u{301}\u{301}\""),
        ("a noncharacter", "\"\u{ffff}\""),
        ("quotes and backslashes", r#""\"\\\/\b\f\n\r\t""#),
        ("a script", r#""</script><script>alert(1)</script>""#),
        ("a path", r#""../../../../etc/passwd""#),
        ("a format", r#""%s%n%@{}{0}""#),
        ("an empty list", "[]"),
        ("a list", "[1,\"a\",null]"),
        ("an empty object", "{}"),
        ("an object", r#"{"a":{"b":1},"type":1,"value":"v"}"#),
        (
            "the prototype",
            r#"{"__proto__":{"polluted":true},"constructor":1}"#,
        ),
    ]
    .map(|(name, value)| (name, value.to_owned()))
    .to_vec();
    values.push(("a number of 400 digits", "1".repeat(400)));
    values.push(("a fraction of 400 digits", format!("0.{}", "1".repeat(400))));
    values.push((
        "a deep list",
        format!("{}{}", "[".repeat(DEEP), "]".repeat(DEEP)),
    ));
    values.push((
        "a deep object",
        format!("{}1{}", r#"{"a":"#.repeat(DEEP), "}".repeat(DEEP)),
    ));
    values
}

/// Values that are too big to try everywhere.
pub fn big_values() -> Vec<(&'static str, String)> {
    vec![
        ("a string of 1 MB", format!("\"{}\"", "x".repeat(BIG))),
        (
            "1 MB of characters of three bytes",
            format!("\"{}\"", "通".repeat(BIG / 3)),
        ),
        (
            "1 MB of escapes",
            format!("\"{}\"", r"\u0000".repeat(BIG / 6)),
        ),
        ("1 MB of digits", "9".repeat(BIG)),
        ("a list of 1 MB", format!("[{}0]", "0,".repeat(BIG / 2))),
        (
            "a list of 1 MB of objects",
            format!("[{}{{}}]", "{},".repeat(BIG / 3)),
        ),
        (
            "an object of 1 MB",
            format!("{{{}\"\":0}}", "\"a\":0,".repeat(BIG / 6)),
        ),
        (
            "lists of 1 MB within each other",
            format!("{}{}", "[".repeat(BIG / 2), "]".repeat(BIG / 2)),
        ),
    ]
}

/// Documents that are no JSON, or hardly.
pub fn broken() -> Vec<Document> {
    let texts: &[(&str, &[u8])] = &[
        ("nothing", b""),
        ("blanks", b" \t\r\n"),
        ("a byte order mark alone", b"\xef\xbb\xbf"),
        ("a byte order mark before an object", b"\xef\xbb\xbf{\"call_id\":\"a\"}"),
        ("UTF-16", b"\xff\xfe{\x00}\x00"),
        ("UTF-32", b"\xff\xfe\x00\x00{\x00\x00\x00}\x00\x00\x00"),
        ("a trailing comma in an object", b"{\"call_id\":\"a\",}"),
        ("a trailing comma in a list", b"[1,]"),
        ("a leading comma", b"{,\"a\":1}"),
        ("two commas", b"{\"a\":1,,\"b\":2}"),
        ("no colon", b"{\"a\" 1}"),
        ("no comma", b"{\"a\":1 \"b\":2}"),
        ("no value", b"{\"a\":}"),
        ("a key without quotes", b"{a:1}"),
        ("single quotes", b"{'a':1}"),
        ("a number as key", b"{1:1}"),
        ("a comment", b"{/* */\"a\":1}"),
        ("a comment of a line", b"{\"a\":1} // x"),
        ("something behind it", b"{\"a\":1}x"),
        ("two documents", b"{}{}"),
        ("a closing bracket too many", b"{}}"),
        ("the wrong bracket", b"{\"a\":[1}"),
        ("NaN", b"{\"a\":NaN}"),
        ("Infinity", b"{\"a\":-Infinity}"),
        ("a plus sign", b"{\"a\":+1}"),
        ("a leading zero", b"{\"a\":01}"),
        ("a point without digits", b"{\"a\":1.}"),
        ("a point first", b"{\"a\":.5}"),
        ("an exponent without digits", b"{\"a\":1e}"),
        ("a minus sign alone", b"{\"a\":-}"),
        ("a hexadecimal number", b"{\"a\":0x1}"),
        ("a word in capitals", b"{\"a\":TRUE}"),
        ("a word cut off", b"{\"a\":tru"),
        ("an escape that is none", b"{\"a\":\"\\x41\"}"),
        ("an escape cut off", b"{\"a\":\"\\u00"),
        ("an escape that is not hexadecimal", b"{\"a\":\"\\uZZZZ\"}"),
        ("a line break in a string", b"{\"a\":\"x\ny\"}"),
        ("a NUL in a string", b"{\"a\":\"x\0y\"}"),
        ("a NUL behind it", b"{}\0"),
        ("NULs", b"\0\0\0\0"),
        ("bytes that are no UTF-8 in a string", b"{\"a\":\"\xff\"}"),
        ("bytes that are no UTF-8 in a key", b"{\"\xff\":1}"),
        ("an over-long NUL", b"{\"a\":\"\xc0\x80\"}"),
        ("a surrogate in UTF-8", b"{\"a\":\"\xed\xa0\x80\"}"),
        ("a code point beyond Unicode", b"{\"a\":\"\xf4\x90\x80\x80\"}"),
        ("a character cut off", b"{\"a\":\"\xe9\x80"),
        ("a blank that is none of JSON's", b"{\xc2\xa0\"a\":1}"),
        ("an empty key", b"{\"\":1}"),
        ("the same key twice", b"{\"call_id\":\"a\",\"call_id\":\"b\",\"call_id\":{}}"),
        ("the same key, once with escapes", b"{\"call_id\":\"a\",\"c\\u0061ll_id\":\"b\"}"),
        ("a property list", b"bplist00\xd1\x01\x02QaQb\x08\x0b\x0d\x0f"),
        ("XML", b"<?xml version=\"1.0\"?><plist><dict/></plist>"),
        ("gzip", b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03\xab\xae\x05\x00C\xbf\xa6\xa3\x02\x00\x00\x00"),
    ];
    let mut documents: Vec<Document> = texts
        .iter()
        .map(|(name, bytes)| ((*name).to_owned(), bytes.to_vec()))
        .collect();
    documents.push((
        "10,000 lists that are not closed".into(),
        "[".repeat(DEEP).into_bytes(),
    ));
    documents.push((
        "10,000 objects that are not closed".into(),
        r#"{"aps":"#.repeat(DEEP).into_bytes(),
    ));
    documents.push(("1 MB of brackets".into(), "[".repeat(BIG).into_bytes()));
    documents.push(("1 MB of quotes".into(), "\"".repeat(BIG).into_bytes()));
    documents.push(("1 MB of NULs".into(), vec![0; BIG]));
    documents.push(("1 MB of 0xFF".into(), vec![0xff; BIG]));
    documents
}

/// The places within a document, outermost first, as JSON pointers (RFC 6901).
pub fn places(document: &Value) -> Vec<String> {
    let members: Vec<(String, &Value)> = match document {
        Value::Object(object) => object
            .iter()
            .map(|(key, value)| (key.replace('~', "~0").replace('/', "~1"), value))
            .collect(),
        Value::Array(list) => list
            .iter()
            .enumerate()
            .map(|(at, value)| (at.to_string(), value))
            .collect(),
        _ => vec![],
    };
    let within = |(key, value): (String, &Value)| {
        let path = format!("/{key}");
        let deeper: Vec<String> = places(value)
            .iter()
            .map(|place| format!("{path}{place}"))
            .collect();
        std::iter::once(path).chain(deeper)
    };
    members.into_iter().flat_map(within).collect()
}

/// The document with something else at one place; as text, since what is put there may be beyond [`Value`].
pub fn replaced(document: &Value, place: &str, text: &str) -> String {
    const MARK: &str = "what is replaced";
    let mut document = document.clone();
    *document.pointer_mut(place).expect("a place") = MARK.into();
    document.to_string().replace(&format!("\"{MARK}\""), text)
}

/// A document at every length from nothing to the whole of it.
pub fn truncations(whole: &[u8]) -> impl Iterator<Item = &[u8]> {
    (0..=whole.len()).filter_map(|length| whole.get(..length))
}

/// A document with each of its bytes changed in turn: in one bit, and to what ends a string.
pub fn flips(whole: &[u8]) -> impl Iterator<Item = Vec<u8>> {
    (0..whole.len()).flat_map(move |at| {
        [whole[at] ^ 1, b'"'].into_iter().map(move |byte| {
            let mut bytes = whole.to_vec();
            bytes[at] = byte;
            bytes
        })
    })
}

/// The seeds of a fuzz target, by file name.
pub fn seeds(target: &str) -> Vec<Document> {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../fuzz/seeds")
        .join(target);
    let files =
        std::fs::read_dir(&folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    let mut seeds: Vec<Document> = files
        .map(|file| {
            let file = file.unwrap();
            (
                file.file_name().into_string().unwrap(),
                std::fs::read(file.path()).unwrap(),
            )
        })
        .collect();
    seeds.sort();
    assert!(!seeds.is_empty());
    seeds
}
