//! The web app as the binary serves it.

use reqwest::{Method, Url};
use uhub_tests::{Answer, Client, Site};

async fn fetch(anyone: &Client, path: &str, encodings: &str) -> Answer {
    anyone.request(Method::GET, path).header("accept-encoding", encodings).send().await
}

/// The addresses that the page loads at once, as a browser resolves them.
fn loaded(page: &str, url: &str) -> Vec<String> {
    let attribute = |tag: &str, name: &str| -> Option<String> {
        Some(tag.split_once(&format!("{name}=\""))?.1.split_once('"')?.0.to_owned())
    };
    let tags = || page.split('<').map(|tag| tag.split('>').next().unwrap_or_default());
    let base =
        tags().find(|tag| tag.starts_with("base ")).and_then(|tag| attribute(tag, "href")).expect("a base");
    let base = Url::parse(url).and_then(|url| url.join(&base)).expect("a URL");
    tags()
        .filter_map(|tag| match tag {
            tag if tag.starts_with("script ") => attribute(tag, "src"),
            tag if tag.starts_with("link ") => attribute(tag, "href"),
            _ => None,
        })
        .map(|address| base.join(&address).expect("a URL").path().to_owned())
        .collect()
}

/// 250 kB over the wire is what a first visit may cost before anything is shown.
const FIRST_LOAD: usize = 250 * 1000;

#[tokio::test]
async fn the_app_is_in_the_binary_compressed_and_within_its_policy() {
    let site = Site::sqlite();
    let server = site.serve(&["--demo", "--no-worker"]).await;
    let anyone = server.anyone();
    let mut total = 0;
    for path in ["/", "/app/calendar"] {
        let answer = fetch(&anyone, path, "identity").await;
        assert_eq!(answer.status, 200, "{path}");
        let page = answer.text();
        assert!(
            page.contains("id=\"app\""),
            "the app is not in this binary: `cargo xtask ui`, then build\n{page}"
        );
        let policy = answer.header("content-security-policy");
        assert!(policy.contains("script-src 'self';") && !policy.contains("unsafe"), "{policy}");
        for tag in page.split('<').filter(|tag| tag.starts_with("script")) {
            assert!(tag.contains("src=\""), "an inline script, which the policy forbids: {tag}");
        }
        assert!(!page.contains("<style") && !page.contains(" style=\""), "inline styles: {page}");
        let files = loaded(&page, &server.url);
        assert!(!files.is_empty(), "{page}");
        total = 0;
        for file in files {
            let answer = fetch(&anyone, &file, "gzip, deflate, br").await;
            assert_eq!(answer.status, 200, "{file}");
            assert!(answer.header("cache-control").contains("immutable"), "{file}");
            if answer.body.len() > 2000 && !file.ends_with(".woff2") {
                assert_eq!(answer.header("content-encoding"), "br", "{file}");
            }
            let etag = answer.header("etag").to_owned();
            let again = anyone.request(Method::GET, &file).header("accept-encoding", "br, gzip, deflate");
            let again = again.header("if-none-match", &etag).send().await;
            assert_eq!((again.status, again.body.len()), (304, 0), "{file}");
            total += answer.body.len();
        }
    }
    assert!(total < FIRST_LOAD, "a first visit costs {total} bytes");
    fetch(&anyone, "/assets/index-00000000.js", "br").await.expect(404);
    fetch(&anyone, "/assets/..%2f..%2fCargo.toml", "br").await.expect(404);
}
