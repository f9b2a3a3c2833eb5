//! How deep JSON may nest that is handed to JavaScript.
//!
//! Readers that call themselves for each level have a limit, and what is beyond it is lost as a whole: Hermes takes 512 levels, and 100
//! where it is built for small stacks (`MAX_RECURSION_DEPTH` in its `RuntimeJSONUtils.cpp`).

/// Far below every reader's limit, far above what an app sends.
const MOST_LEVELS: usize = 64;

/// Whether a JSON text nests deeper than JavaScript can be trusted to read.
pub(crate) fn is_too_deep(json: &str) -> bool {
    // Nearly always there are not even that many brackets, and counting them costs next to nothing on the way to the ring.
    opening(json) > MOST_LEVELS && levels(json) > MOST_LEVELS
}

/// How many brackets open, wherever they are.
fn opening(json: &str) -> usize {
    /// Few enough to be counted in a byte, which is what makes it fast: sixteen at a time.
    const PIECE: usize = 128;
    let count = |piece: &[u8]| {
        piece
            .iter()
            .map(|byte| u8::from(matches!(byte, b'{' | b'[')))
            .sum::<u8>()
    };
    json.as_bytes()
        .chunks(PIECE)
        .map(|piece| usize::from(count(piece)))
        .sum()
}

fn levels(json: &str) -> usize {
    let (mut open, mut most, mut quoted, mut escaped) = (0_usize, 0, false, false);
    for byte in json.bytes() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' => escaped = quoted,
            b'"' => quoted = !quoted,
            b'{' | b'[' if !quoted => {
                open += 1;
                most = most.max(open);
            }
            b'}' | b']' if !quoted => open = open.saturating_sub(1),
            _ => {}
        }
    }
    most
}

#[cfg(test)]
mod tests {
    use super::*;

    fn nested(levels: usize) -> String {
        format!("{}{}", "[".repeat(levels), "]".repeat(levels))
    }

    #[test]
    fn what_nests_beyond_the_limit_is_too_deep_and_what_is_only_long_is_not() {
        assert!(!is_too_deep(&nested(MOST_LEVELS)));
        assert!(is_too_deep(&nested(MOST_LEVELS + 1)));
        assert!(!is_too_deep(&format!("[{}]", "{},".repeat(1000))));
    }

    #[test]
    fn brackets_within_strings_do_not_nest() {
        assert!(!is_too_deep(&format!(r#"["{}"]"#, "[".repeat(1000))));
        assert!(!is_too_deep(&format!(r#"["\"{}\\"]"#, "[".repeat(1000))));
        assert!(is_too_deep(&format!(r#"["\\",{}]"#, nested(MOST_LEVELS))));
    }
}
