//! API tokens.

use chrono::TimeDelta;
use uhub_core::{
    model::{ApiToken, Scope, Scopes, TokenId, UserId},
    ports::store::{Cursor, StoreError, TokenUse},
};

use crate::{
    bed::{ALL, Bed, walk},
    samples::{UNICODE, at, last},
};

conformance!(round_trip, unique_by_hash, revoked_once, noted_once_in_a_while, makers, pages);

fn token(bed: &Bed, user: UserId) -> ApiToken {
    ApiToken {
        id: TokenId(bed.id()),
        user_id: user,
        name: UNICODE.to_owned(),
        prefix: "uhub_0123abcd".to_owned(),
        scopes: Scopes::NONE.with(Scope::Run),
        created_by: Some(UserId(bed.id())),
        created_at: at(0),
        expires_at: None,
        last_used_at: None,
        revoked_at: None,
    }
}

fn hash(n: usize) -> String {
    format!("{n:064x}")
}

async fn insert(bed: &Bed, tokens: &[ApiToken]) {
    let mut session = bed.write().await;
    for (n, token) in tokens.iter().enumerate() {
        session.insert_token(token, &hash(n)).await.unwrap();
        assert_eq!(session.token(token.id).await.unwrap().as_ref(), Some(token), "it sees what it wrote");
    }
    session.commit().await.unwrap();
}

async fn round_trip(bed: Bed) {
    let user = UserId(bed.id());
    let all: Scopes = Scope::ALL.iter().copied().collect();
    let tokens = [
        token(&bed, user),
        ApiToken { scopes: all, created_by: None, ..token(&bed, user) },
        ApiToken {
            scopes: Scopes::NONE,
            expires_at: Some(last()),
            last_used_at: Some(at(1)),
            revoked_at: Some(at(2)),
            ..token(&bed, user)
        },
        token(&bed, UserId(bed.id())),
    ];
    insert(&bed, &tokens).await;
    let mut session = bed.read().await;
    for (n, token) in tokens.iter().enumerate() {
        assert_eq!(session.token(token.id).await.unwrap().as_ref(), Some(token));
        assert_eq!(session.token_by_hash(&hash(n)).await.unwrap().as_ref(), Some(token));
    }
    assert_eq!(session.tokens(user, ALL).await.unwrap(), tokens[..3]);
    assert_eq!(session.tokens(UserId(bed.id()), ALL).await.unwrap(), []);
    assert_eq!(session.token(TokenId(bed.id())).await.unwrap(), None);
    for nobodys in [hash(9), String::new(), "%".to_owned(), UNICODE.to_owned()] {
        assert_eq!(session.token_by_hash(&nobodys).await.unwrap(), None, "{nobodys}");
    }
}

async fn unique_by_hash(bed: Bed) {
    let first = token(&bed, UserId(bed.id()));
    insert(&bed, std::slice::from_ref(&first)).await;
    let mut session = bed.write().await;
    let twin = token(&bed, UserId(bed.id()));
    assert_eq!(session.insert_token(&twin, &hash(0)).await, Err(StoreError::Duplicate("token")));
    drop(session);
    let mut session = bed.write().await;
    assert_eq!(session.insert_token(&first, &hash(1)).await, Err(StoreError::Duplicate("id")));
}

async fn revoked_once(bed: Bed) {
    let (one, other) = (token(&bed, UserId(bed.id())), token(&bed, UserId(bed.id())));
    insert(&bed, &[one.clone(), other.clone()]).await;
    let mut session = bed.write().await;
    assert!(session.revoke_token(one.id, at(1)).await.unwrap());
    assert!(!session.revoke_token(one.id, at(2)).await.unwrap(), "it was");
    assert!(!session.revoke_token(TokenId(bed.id()), at(2)).await.unwrap(), "there is none");
    session.commit().await.unwrap();
    let mut session = bed.read().await;
    assert_eq!(
        session.token_by_hash(&hash(0)).await.unwrap(),
        Some(ApiToken { revoked_at: Some(at(1)), ..one }),
    );
    assert_eq!(session.token(other.id).await.unwrap(), Some(other));
}

async fn noted_once_in_a_while(bed: Bed) {
    let token = token(&bed, UserId(bed.id()));
    insert(&bed, std::slice::from_ref(&token)).await;
    let hour = |n: i64| (at(n), at(n) - TimeDelta::minutes(30));
    let mut session = bed.write().await;
    for what in [TokenUse::Refused, TokenUse::Accepted] {
        let (now, since) = hour(1);
        assert!(session.note_token(token.id, what, now, since).await.unwrap(), "{what:?}");
        assert!(!session.note_token(token.id, what, now + TimeDelta::minutes(1), since).await.unwrap());
        let (now, _) = hour(2);
        assert!(
            session.note_token(token.id, what, now, at(1)).await.unwrap(),
            "the bound itself is long ago"
        );
        assert!(!session.note_token(TokenId(bed.id()), what, now, since).await.unwrap(), "there is none");
    }
    session.commit().await.unwrap();
    let kept = bed.read().await.token(token.id).await.unwrap();
    assert_eq!(kept, Some(ApiToken { last_used_at: Some(at(2)), ..token }));
}

async fn makers(bed: Bed) {
    let (one, two, boss) = (UserId(bed.id()), UserId(bed.id()), UserId(bed.id()));
    let by = |user, maker| ApiToken { created_by: maker, revoked_at: Some(at(1)), ..token(&bed, user) };
    insert(&bed, &[by(one, Some(boss)), by(one, Some(boss)), by(one, None), by(two, Some(two))]).await;
    let mut session = bed.read().await;
    assert_eq!(session.token_makers(&[one]).await.unwrap(), [boss]);
    let mut both = session.token_makers(&[two, one, one]).await.unwrap();
    both.sort_unstable();
    assert_eq!(both, [two, boss]);
    assert_eq!(session.token_makers(&[boss]).await.unwrap(), []);
    assert_eq!(session.token_makers(&[]).await.unwrap(), []);
}

async fn pages(bed: Bed) {
    let user = UserId(bed.id());
    let mut tokens = Vec::new();
    for n in 0..7 {
        tokens.push(token(&bed, user));
        tokens.extend((n % 2 == 0).then(|| token(&bed, UserId(bed.id()))));
    }
    insert(&bed, &tokens).await;
    tokens.retain(|token| token.user_id == user);
    for limit in [1, 2, 3, 7, 8] {
        let walked = walk!(bed, limit, |session, page| session.tokens(user, page), |token| Cursor {
            key: 0,
            id: token.id.0
        });
        assert_eq!(walked, tokens, "by {limit}");
    }
}
