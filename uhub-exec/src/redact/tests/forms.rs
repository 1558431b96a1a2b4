//! r24: a value is masked in the forms that programs print values in. The forms here are written down as those programs
//! print them, not made by what is tested.

use base64::{Engine as _, prelude::BASE64_STANDARD};
use proptest::prelude::*;

use super::*;

/// Letters of every kind that some form escapes.
const VALUE: &str = "p/w+d é\"<&>'\\ $x`%=~*?";

#[test]
fn r24_forms_as_programs_print_them() {
    let forms = [
        // printf %s "$V" | xxd -p; hexdump in capitals.
        "702f772b6420c3a9223c263e275c20247860253d7e2a3f",
        "702F772B6420C3A9223C263E275C20247860253D7E2A3F",
        // base64; openssl base64; Python's urlsafe_b64encode.
        "cC93K2Qgw6kiPCY+J1wgJHhgJT1+Kj8=",
        "cC93K2Qgw6kiPCY+J1wgJHhgJT1+Kj8K",
        "cC93K2Qgw6kiPCY-J1wgJHhgJT1-Kj8=",
        // Python: urllib.parse.quote(v), quote(v, safe=''), quote_plus(v).
        "p/w%2Bd%20%C3%A9%22%3C%26%3E%27%5C%20%24x%60%25%3D~%2A%3F",
        "p%2Fw%2Bd%20%C3%A9%22%3C%26%3E%27%5C%20%24x%60%25%3D~%2A%3F",
        "p%2Fw%2Bd+%C3%A9%22%3C%26%3E%27%5C+%24x%60%25%3D~%2A%3F",
        // encodeURIComponent(v), encodeURI(v), URLSearchParams, and escapes in small letters.
        "p%2Fw%2Bd%20%C3%A9%22%3C%26%3E'%5C%20%24x%60%25%3D~*%3F",
        "p/w+d%20%C3%A9%22%3C&%3E'%5C%20$x%60%25=~*?",
        "p%2Fw%2Bd+%C3%A9%22%3C%26%3E%27%5C+%24x%60%25%3D%7E*%3F",
        "p%2fw%2bd%20%c3%a9%22%3c%26%3e%27%5c%20%24x%60%25%3d~%2a%3f",
        // JSON: jq and JSON.stringify; Python's json.dumps; PHP's json_encode; Go's; .NET's.
        r#"p/w+d é\"<&>'\\ $x`%=~*?"#,
        r#"p/w+d \u00e9\"<&>'\\ $x`%=~*?"#,
        r#"p\/w+d \u00e9\"<&>'\\ $x`%=~*?"#,
        r#"p/w+d é\"\u003c\u0026\u003e'\\ $x`%=~*?"#,
        r#"p/w\u002Bd \u00E9\u0022\u003C\u0026\u003E\u0027\\ $x\u0060%=~*?"#,
        // XML: text; attributes by libxml, Go, Python's html.escape and PHP's htmlspecialchars.
        r#"p/w+d é"&lt;&amp;&gt;'\ $x`%=~*?"#,
        r#"p/w+d é&quot;&lt;&amp;&gt;'\ $x`%=~*?"#,
        r#"p/w+d é&#34;&lt;&amp;&gt;&#39;\ $x`%=~*?"#,
        r#"p/w+d é&quot;&lt;&amp;&gt;&#x27;\ $x`%=~*?"#,
        r#"p/w+d é&quot;&lt;&amp;&gt;&#39;\ $x`%=~*?"#,
        // Shells: set -x of dash and bash, Python's shlex.quote, in double quotes, bash's printf %q, Ruby's shellescape.
        r#"p/w+d é"<&>'\''\ $x`%=~*?"#,
        r#"p/w+d é"<&>'"'"'\ $x`%=~*?"#,
        r#"p/w+d é\"<&>'\\ \$x\`%=~*?"#,
        r#"p/w+d\ é\"\<\&\>\'\\\ \$x\`%=~\*\?"#,
        // Python's repr, Rust's Debug.
        r#"p/w+d é"<&>\'\\ $x`%=~*?"#,
    ];
    let redactor = redactor(&[VALUE]);
    for form in forms {
        let text = format!("before {form} after");
        let told = String::from_utf8(masked(&redactor, [text.as_bytes()])).unwrap();
        assert_eq!(told, "before *** after", "{form}");
    }
}

#[test]
fn r24_control_characters_and_other_planes() {
    let redactor = redactor(&["tab\there\u{1b}[0m\u{1f600}\u{7f}end"]);
    for form in [
        "tab\\there\\u001b[0m\u{1f600}\u{7f}end",
        r"tab\there\u001b[0m\ud83d\ude00\u007fend",
        r"tab\there\u001B[0m\uD83D\uDE00\u007Fend",
        r"tab\there\x1b[0m😀\x7fend",
        r"tab\there\033[0m\360\237\230\200\177end",
        r"tab\there\u{1b}[0m😀\u{7f}end",
    ] {
        let told = String::from_utf8(masked(&redactor, [format!("<{form}>").as_bytes()])).unwrap();
        assert_eq!(told, "<***>", "{form}");
    }
}

