//! A value as it stands within quotes or markup.

/// What a character becomes; nothing where it stays.
type Rule = fn(char) -> Option<String>;

/// `value` by all ways of escaping, itself among them where it needs none.
pub(super) fn escaped(value: &str) -> impl Iterator<Item = String> {
    const RULES: [Rule; 18] = [
        // JSON: as most write it; in ASCII; with slashes escaped, so that no `</script>` is in it; both; Go's; .NET's.
        |c| json(c, false),
        |c| json(c, false).or_else(|| unicode(c, !is_plain(c), false)),
        |c| json(c, true).or_else(|| unicode(c, !is_plain(c), true)),
        |c| json(c, false).or_else(|| slash(c)),
        |c| json(c, false).or_else(|| slash(c)).or_else(|| unicode(c, !is_plain(c), false)),
        |c| {
            let odd = matches!(c, '<' | '>' | '&' | '\u{2028}' | '\u{2029}');
            json(c, false).or_else(|| unicode(c, odd, false))
        },
        |c| {
            let odd = matches!(c, '"' | '\'' | '<' | '>' | '&' | '+' | '`');
            unicode(c, odd, true).or_else(|| json(c, true)).or_else(|| unicode(c, !is_plain(c), true))
        },
        // XML and HTML: of text; of attributes, with one or the other name of a quote.
        |c| markup(c, None),
        |c| markup(c, Some(("&quot;", "'"))),
        |c| markup(c, Some(("&quot;", "&apos;"))),
        |c| markup(c, Some(("&quot;", "&#39;"))),
        |c| markup(c, Some(("&quot;", "&#x27;"))),
        |c| markup(c, Some(("&#34;", "&#39;"))),
        // Shells: in single quotes, by either way of writing one; in double quotes; bare, as bash and Ruby do.
        |c| (c == '\'').then(|| r"'\''".to_owned()),
        |c| (c == '\'').then(|| r#"'"'"'"#.to_owned()),
        |c| matches!(c, '\\' | '"' | '$' | '`').then(|| format!("\\{c}")),
        |c| (c.is_ascii() && " \t!\"#$&'()*,;<>?[\\]^`{|}".contains(c)).then(|| format!("\\{c}")),
        |c| {
            (c.is_ascii_graphic() && !c.is_ascii_alphanumeric() && !"_-.,:+/@".contains(c) || c == ' ')
                .then(|| format!("\\{c}"))
        },
    ];
    // And as programs show strings: shells with `set -x`, Python, Rust.
    const SHOWN: [Rule; 3] = [
        |c| control(c).or_else(|| (c == '\'').then(|| r"\'".to_owned())).or_else(|| octal(c)),
        |c| control(c).or_else(|| (c == '\'').then(|| r"\'".to_owned())).or_else(|| byte(c)),
        |c| control(c).or_else(|| (c == '"').then(|| r#"\""#.to_owned())).or_else(|| braces(c)),
    ];
    let rules = RULES.into_iter().chain(SHOWN);
    rules.map(move |rule| {
        let mut text = String::with_capacity(value.len() + 16);
        for c in value.chars() {
            match rule(c) {
                Some(escape) => text.push_str(&escape),
                None => text.push(c),
            }
        }
        text
    })
}

const fn is_plain(c: char) -> bool {
    matches!(c, ' '..='~')
}

fn json(c: char, upper: bool) -> Option<String> {
    match c {
        '"' => Some("\\\"".to_owned()),
        '\u{8}' => Some("\\b".to_owned()),
        '\u{c}' => Some("\\f".to_owned()),
        _ => control(c).or_else(|| unicode(c, c < ' ', upper)),
    }
}

/// The escapes that all languages share.
fn control(c: char) -> Option<String> {
    Some(
        match c {
            '\\' => r"\\",
            '\n' => r"\n",
            '\r' => r"\r",
            '\t' => r"\t",
            _ => return None,
        }
        .to_owned(),
    )
}

fn slash(c: char) -> Option<String> {
    (c == '/').then(|| r"\/".to_owned())
}

fn unicode(c: char, wanted: bool, upper: bool) -> Option<String> {
    wanted.then(|| {
        let mut units = [0; 2];
        let units = c.encode_utf16(&mut units).iter();
        units.map(|unit| if upper { format!("\\u{unit:04X}") } else { format!("\\u{unit:04x}") }).collect()
    })
}

fn markup(c: char, quotes: Option<(&str, &str)>) -> Option<String> {
    let escape = match (c, quotes) {
        ('&', _) => "&amp;",
        ('<', _) => "&lt;",
        ('>', _) => "&gt;",
        ('"', Some((double, _))) => double,
        ('\'', Some((_, single))) => single,
        _ => return None,
    };
    Some(escape.to_owned())
}

fn octal(c: char) -> Option<String> {
    (!is_plain(c)).then(|| c.to_string().bytes().map(|byte| format!("\\{byte:03o}")).collect())
}

fn byte(c: char) -> Option<String> {
    (c < ' ' || c == '\u{7f}').then(|| format!("\\x{:02x}", u32::from(c)))
}

fn braces(c: char) -> Option<String> {
    (c < ' ' || c == '\u{7f}').then(|| format!("\\u{{{:x}}}", u32::from(c)))
}
