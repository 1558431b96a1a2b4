#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

use super::*;

fn url(text: &str) -> Url {
    text.parse().unwrap()
}

fn list(rules: &[&str]) -> AllowList {
    rules.iter().map(|rule| rule.parse().unwrap()).collect::<Vec<WebhookAllow>>().into()
}

#[test]
fn r39_special_addresses_are_refused_however_they_are_written() {
    let none = AllowList::default();
    for host in [
        "127.0.0.1",
        "127.1",
        "2130706433",
        "0x7f000001",
        "0x7f.1",
        "0177.0.0.1",
        "017700000001",
        "127.0.0.1.",
        "%31%32%37.0.0.1",
        "１２７.０.０.１",
        "0",
        "0.0.0.0",
        "169.254.169.254",
        "2852039166",
        "0xa9fea9fe",
        "0251.0376.0251.0376",
        "10.0.0.1",
        "172.16.0.1",
        "172.31.255.255",
        "192.168.1.1",
        "100.64.0.1",
        "192.0.0.170",
        "192.0.2.1",
        "192.88.99.1",
        "198.18.0.1",
        "198.51.100.7",
        "203.0.113.9",
        "224.0.0.1",
        "240.0.0.1",
        "255.255.255.255",
        "[::]",
        "[::1]",
        "[0:0:0:0:0:0:0:1]",
        "[::127.0.0.1]",
        "[::ffff:127.0.0.1]",
        "[::ffff:a9fe:a9fe]",
        "[::ffff:8.8.8.8]",
        "[64:ff9b::a9fe:a9fe]",
        "[64:ff9b:1::1]",
        "[100::1]",
        "[2001::1]",
        "[2001:2::1]",
        "[2001:db8::1]",
        "[2002:7f00:1::]",
        "[3fff::1]",
        "[5f00::1]",
        "[fc00::1]",
        "[fd12:3456::1]",
        "[fe80::1]",
        "[fec0::1]",
        "[ff02::1]",
        "[4000::1]",
    ] {
        // What the URL parser takes for no address at all cannot be resolved either.
        let refused = url::Url::parse(&format!("https://{host}/x")).map(|url| none.check_url(&url));
        assert!(refused.as_ref().is_ok_and(Result::is_err), "{host}: {refused:?}");
    }
}

#[test]
fn public_addresses_and_names_pass() {
    let none = AllowList::default();
    for host in ["8.8.8.8", "140.82.121.6", "[2606:50c0:8000::154]", "[2a00:1450::1]", "ci.example.org"] {
        none.check_url(&url(&format!("https://{host}/x"))).unwrap();
    }
    assert!(none.check_url(&url("http://ci.example.org/")).unwrap_err().contains("https"));
    assert!(none.check_url(&url("ftp://ci.example.org/")).is_err());
    assert!(none.check_url(&url("file:///etc/passwd")).is_err());
    assert!(none.check_url(&url("https://user@ci.example.org/")).is_err());
    assert!(
        none.check_url(&url("https://user:hunter2@ci.example.org/")).is_err_and(|e| !e.contains("hunter2"))
    );
}

#[test]
fn r39_the_operator_admits_a_host_within_networks() {
    let list = list(&["ci.internal=10.1.0.0/16,fd00::/8", "192.168.7.7", "plain.example.org", "::1"]);
    let to = |host: &str, address: &str| list.check_address(host, address.parse().unwrap());
    to("ci.internal", "10.1.2.3").unwrap();
    to("CI.internal.", "fd00::7").unwrap();
    to("ci.internal", "::ffff:10.1.2.3").unwrap();
    assert!(to("ci.internal", "10.2.0.1").is_err(), "another network");
    assert!(to("other.internal", "10.1.2.3").is_err(), "another host");
    assert!(to("ci.internal", "169.254.169.254").is_err());
    assert!(to("plain.example.org", "10.0.0.1").is_err(), "a name alone admits no address");
    to("plain.example.org", "8.8.8.8").unwrap();
    list.check_url(&url("http://192.168.7.7:8080/x")).unwrap();
    list.check_url(&url("http://[::1]:8080/x")).unwrap();
    list.check_url(&url("http://plain.example.org/x")).unwrap();
    assert!(list.check_url(&url("http://192.168.7.8/x")).is_err());
    assert!(list.check_url(&url("http://[::ffff:192.168.7.8]/x")).is_err());
}

#[test]
fn rules_that_mean_nothing_are_refused() {
    for rule in
        ["", "=10.0.0.0/8", "ci.internal=10.0.0.0/99", "ci.internal=x", "a b=10.0.0.0/8", "http://x=::/0"]
    {
        assert!(rule.parse::<WebhookAllow>().is_err(), "{rule}");
    }
    assert_eq!(
        "ci.internal=10.0.0.7".parse::<WebhookAllow>().unwrap(),
        "ci.internal=10.0.0.7/32".parse().unwrap()
    );
}
