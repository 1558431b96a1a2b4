//! Users: who manages them, the last admin, passwords, tokens.

use chrono::TimeDelta;

use super::world::*;
use crate::{
    error::Error,
    hub::{NewUser, UserPatch},
    model::{JobType, Role, Theme, UserId, UserKind},
};

fn new(username: &str) -> NewUser {
    NewUser {
        username: username.to_owned(),
        password: Some("long enough".to_owned()),
        email: "x@uhub.local".to_owned(),
        display_name: "X".to_owned(),
        kind: UserKind::Person,
        role: Role::Dev,
        theme: None,
    }
}

#[test]
fn only_admins_manage_users() {
    let world = World::new();
    for user in [&world.owner, &world.ops, &world.dev] {
        let denied = format!("rbac.user.manage.{}", user.role);
        assert_eq!(rule(go(world.by(user).create_user(new("somebody")))), denied);
        let patch = UserPatch { display_name: Some("Y".to_owned()), ..UserPatch::default() };
        assert_eq!(rule(go(world.by(user).update_user(world.dev2.id, patch, None))), denied);
        let password = UserPatch { password: Some("taken over".to_owned()), ..UserPatch::default() };
        assert_eq!(rule(go(world.by(user).update_user(world.admin.id, password, None))), denied);
        let missing = go(world.by(user).update_user(UserId(world.hub.new_id()), UserPatch::default(), None));
        assert_eq!(missing.unwrap_err(), Error::NotFound { what: "user" });
    }
    let made = go(world.by(&world.admin).create_user(new("somebody"))).unwrap();
    assert_eq!((made.theme, made.is_active), (Theme::Dark, true));
    let again = go(world.by(&world.admin).create_user(new("SOMEBODY"))).unwrap_err();
    assert_eq!(again, Error::Exists { field: "username" });
    for name in ["ѕomebody", "some\u{200B}body", "", "a b"] {
        assert!(go(world.by(&world.admin).create_user(new(name))).is_err(), "{name:?}");
    }
    let short = NewUser { password: Some("short".to_owned()), ..new("short") };
    assert_eq!(field(go(world.by(&world.admin).create_user(short))), "password");
}

#[test]
fn r33_ones_own_profile_is_name_theme_and_password_never_role_nor_activity() {
    let world = World::new();
    let edit = |patch| go(world.by(&world.dev).update_user(world.dev.id, patch, None));
    let profile = UserPatch {
        display_name: Some("Chloé".to_owned()),
        theme: Some(Theme::Light),
        ..UserPatch::default()
    };
    let changed = edit(profile).unwrap();
    assert_eq!((changed.display_name.as_str(), changed.theme), ("Chloé", Theme::Light));
    let forbidden = [
        UserPatch { role: Some(Role::Admin), ..UserPatch::default() },
        UserPatch { role: Some(Role::Dev), ..UserPatch::default() },
        UserPatch { is_active: Some(true), ..UserPatch::default() },
        UserPatch { username: Some("root".to_owned()), ..UserPatch::default() },
        UserPatch { email: Some("y@uhub.local".to_owned()), ..UserPatch::default() },
        UserPatch { theme: Some(Theme::Dark), role: Some(Role::Admin), ..UserPatch::default() },
    ];
    for patch in forbidden {
        assert_eq!(rule(edit(patch.clone())), "rbac.user.manage.dev", "{patch:?}");
    }
    assert_eq!(world.by(&world.dev).me().role, Role::Dev);
}

#[test]
fn a_new_password_needs_the_old_one_and_ends_older_sessions() {
    let world = World::new();
    let edit = |current: Option<&str>| {
        let patch = UserPatch {
            password: Some("another one".to_owned()),
            current_password: current.map(str::to_owned),
            ..UserPatch::default()
        };
        go(world.by(&world.dev).update_user(world.dev.id, patch, None))
    };
    assert_eq!(field(edit(None)), "current_password");
    assert_eq!(field(edit(Some("wrong"))), "current_password");
    assert_eq!(field(edit(Some(&"x".repeat(2000)))), "current_password");
    let issued = world.now();
    world.clock.advance(TimeDelta::seconds(5));
    edit(Some("dev-password")).unwrap();
    assert_eq!(go(world.hub.authenticate(world.dev.id, issued)), Err(Error::Unauthenticated));
    assert!(go(world.hub.authenticate(world.dev.id, world.now())).is_ok());
    assert_eq!(go(world.hub.sign_in("dev", "dev-password")), Err(Error::Unauthenticated));
    assert_eq!(go(world.hub.sign_in("DEV", "another one")).unwrap().id, world.dev.id);
}

#[test]
fn r33_the_last_admin_stays() {
    let world = World::new();
    let demote = UserPatch { role: Some(Role::Dev), ..UserPatch::default() };
    let close = UserPatch { is_active: Some(false), ..UserPatch::default() };
    let edit = |by, of: &crate::model::User, patch: &UserPatch| {
        rule(go(world.by(by).update_user(of.id, patch.clone(), None)))
    };
    assert_eq!(edit(&world.admin, &world.admin2, &demote), "allowed");
    for patch in [&demote, &close] {
        assert_eq!(edit(&world.admin, &world.admin, patch), "account.last_admin");
    }
    // An admin whose account is closed is none.
    let promote = UserPatch { role: Some(Role::Admin), is_active: Some(false), ..UserPatch::default() };
    assert_eq!(edit(&world.admin, &world.dev, &promote), "allowed");
    assert_eq!(edit(&world.admin, &world.admin, &close), "account.last_admin");
    let open = UserPatch { is_active: Some(true), ..UserPatch::default() };
    assert_eq!(edit(&world.admin, &world.dev, &open), "allowed");
    assert_eq!(edit(&world.admin, &world.admin, &close), "allowed");
    assert_eq!(edit(&world.admin, &world.dev, &demote), "account.inactive");
    assert_eq!(edit(&world.dev, &world.dev, &close), "account.last_admin");
}

