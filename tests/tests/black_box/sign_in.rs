//! Passwords: limits on guessing them, and what many attempts at once may cost.

use std::time::{Duration, Instant};

use futures_util::future::join_all;
use serde_json::json;
use uhub_tests::{Site, plan, wait::secs};

#[tokio::test]
async fn r29_guessing_a_password_is_limited_per_account_wherever_it_comes_from() {
    let site = Site::sqlite();
    let server = site.serve(&["--demo", "--no-worker"]).await;
    let anyone = server.anyone();
    let mut limited = None;
    for n in 0..60_u8 {
        // Another address each time, and a forged one on top: the account is what is attacked.
        let attempt = anyone
            .from_peer([127, 0, 1, n + 1])
            .sign_in_request("demo-ops", &format!("guess-{n}"))
            .header("x-forwarded-for", &format!("198.51.100.{n}"))
            .send()
            .await;
        match attempt.status {
            400 => assert_eq!(attempt.json()["error"], "invalid_grant"),
            _ => {
                attempt.expect(429);
                limited = Some(attempt);
                break;
            }
        }
    }
    let limited = limited.expect("sixty guesses in a row are too many");
    let wait: u64 = limited.header("retry-after").parse().expect("Retry-After in seconds");
    assert!((1..=60).contains(&wait), "{wait}");
    // The right password is no way around the limit; other spellings are the same account.
    anyone.try_sign_in("demo-ops", "demo-ops").await.expect(429);
    anyone.try_sign_in("DEMO-OPS", "demo-ops").await.expect(429);
    // Others are not locked out by it.
    anyone.sign_in("demo-dev", "demo-dev").await;
}

#[tokio::test]
async fn r29_spraying_one_password_over_accounts_is_limited_per_peer_and_forged_headers_do_not_help() {
    let site = Site::sqlite();
    let server = site.serve(&["--demo", "--no-worker"]).await;
    let sprayer = server.anyone().from_peer([127, 0, 0, 9]);
    let mut statuses = Vec::new();
    for n in 0..400 {
        let attempt = sprayer
            .sign_in_request(&format!("user-{n}"), "Summer2026!")
            .header("x-forwarded-for", &format!("203.0.113.{}", n % 250))
            .header("forwarded", &format!("for=203.0.113.{}", n % 250))
            .header("x-real-ip", &format!("203.0.113.{}", n % 250))
            .send()
            .await;
        statuses.push(attempt.status);
        if attempt.status == 429 {
            break;
        }
    }
    assert_eq!(statuses.last(), Some(&429), "{} attempts from one address were let through", statuses.len());
    // Somebody else signs in from elsewhere.
    server.anyone().from_peer([127, 0, 0, 10]).sign_in("demo-dev", "demo-dev").await;
}

