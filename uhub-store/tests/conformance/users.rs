//! Users.

use chrono::TimeDelta;
use uhub_core::{
    model::{EARLIEST, Role, Theme, User, UserId, UserKind},
    ports::store::{Cursor, StoreError},
    text::username_key,
};

use crate::{
    bed::{ALL, Bed, walk},
    samples::{UNICODE, at, last, user},
};

conformance!(
    round_trip,
    unique_by_key,
    changed_by_version,
    machines_are_no_admins,
    passwords,
    calendar_tokens,
    pages
);

async fn round_trip(bed: Bed) {
    assert!(!bed.read().await.has_users().await.unwrap());
    let mut users = Vec::new();
    for (number, role) in Role::ALL.iter().enumerate() {
        let role = *role;
        users.push(User {
            display_name: format!("{number} {UNICODE}"),
            kind: UserKind::ALL[number / 2 % 2],
            theme: Theme::ALL[number % 2],
            is_active: number != 3,
            created_at: if number % 2 == 0 { EARLIEST } else { last() },
            ..user(&bed, &format!("useré{number}"), role)
        });
    }
    let mut session = bed.write().await;
    for user in &users {
        session.insert_user(user, None).await.unwrap();
        assert_eq!(session.user(user.id).await.unwrap().as_ref(), Some(user), "a session sees what it wrote");
    }
    session.commit().await.unwrap();

    let mut session = bed.read().await;
    assert!(session.has_users().await.unwrap());
    assert_eq!(session.users(ALL).await.unwrap(), users);
    for user in &users {
        assert_eq!(session.user(user.id).await.unwrap().as_ref(), Some(user));
        let key = username_key(&user.username);
        assert_eq!(session.user_by_key(&key).await.unwrap().as_ref(), Some(user));
    }
    assert_eq!(session.user(UserId(bed.id())).await.unwrap(), None);
    assert_eq!(session.user_by_key("nobody").await.unwrap(), None);
    assert_eq!(session.count_active_admins().await.unwrap(), 1);

    let asked = [users[2].id, UserId(bed.id()), users[0].id, users[2].id];
    let mut found = session.users_by_ids(&asked).await.unwrap();
    found.sort_by_key(|user| user.id);
    assert_eq!(found, [users[0].clone(), users[2].clone()]);
    assert_eq!(session.users_by_ids(&[]).await.unwrap(), []);
}

async fn unique_by_key(bed: Bed) {
    let alice = user(&bed, "scope", Role::Admin);
    let bob = user(&bed, "bob", Role::Dev);
    let mut session = bed.write().await;
    session.insert_user(&alice, None).await.unwrap();
    session.insert_user(&bob, None).await.unwrap();
    session.commit().await.unwrap();

    for twin in ["scope", "SCOPE", "ѕсоре"] {
        let mut session = bed.write().await;
        let twin = user(&bed, twin, Role::Dev);
        assert_eq!(session.insert_user(&twin, None).await, Err(StoreError::Duplicate("username")));
        drop(session);
        let mut session = bed.write().await;
        let bob = User { username: twin.username, version: 2, ..bob.clone() };
        assert_eq!(session.update_user(&bob).await, Err(StoreError::Duplicate("username")));
    }
    let mut session = bed.write().await;
    let alice = User { username: "Scope".to_owned(), version: 2, ..alice };
    assert!(session.update_user(&alice).await.unwrap(), "one's own name is not taken");
    let alice = User { username: "alice".to_owned(), version: 3, ..alice };
    assert!(session.update_user(&alice).await.unwrap());
    let bob = User { username: "scope".to_owned(), version: 2, ..bob };
    assert!(session.update_user(&bob).await.unwrap(), "a name that was given up is free");
    session.commit().await.unwrap();
    let mut session = bed.read().await;
    assert_eq!(session.user_by_key("scope").await.unwrap(), Some(bob));
    assert_eq!(session.user_by_key("alice").await.unwrap(), Some(alice));
}

