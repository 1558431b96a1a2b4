#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

use serde::Deserialize;

use super::*;

#[derive(Debug, Deserialize, PartialEq)]
#[serde(deny_unknown_fields)]
struct Outer {
    name: String,
    inner: Option<Inner>,
}

#[derive(Debug, Deserialize, PartialEq)]
#[serde(deny_unknown_fields)]
struct Inner {
    numbers: Vec<u8>,
}

fn refuse(text: &str) -> Problem {
    parse::<Outer>(text.as_bytes()).unwrap_err()
}

#[test]
fn what_is_not_json_is_400() {
    for bad in ["", "{", "{\"name\":}", "nope", "{\"name\":\"a\"} x", "{\"name\":\"\\ud800\"}"] {
        assert_eq!(refuse(bad).status, 400, "{bad}");
    }
    assert_eq!(parse::<Outer>(b"{\"name\":\"\xff\"}").unwrap_err().status, 400);
}

#[test]
fn r42_deep_json_is_refused_without_harm() {
    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Any {
        #[expect(dead_code, reason = "read by serde only")]
        value: serde_json::Value,
    }
    let deep = format!("{{\"value\":{}{}}}", "[".repeat(100_000), "]".repeat(100_000));
    assert_eq!(parse::<Any>(deep.as_bytes()).unwrap_err().status, 400);
}

#[test]
fn what_does_not_fit_is_422_with_the_field() {
    for (text, field) in [
        ("{}", "name"),
        ("{\"name\":1}", "name"),
        ("{\"name\":\"a\",\"role\":\"admin\"}", "role"),
        ("{\"name\":\"a\",\"name\":\"b\"}", "name"),
        ("{\"name\":\"a\",\"inner\":{\"numbers\":[1,2,300]}}", "inner.numbers[2]"),
        ("{\"name\":\"a\",\"inner\":{\"numbers\":[],\"x\":1}}", "inner.x"),
        ("{\"name\":\"a\",\"inner\":{}}", "inner.numbers"),
    ] {
        let problem = refuse(text);
        assert_eq!((problem.status, problem.field.as_deref()), (422, Some(field)), "{text}: {problem:?}");
    }
    for bad in ["[]", "[\"a\"]", "[\"a\",null]", "null", "1"] {
        assert_eq!(refuse(bad).status, 422, "{bad} is no object");
    }
}

#[test]
fn a_body_that_may_be_null_is_an_object_or_null() {
    let read = |text: &str| parse_any::<Option<Object<Outer>>>(text.as_bytes()).map(|value| value.is_some());
    assert_eq!(read("null"), Ok(false));
    assert_eq!(read("{\"name\":\"a\"}"), Ok(true));
    for bad in ["[]", "[\"a\"]", "1"] {
        assert_eq!(read(bad).unwrap_err().status, 422, "{bad}");
    }
}