#[test]
fn r28_a_deactivated_user_does_nothing_from_the_next_request_on() {
    let world = World::new();
    let job = world.create(&world.dev, world.new_job(JobType::Dev, None, 2));
    // What a server made for an earlier request, with what it knew then.
    let stale = world.by(&world.dev);
    let token = go(stale.new_calendar_token()).unwrap();
    assert_eq!(go(world.hub.calendar_token_owner(&token)).unwrap().unwrap().id, world.dev.id);
    world.deactivate(&world.dev);
    assert_eq!(go(world.hub.authenticate(world.dev.id, world.now())), Err(Error::Unauthenticated));
    assert_eq!(go(world.hub.sign_in("dev", "dev-password")), Err(Error::Unauthenticated));
    assert_eq!(go(world.hub.calendar_token_owner(&token)).unwrap(), None);
    let closed = "account.inactive";
    assert_eq!(rule(go(stale.create_job(world.new_job(JobType::Dev, None, 2), None))), closed);
    assert_eq!(rule(go(stale.cancel_job(job.id, None))), closed);
    assert_eq!(rule(go(stale.mark_done(job.id))), closed);
    let theme = UserPatch { theme: Some(Theme::Light), ..UserPatch::default() };
    assert_eq!(rule(go(stale.update_user(world.dev.id, theme, None))), closed);
    assert_eq!(rule(go(stale.new_calendar_token())), closed);
    assert_eq!(rule(go(world.by(&world.dev).job(job.id))), closed, "reads too");
}

#[test]
fn r28_a_role_is_what_it_is_now_not_what_a_token_says() {
    let world = World::new();
    let stale = world.by(&world.admin2);
    world.set_role(&world.admin2, Role::Dev);
    assert_eq!(rule(go(stale.create_user(new("friend")))), "rbac.user.manage.dev");
    assert_eq!(
        rule(go(stale.create_freeze(world.new_freeze(&[], 0, 1), false))),
        "Invalid { field: \"tiers\", reason: \"name at least one tier or environment\" }"
    );
    let freeze = world.new_freeze(&[crate::model::Tier::Prod], 0, 1);
    assert_eq!(rule(go(stale.create_freeze(freeze, false))), "rbac.project.policy.dev");
    assert_eq!(rule(go(stale.import_demo(&crate::hub::DemoData::default()))), "rbac.hub.manage.dev");
    assert_eq!(go(world.hub.authenticate(world.admin2.id, world.now())).unwrap().role, Role::Dev);
}

#[test]
fn signing_in_is_audited_either_way_and_names_no_unknown_name() {
    let world = World::new();
    go(world.hub.sign_in("ops", "ops-password")).unwrap();
    assert_eq!(go(world.hub.sign_in("ops", "wrong")), Err(Error::Unauthenticated));
    assert_eq!(go(world.hub.sign_in("my-secret-password", "x")), Err(Error::Unauthenticated));
    let logins: Vec<_> = world
        .audit()
        .into_iter()
        .rev()
        .map(|row| row.entry)
        .filter(|entry| entry.action == "auth.login")
        .map(|entry| (entry.actor, entry.decision))
        .collect();
    let expected = [("ops", "allow"), ("ops", "deny"), ("unknown user", "deny")];
    assert_eq!(logins, expected.map(|(who, what)| (who.to_owned(), what.to_owned())));
}

#[test]
fn the_first_admin_is_made_once() {
    let world = World::new();
    assert!(go(world.hub.has_users()).unwrap());
    assert!(matches!(go(world.hub.bootstrap_admin(new("second"))), Err(Error::Unfit(_))));
}

#[test]
fn a_calendar_token_is_replaced_and_revoked() {
    let world = World::new();
    let dev = world.by(&world.dev);
    let (first, second) = (go(dev.new_calendar_token()).unwrap(), go(dev.new_calendar_token()).unwrap());
    assert_ne!(first, second);
    assert_eq!(go(world.hub.calendar_token_owner(&first)).unwrap(), None);
    assert!(go(world.hub.calendar_token_owner(&second)).unwrap().is_some());
    go(dev.revoke_calendar_token()).unwrap();
    assert_eq!(go(world.hub.calendar_token_owner(&second)).unwrap(), None);
    assert!(!world.everything().contains(&second), "only its hash is kept");
}

#[test]
fn r28_ending_all_sessions_ends_those_of_the_same_second_too() {
    let world = World::new();
    let before = world.now();
    world.clock.advance(TimeDelta::milliseconds(1));
    go(world.by(&world.dev).end_sessions()).unwrap();
    assert_eq!(go(world.hub.authenticate(world.dev.id, before)), Err(Error::Unauthenticated));
    assert!(go(world.hub.authenticate(world.dev.id, world.now())).is_ok(), "who signs in now is in");
    assert!(go(world.hub.authenticate(world.ops.id, before)).is_ok(), "others are not concerned");
    let entry =
        world.audit().into_iter().map(|row| row.entry).find(|entry| entry.action == "user.sessions.end");
    let entry = entry.unwrap();
    assert_eq!((entry.actor.as_str(), entry.decision.as_str()), ("dev", "allow"));
    let stale = world.by(&world.dev);
    world.deactivate(&world.dev);
    assert_eq!(rule(go(stale.end_sessions())), "account.inactive");
}