async fn changed_by_version(bed: Bed) {
    let before = user(&bed, "alice", Role::Admin);
    let mut session = bed.write().await;
    session.insert_user(&before, Some("hash")).await.unwrap();
    session.commit().await.unwrap();

    let after = User {
        username: "Ålice".to_owned(),
        display_name: "A".to_owned(),
        email: "é@example.org".to_owned(),
        role: Role::Ops,
        theme: Theme::Light,
        is_active: false,
        tokens_valid_from: at(5),
        updated_at: at(5) + TimeDelta::microseconds(7),
        version: 2,
        ..before.clone()
    };
    let mut session = bed.write().await;
    for stale in [0, 1, 3, i64::MIN] {
        assert!(!session.update_user(&User { version: stale, ..after.clone() }).await.unwrap(), "{stale}");
    }
    assert!(!session.update_user(&User { id: UserId(bed.id()), ..after.clone() }).await.unwrap());
    assert_eq!(session.user(before.id).await.unwrap(), Some(before.clone()));
    assert_eq!(session.count_active_admins().await.unwrap(), 1);
    assert!(session.update_user(&after).await.unwrap());
    assert!(!session.update_user(&after).await.unwrap(), "once");
    session.commit().await.unwrap();

    let mut session = bed.read().await;
    assert_eq!(session.users(ALL).await.unwrap(), [after]);
    assert_eq!(session.count_active_admins().await.unwrap(), 0);
    assert_eq!(session.password_hash(before.id).await.unwrap().as_deref(), Some("hash"), "it stays");
}

async fn passwords(bed: Bed) {
    let (with, without) = (user(&bed, "with", Role::Dev), user(&bed, "without", Role::Dev));
    let mut session = bed.write().await;
    session.insert_user(&with, Some("$argon2id$v=19$1")).await.unwrap();
    session.insert_user(&without, None).await.unwrap();
    assert_eq!(session.password_hash(with.id).await.unwrap().as_deref(), Some("$argon2id$v=19$1"));
    assert_eq!(session.password_hash(without.id).await.unwrap(), None);
    assert_eq!(session.password_hash(UserId(bed.id())).await.unwrap(), None);
    session.set_password_hash(with.id, "$argon2id$v=19$2").await.unwrap();
    session.set_password_hash(without.id, "$argon2id$v=19$3").await.unwrap();
    session.commit().await.unwrap();

    let mut session = bed.read().await;
    assert_eq!(session.password_hash(with.id).await.unwrap().as_deref(), Some("$argon2id$v=19$2"));
    assert_eq!(session.password_hash(without.id).await.unwrap().as_deref(), Some("$argon2id$v=19$3"));
    assert_eq!(session.user(with.id).await.unwrap(), Some(with), "the user's version is the hub's to count");
}

async fn calendar_tokens(bed: Bed) {
    let (alice, bob) = (user(&bed, "alice", Role::Dev), user(&bed, "bob", Role::Dev));
    let mut session = bed.write().await;
    session.insert_user(&alice, None).await.unwrap();
    session.insert_user(&bob, None).await.unwrap();
    session.set_calendar_token(alice.id, Some("aa")).await.unwrap();
    session.set_calendar_token(bob.id, Some("bb")).await.unwrap();
    session.commit().await.unwrap();
    let mut session = bed.write().await;
    assert_eq!(session.user_by_calendar_token("aa").await.unwrap().as_ref(), Some(&alice));
    session.set_calendar_token(alice.id, Some("cc")).await.unwrap();
    session.set_calendar_token(bob.id, None).await.unwrap();
    session.commit().await.unwrap();
    let mut session = bed.read().await;
    assert_eq!(session.user_by_calendar_token("aa").await.unwrap(), None, "replaced");
    assert_eq!(session.user_by_calendar_token("bb").await.unwrap(), None, "revoked");
    assert_eq!(session.user_by_calendar_token("cc").await.unwrap(), Some(alice));
    assert_eq!(session.user_by_calendar_token("").await.unwrap(), None);
}

async fn machines_are_no_admins(bed: Bed) {
    let admin = user(&bed, "admin", Role::Admin);
    let machine = User { kind: UserKind::Service, ..user(&bed, "machine", Role::Admin) };
    let mut session = bed.write().await;
    session.insert_user(&admin, None).await.unwrap();
    session.insert_user(&machine, None).await.unwrap();
    session.commit().await.unwrap();
    assert_eq!(bed.read().await.count_active_admins().await.unwrap(), 1);
    let mut session = bed.write().await;
    assert!(session.update_user(&User { is_active: false, version: 2, ..admin }).await.unwrap());
    assert_eq!(session.count_active_admins().await.unwrap(), 0);
}

async fn pages(bed: Bed) {
    let mut users = Vec::new();
    let mut session = bed.write().await;
    for number in 0..7 {
        users.push(user(&bed, &format!("user{number}"), Role::Dev));
    }
    for user in users.iter().rev() {
        session.insert_user(user, None).await.unwrap();
    }
    session.commit().await.unwrap();
    for limit in [1, 2, 3, 7, 8] {
        let walked =
            walk!(bed, limit, |session, page| session.users(page), |user| Cursor { key: 0, id: user.id.0 });
        assert_eq!(walked, users, "by {limit}");
    }
}