#[test]
fn r23_each_line_of_several() {
    let key = "-----BEGIN KEY-----\nMIIEpAIBAAKCAQEA7+/x\r\n  an indented line\nxy\n-----END KEY-----\n";
    let redactor = redactor(&[key]);
    for (text, expected) in [
        (key.to_owned(), "***".to_owned()),
        ("key: MIIEpAIBAAKCAQEA7+/x\n".to_owned(), "key: ***\n".to_owned()),
        ("   an indented line".to_owned(), "   ***".to_owned()),
        ("+ an indented line".to_owned(), "+ ***".to_owned()),
        (key.replace('\n', "\n  | "), key_lines()),
        (format!("{key:?}"), "\"***\"".to_owned()),
        (serde_json::to_string(key).unwrap(), "\"***\"".to_owned()),
    ] {
        assert_eq!(String::from_utf8(masked(&redactor, [text.as_bytes()])).unwrap(), expected, "{text}");
    }
}

fn key_lines() -> String {
    // Two bytes of a line mask nothing.
    "***\n  | ***\r\n  |   ***\n  | xy\n  | ***\n  | ".to_owned()
}

/// What `base64` prints of a long value comes in lines.
#[test]
fn r24_folded_base64_of_a_long_value() {
    let value = "0123456789abcdefghij-".repeat(40);
    let redactor = redactor(&[&value]);
    for (text, width, end) in
        [(&value, 76, "\n"), (&format!("{value}\n"), 76, "\n"), (&value, 64, "\n"), (&value, 76, "\r\n")]
    {
        let encoded = BASE64_STANDARD.encode(text);
        let lines: Vec<_> = encoded.as_bytes().chunks(width).collect();
        assert_eq!(masked(&redactor, [lines.join(end.as_bytes()).as_slice()]), MASK.as_bytes());
    }
}

#[test]
fn a_value_with_a_line_end_is_masked_without_it() {
    let redactor = redactor(&["hunter2\n", "  blanks  "]);
    assert_eq!(redactor.text("hunter2 and blanks".to_owned()), "*** and ***");
}

#[test]
fn r23_too_short_and_too_long_are_refused() {
    let try_new = |value: &str| Redactor::new(&[SecretValue::new(value.to_owned())]).map(|_| ());
    for short in ["", "abc", " ab\n ", "é"] {
        assert_eq!(try_new(short), Err(Unmaskable::TooShort));
    }
    assert_eq!(try_new("abcd"), Ok(()));
    assert_eq!(try_new(&"x".repeat(LONGEST + 1)), Err(Unmaskable::TooLong));
    let half = SecretValue::new("x".repeat(LONGEST / 2 + 1));
    assert_eq!(Redactor::new([&half, &half]).map(|_| ()), Err(Unmaskable::TooLong));
}

#[test]
fn r25_nothing_shows_a_secret_by_itself() {
    let redactor = redactor(&["hunter2"]);
    let mut stream = redactor.stream();
    stream.push(b"hunte".to_vec());
    assert_eq!(format!("{redactor:?}"), "Redactor(***)");
    assert_eq!(format!("{stream:?}"), "RedactedStream { read: 5, told: 0, .. }");
}

proptest! {
    /// Encoded alone or within other text, at any place: the characters that are the value's alone are gone.
    #[test]
    fn r24_base64_at_any_place(before in ".{0,7}", value in "[ -~é日]{4,40}", after in ".{0,7}") {
        prop_assume!(value.trim().len() >= SHORTEST);
        let whole = BASE64_STANDARD.encode(format!("{before}{value}{after}"));
        let (begin, end) = ((before.len() * 8).div_ceil(6), (before.len() + value.len()) * 8 / 6);
        let told = masked(&redactor(&[&value]), [whole.as_bytes()]);
        prop_assert!(!holds(&told, &whole.as_bytes()[begin..end]), "{}", String::from_utf8_lossy(&told));
        prop_assert!(holds(&told, MASK.as_bytes()));
    }

    #[test]
    fn r24_no_form_of_any_value_is_left(value in "\\PC{4,30}", around in "[a-z ]{0,5}") {
        prop_assume!(value.trim().len() >= SHORTEST && !value.contains('*'));
        let value = value.trim();
        let json = serde_json::to_string(value).unwrap();
        let url = percent_encoding::utf8_percent_encode(value, percent_encoding::NON_ALPHANUMERIC).to_string();
        let hexed = hex::encode(value);
        let debug = format!("{value:?}");
        let redactor = redactor(&[value]);
        for form in [value, &json[1..json.len() - 1], &url, &hexed, &hexed.to_uppercase()] {
            let told = masked(&redactor, [format!("{around}{form}{around}").as_bytes()]);
            prop_assert!(!holds(&told, form.as_bytes()), "{debug} as {form}");
        }
    }
}

/// The tables of the largest secrets allowed, in all forms.
#[test]
fn the_largest_secrets_take_no_more_memory_than_told() {
    let line = |n: u32| format!("{n:08}/\"+é{:056x}\n", u128::from(n) * 0x9e37_79b9_7f4a_7c15_u128);
    let value: String = (0..)
        .map(line)
        .scan(0, |all, line| {
            *all += line.len();
            (*all <= LONGEST).then_some(line)
        })
        .collect();
    let redactor = redactor(&[&value]);
    let Masks::Secrets(automaton) = &redactor.0 else { panic!("it masks") };
    let bytes = aho_corasick::automaton::Automaton::memory_usage(automaton.as_ref());
    assert!(bytes < 45_000_000, "{bytes}");
}