/// Unknown names take as long as known ones, and hear the same (r31: no enumeration).
#[tokio::test]
async fn r31_nobody_learns_which_accounts_exist() {
    let site = Site::sqlite().many_logins();
    let server = site.serve(&["--demo", "--no-worker"]).await;
    let anyone = server.anyone();
    let mut took = [Vec::new(), Vec::new()];
    let mut said = Vec::new();
    for n in 0..12 {
        for (which, name) in [(0, "demo-ops".to_owned()), (1, format!("nobody-{n}"))] {
            let begin = Instant::now();
            let answer = anyone.try_sign_in(&name, "wrong password").await;
            took[which].push(begin.elapsed());
            said.push(answer.expect(400).to_string());
        }
    }
    said.dedup();
    assert_eq!(said.len(), 1, "{said:?}");
    let median = |mut times: Vec<Duration>| {
        times.sort();
        times[times.len() / 2]
    };
    let [known, unknown] = took.map(median);
    // Hashing takes tens of milliseconds; a shortcut would take one.
    assert!(unknown * 3 > known && known * 3 > unknown, "known {known:?}, unknown {unknown:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn r30_500_sign_ins_at_once_do_not_exhaust_memory_and_the_server_stays_alive() {
    let site = Site::sqlite().many_logins();
    let server = site.serve(&["--demo", "--no-worker"]).await;
    let anyone = server.anyone();
    anyone.get("/healthz").await.expect(200);
    let before = server.process.memory_kb("VmRSS");

    let attempts = (0..500).map(|n| {
        let anyone = anyone.clone();
        async move {
            let password = if n % 2 == 0 { "demo-dev".to_owned() } else { "x".repeat(1000) };
            anyone.try_sign_in("demo-dev", &password).await.status
        }
    });
    let storm = tokio::spawn(join_all(attempts));
    let mut slowest = Duration::ZERO;
    let watcher = uhub_tests::Client::new(&server.url);
    while !storm.is_finished() {
        let begin = Instant::now();
        watcher.get("/healthz").await.expect(200);
        slowest = slowest.max(begin.elapsed());
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let statuses = storm.await.expect("no attempt panics");
    let count = |status| statuses.iter().filter(|one| **one == status).count();
    let (ok, refused, busy) = (count(200), count(400), count(429));
    assert_eq!(ok + refused + busy, 500, "{statuses:?}");
    assert!(ok > 0, "the right password is let in even now");
    // 500 hashes of 19 MiB at once would be 9.5 GB.
    let grown = server.process.memory_kb("VmHWM").saturating_sub(before) / 1024;
    assert!(grown < 400, "the server grew by {grown} MiB");
    assert!(slowest < secs(1), "/healthz took {slowest:?}");
    server.anyone().sign_in("demo-dev", "demo-dev").await;
}

#[tokio::test]
async fn r30_a_password_of_a_megabyte_is_refused_unread() {
    let site = Site::sqlite().many_logins();
    let server = site.serve(&["--demo", "--no-worker"]).await;
    let (anyone, admin) = (server.anyone(), server.admin().await);
    let huge = "p".repeat(1024 * 1024);
    for password in [huge.as_str(), "p\0q", &"p".repeat(1025)] {
        let answer = anyone.try_sign_in("demo-dev", password).await;
        assert!(matches!(answer.status, 400 | 413), "{answer:?}");
        let dev = plan::user_id(&admin, "demo-dev").await;
        let answer = admin.patch(&format!("/users/{dev}"), &json!({ "password": password })).await;
        assert!(matches!(answer.status, 413 | 422), "{answer:?}");
    }
    anyone.sign_in("demo-dev", "demo-dev").await;
}

#[tokio::test]
async fn the_token_endpoint_speaks_rfc_6749() {
    let site = Site::sqlite().many_logins();
    let server = site.serve(&["--demo", "--no-worker"]).await;
    let anyone = server.anyone();
    let form =
        |pairs: &[(&str, &str)]| anyone.request(reqwest::Method::POST, "/auth/token").form(pairs).send();
    let user = [("username", "demo-dev"), ("password", "demo-dev")];
    for (pairs, error) in [
        (vec![("grant_type", "client_credentials"), user[0], user[1]], "unsupported_grant_type"),
        (vec![user[0], user[1]], "invalid_request"),
        (vec![("grant_type", "password"), user[0]], "invalid_request"),
        (vec![("grant_type", "password"), ("username", "demo-dev"), ("password", "no")], "invalid_grant"),
    ] {
        let answer = form(&pairs).await;
        assert_eq!(answer.expect(400)["error"], error, "{pairs:?}");
    }
    // What common OAuth2 clients send besides is accepted.
    let mut more =
        vec![("grant_type", "password"), ("scope", "read"), ("client_id", "x"), ("client_secret", "y")];
    more.extend(user);
    let answer = form(&more).await;
    answer.expect(200);
    assert!(answer.header("cache-control").contains("no-store"), "{answer:?}");
    let json = anyone.post("/auth/token", &json!({ "grant_type": "password" })).await;
    assert_eq!(json.expect(400)["error"], "invalid_request");
}

#[tokio::test]
async fn the_first_admin_is_made_once_and_by_who_is_here() {
    let site = Site::sqlite();
    let server = site.serve(&["--no-worker"]).await;
    let anyone = server.anyone();
    let admin = json!({
        "username": "root", "password": "correct horse", "email": "root@uhub.local", "display_name": "Root",
    });
    let bodies = (0..8).map(|_| anyone.post("/bootstrap/admin", &admin));
    let mut statuses: Vec<u16> = join_all(bodies).await.iter().map(|answer| answer.status).collect();
    statuses.sort_unstable();
    assert_eq!(statuses, [201, 409, 409, 409, 409, 409, 409, 409], "eight at once make one admin");
    let root = anyone.sign_in("root", "correct horse").await;
    let me = root.get("/auth/me").await.expect(200);
    assert_eq!(me["role"], "admin");
    assert_eq!(me["permissions"]["user_manage"], "allow");
    anyone.post("/bootstrap/admin", &admin).await.expect(409);
    // The last admin can be neither demoted nor deactivated (DOMAIN §2).
    let path = format!("/users/{}", plan::id(&me));
    for change in [json!({ "role": "dev" }), json!({ "is_active": false })] {
        root.patch(&path, &change).await.expect_denied("account.last_admin");
    }
}
