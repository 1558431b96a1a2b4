//! Service accounts and API tokens: who makes them, what they are good for, and when they are worth nothing.

use chrono::TimeDelta;

use super::world::*;
use crate::{
    error::Error,
    hub::{
        Acting, JobOutcome, JobPatch, JobUpdate, Launch, MadeToken, NewJob, NewToken, NewUser, TokenDigest,
        UserPatch,
    },
    model::{JobType, Role, Scope, Scopes, User, UserId, UserKind},
    ports::store::Page,
    rbac::Effect,
};

fn scopes(of: &[Scope]) -> Scopes {
    of.iter().copied().collect()
}

fn new(of: &[Scope]) -> NewToken {
    NewToken { name: "ci".to_owned(), scopes: scopes(of), expires_at: None }
}

impl World {
    fn service(&self, username: &str, role: Role) -> User {
        let new = NewUser {
            username: username.to_owned(),
            password: None,
            email: "ci@uhub.local".to_owned(),
            display_name: "CI".to_owned(),
            kind: UserKind::Service,
            role,
            theme: None,
        };
        go(self.by(&self.admin).create_user(new)).unwrap()
    }

    fn token(&self, by: &User, of: &User, good_for: &[Scope]) -> MadeToken {
        go(self.by(by).create_token(of.id, new(good_for))).unwrap()
    }

    /// Whoever comes with this token, as a server would let them in.
    fn come(&self, secret: &str) -> crate::Result<Acting> {
        let digest = TokenDigest::of(secret).ok_or(Error::Unauthenticated)?;
        go(self.hub.authenticate_token(&digest)).map(|(user, token)| self.hub.acting_by_token(&user, &token))
    }

    fn actions(&self) -> Vec<(String, String, String)> {
        let rows = self.audit().into_iter().rev().map(|row| row.entry);
        rows.map(|entry| (entry.actor, entry.action, entry.decision)).collect()
    }
}

#[test]
fn r25_a_token_is_shown_once_and_only_its_hash_is_kept() {
    let world = World::new();
    let made = world.token(&world.dev, &world.dev, &[Scope::Read]);
    assert_eq!((made.secret.len(), &made.secret[..5]), (69, "uhub_"));
    assert_eq!(made.token.prefix, made.secret[..13]);
    let again = world.token(&world.dev, &world.dev, &[Scope::Read]);
    assert_ne!(made.secret, again.secret);
    assert_eq!(world.come(&made.secret).unwrap().me().id, world.dev.id);
    world.come(&made.secret).unwrap();

    let everything = world.everything();
    assert!(!everything.contains(&made.secret[13..]), "neither in the store nor in the audit");
    let listed = go(world.by(&world.dev).tokens(world.dev.id, Page::first(10))).unwrap();
    assert_eq!(listed.iter().map(|token| token.id).collect::<Vec<_>>(), [made.token.id, again.token.id]);
    let digest = TokenDigest::of(&made.secret).unwrap();
    for shown in [format!("{listed:?}"), format!("{made:?}"), format!("{digest:?}")] {
        assert!(!shown.contains(&made.secret[13..]), "{shown}");
    }
    let hash = crate::approval::hex(&<sha2::Sha256 as sha2::Digest>::digest(made.secret.as_bytes()));
    assert!(!format!("{listed:?}{digest:?}{:?}", world.audit()).contains(&hash));
}

#[test]
fn what_is_no_token_lets_nobody_in() {
    let world = World::new();
    let made = world.token(&world.dev, &world.dev, &[Scope::Read]);
    let other = made.secret.replace(['a', 'b'], "c");
    let upper = made.secret.to_uppercase();
    for wrong in ["", "uhub_", &made.token.prefix, &other, &upper, &made.secret[..68], &made.secret[5..]] {
        assert_eq!(world.come(wrong).map(drop), Err(Error::Unauthenticated), "{wrong}");
    }
    assert_eq!(world.come(&format!("{}0", made.secret)).map(drop), Err(Error::Unauthenticated));
}

#[test]
fn a_service_account_has_no_password_and_does_not_sign_in() {
    let world = World::new();
    let bot = world.service("ci-bot", Role::Ops);
    assert_eq!(bot.kind, UserKind::Service);
    for password in ["", "ci-bot", "anything at all"] {
        assert_eq!(go(world.hub.sign_in("ci-bot", password)), Err(Error::Unauthenticated));
    }
    let patch = UserPatch { password: Some("long enough".to_owned()), ..UserPatch::default() };
    assert_eq!(field(go(world.by(&world.admin).update_user(bot.id, patch, None))), "password");
    let operator = world.hub.as_operator("cli");
    assert_eq!(field(go(operator.set_password("ci-bot", "long enough"))), "password");
    let with_password = NewUser {
        username: "bot-2".to_owned(),
        password: Some("long enough".to_owned()),
        email: "ci@uhub.local".to_owned(),
        display_name: "CI".to_owned(),
        kind: UserKind::Service,
        role: Role::Ops,
        theme: None,
    };
    assert_eq!(field(go(operator.create_user(with_password))), "password");
}

#[test]
fn r33_a_service_account_is_nobodys_last_admin() {
    let world = World::new();
    let bot = world.service("ci-bot", Role::Admin);
    let close = UserPatch { is_active: Some(false), ..UserPatch::default() };
    let edit = |by: &User, of: &User| rule(go(world.by(by).update_user(of.id, close.clone(), None)));
    assert_eq!(edit(&world.admin, &world.admin2), "allowed");
    assert_eq!(edit(&world.admin, &world.admin), "account.last_admin");
    assert_eq!(edit(&world.admin, &bot), "allowed", "it may go: it counts for nothing");
}

#[test]
fn r36_a_machine_is_no_second_person_nor_is_who_holds_its_token() {
    let world = World::new();
    let bot = world.service("ci-bot", Role::Admin);
    let made = world.token(&world.admin, &bot, &[Scope::Read, Scope::Plan, Scope::Run]);
    let ci = world.come(&made.secret).unwrap();
    let all = go(world.by(&world.admin).create_token(bot.id, new(&[Scope::Approve])));
    assert_eq!(field(all), "scopes", "no token of it is good for approving");

    let deploy = |hour| world.create(&world.owner, world.new_deploy("prod", hour)).id;
    let (_, asked) = waiting(world.launch(&world.ops, deploy(20)));
    let decided = go(world.hub.acting_as(&bot).approve(asked.id, None));
    assert_eq!(rule(decided), "account.service", "also where a host vouches for it");
    assert_eq!(rule(go(ci.approve(asked.id, None))), "account.service");
    assert_eq!(rule(go(ci.reject(asked.id, "no".to_owned()))), "account.service");

    let (_, asked) = waiting(go(ci.launch(deploy(30), Launch::default(), None)));
    assert_eq!(asked.requested_by, bot.id);
    let second = "approval.second_person";
    assert_eq!(rule(go(world.by(&world.admin).approve(asked.id, None))), second, "who made its token");
    assert_eq!(rule(go(world.by(&world.admin).reject(asked.id, "no".to_owned()))), second);
    go(world.by(&world.admin).revoke_token(bot.id, made.token.id)).unwrap();
    assert_eq!(rule(go(world.by(&world.admin).approve(asked.id, None))), second, "revoked or not");
    assert_eq!(rule(go(world.by(&world.admin2).approve(asked.id, None))), "allowed");
}

#[test]
fn a_token_does_what_it_is_good_for_and_no_more() {
    let world = World::new();
    let job = world.create(&world.ops, world.new_job(JobType::Ops, Some("staging"), 2));
    let made = world.token(&world.ops, &world.ops, &[Scope::Read]);
    let reader = world.come(&made.secret).unwrap();
    assert!(go(reader.job(job.id)).is_ok());
    let plan = "token.scope.plan";
    assert_eq!(rule(go(reader.create_job(world.new_job(JobType::Ops, Some("staging"), 2), None))), plan);
    let title = JobPatch { title: Some("x".to_owned()), ..JobPatch::default() };
    for how in [JobUpdate::default(), JobUpdate { dry_run: true, ..JobUpdate::default() }] {
        assert_eq!(rule(go(reader.update_job(job.id, title.clone(), how))), plan);
    }
    assert_eq!(rule(go(reader.cancel_job(job.id, None))), plan);
    assert_eq!(rule(go(reader.mark_done(job.id))), plan);
    let view = go(reader.job(job.id)).unwrap();
    assert_eq!(view.editable.rule.to_string(), plan, "what is greyed out is what is refused");
    assert_eq!(view.can_launch.rule.to_string(), "token.scope.run");

    let made = world.token(&world.ops, &world.ops, &[Scope::Plan]);
    let planner = world.come(&made.secret).unwrap();
    assert_eq!(rule(go(planner.job(job.id))), "token.scope.read");
    assert!(go(planner.update_job(job.id, title, JobUpdate::default())).is_ok());
    let prod = world.new_job(JobType::Dev, Some("prod"), 2);
    assert_eq!(rule(go(planner.create_job(prod, None))), "rbac.job.prod.ops", "the role is the bound");
}

#[test]
fn the_permissions_tell_who_may_ask_to_break_glass() {
    let world = World::new();
    let glass = |acting: Acting| acting.permissions().0["break_glass"];
    for user in [&world.projets, &world.ops, &world.dev] {
        assert_eq!(glass(world.by(user)), Effect::Deny, "{}", user.username);
    }
    assert_eq!(glass(world.by(&world.admin)), Effect::NeedsApproval, "a second person approves");
    assert_eq!(glass(world.by(&world.service("ci-bot", Role::Admin))), Effect::Deny);
    for (scopes, found) in [
        (&[Scope::Read, Scope::Plan, Scope::Run][..], Effect::Deny),
        (&[Scope::Read, Scope::Admin][..], Effect::NeedsApproval),
    ] {
        let made = world.token(&world.admin, &world.admin, scopes);
        assert_eq!(glass(world.come(&made.secret).unwrap()), found, "{scopes:?}");
    }
}

#[test]
fn what_starts_by_itself_needs_a_token_that_may_launch() {
    let world = World::new();
    let starting = NewJob { auto_start: Some(true), ..world.new_deploy("staging", 2) };
    let made = world.token(&world.ops, &world.ops, &[Scope::Plan]);
    let planner = world.come(&made.secret).unwrap();
    assert_eq!(rule(go(planner.create_job(starting.clone(), None))), "token.scope.run");
    let calm = NewJob { auto_start: Some(false), ..starting.clone() };
    let Ok(JobOutcome::Done(view)) = go(planner.create_job(calm, None)) else { panic!("planned") };
    let start = JobPatch { auto_start: Some(true), ..JobPatch::default() };
    assert_eq!(rule(go(planner.update_job(view.job.id, start, JobUpdate::default()))), "token.scope.run");
    let made = world.token(&world.ops, &world.ops, &[Scope::Plan, Scope::Run]);
    assert!(go(world.come(&made.secret).unwrap().create_job(starting, None)).is_ok());
}

#[test]
fn a_token_makes_no_tokens_and_sets_no_passwords() {
    let world = World::new();
    let bot = world.service("ci-bot", Role::Admin);
    let all = world.token(&world.admin, &world.admin, Scope::ALL);
    let acting = world.come(&all.secret).unwrap();
    let credentials = "token.credentials";
    for of in [&world.admin, &bot] {
        assert_eq!(rule(go(acting.create_token(of.id, new(&[Scope::Read])))), credentials);
    }
    assert_eq!(rule(go(acting.new_calendar_token())), credentials);
    for (of, current) in [(&world.admin, Some("admin-password".to_owned())), (&world.dev, None)] {
        let password = Some("long enough".to_owned());
        let patch = UserPatch { password, current_password: current, ..UserPatch::default() };
        assert_eq!(rule(go(acting.update_user(of.id, patch, None))), credentials);
    }
    let person = NewUser {
        username: "friend".to_owned(),
        password: Some("long enough".to_owned()),
        email: "f@uhub.local".to_owned(),
        display_name: "F".to_owned(),
        kind: UserKind::Person,
        role: Role::Admin,
        theme: None,
    };
    assert_eq!(rule(go(acting.create_user(person.clone()))), credentials);
    assert!(go(acting.create_user(NewUser { password: None, ..person })).is_ok());
    assert_eq!(rule(go(acting.import_demo(&crate::hub::DemoData::default()))), credentials);
    assert!(go(acting.revoke_token(world.admin.id, all.token.id)).is_ok(), "it may end itself");
}

#[test]
fn r32_tokens_are_ones_own_or_for_admins() {
    let world = World::new();
    let bot = world.service("ci-bot", Role::Dev);
    let own = world.token(&world.dev, &world.dev, &[Scope::Read]);
    let bots = world.token(&world.admin, &bot, &[Scope::Read]);
    let page = Page::first(10);
    let manage = "rbac.user.manage.dev";
    for of in [&world.admin, &bot, &world.dev2] {
        assert_eq!(rule(go(world.by(&world.dev).tokens(of.id, page))), manage);
        assert_eq!(rule(go(world.by(&world.dev).create_token(of.id, new(&[Scope::Read])))), manage);
    }
    assert_eq!(rule(go(world.by(&world.dev).revoke_token(bot.id, bots.token.id))), manage);
    let missing = |what| Error::NotFound { what };
    let acting = world.by(&world.dev);
    let elsewhere = go(acting.revoke_token(world.dev.id, bots.token.id)).unwrap_err();
    assert_eq!(elsewhere, missing("token"), "another's token under one's own id");
    let nobody = UserId(world.hub.new_id());
    assert_eq!(go(acting.tokens(nobody, page)).unwrap_err(), missing("user"));
    assert_eq!(go(acting.create_token(nobody, new(&[Scope::Read]))).unwrap_err(), missing("user"));
    assert_eq!(go(acting.revoke_token(nobody, own.token.id)).unwrap_err(), missing("user"));

    let admin = world.by(&world.admin);
    assert_eq!(rule(go(admin.create_token(world.dev.id, new(&[Scope::Read])))), "token.own");
    assert_eq!(go(admin.tokens(world.dev.id, page)).unwrap().len(), 1);
    go(admin.revoke_token(world.dev.id, own.token.id)).unwrap();
    assert!(world.come(&own.secret).is_err(), "an admin ends anybody's");
    let operator = world.hub.as_operator("cli");
    assert_eq!(rule(go(operator.create_token("dev", new(&[Scope::Read])))), "token.own");
}

#[test]
fn a_token_to_make_is_checked() {
    let world = World::new();
    let make = |new| go(world.by(&world.dev).create_token(world.dev.id, new));
    assert_eq!(field(make(new(&[]))), "scopes");
    assert_eq!(field(make(NewToken { name: " ".to_owned(), ..new(&[Scope::Read]) })), "name");
    for end in [world.now(), world.now() - TimeDelta::days(1), crate::model::LATEST + TimeDelta::days(1)] {
        assert_eq!(field(make(NewToken { expires_at: Some(end), ..new(&[Scope::Read]) })), "expires_at");
    }
    let bot = world.service("ci-bot", Role::Dev);
    world.deactivate(&bot);
    let closed = go(world.by(&world.admin).create_token(bot.id, new(&[Scope::Read])));
    assert!(matches!(closed, Err(Error::Unfit(_))), "{closed:?}");
}

#[test]
fn r28_revoked_expired_and_closed_count_from_the_next_request_on() {
    let world = World::new();
    let bot = world.service("ci-bot", Role::Ops);
    let by = |end: Option<TimeDelta>| {
        let new = NewToken { expires_at: end.map(|end| world.now() + end), ..new(&[Scope::Read]) };
        go(world.by(&world.admin).create_token(bot.id, new)).unwrap()
    };
    let (revoked, short, long) = (by(None), by(Some(TimeDelta::minutes(1))), by(None));
    for one in [&revoked, &short, &long] {
        assert!(world.come(&one.secret).is_ok());
    }
    go(world.by(&world.admin2).revoke_token(bot.id, revoked.token.id)).unwrap();
    assert!(world.come(&revoked.secret).is_err());
    go(world.by(&world.admin2).revoke_token(bot.id, revoked.token.id)).unwrap();
    world.clock.advance(TimeDelta::seconds(59));
    assert!(world.come(&short.secret).is_ok());
    world.clock.advance(TimeDelta::seconds(1));
    assert!(world.come(&short.secret).is_err(), "the end itself is over");
    assert!(world.come(&long.secret).is_ok());
    // What a server made for an earlier request, with what it knew then.
    let stale = world.come(&long.secret).unwrap();
    world.deactivate(&bot);
    assert!(world.come(&long.secret).is_err());
    assert_eq!(
        rule(go(stale.create_job(world.new_job(JobType::Ops, Some("staging"), 2), None))),
        "account.inactive"
    );

    let mut uses: Vec<_> =
        world.actions().into_iter().filter(|(_, action, _)| action.starts_with("token.")).collect();
    let named = |made: &MadeToken| format!("ci-bot ({})", made.token.prefix);
    let refused = |made| (named(made), "token.use".to_owned(), "deny".to_owned());
    assert_eq!(
        uses.split_off(3),
        [
            ("admin2".to_owned(), "token.revoke".to_owned(), "allow".to_owned()),
            refused(&revoked),
            refused(&short),
            refused(&long),
        ]
    );
}

#[test]
fn r25_a_refused_token_that_goes_on_trying_fills_no_audit() {
    let world = World::new();
    let made = world.token(&world.dev, &world.dev, &[Scope::Read]);
    go(world.by(&world.dev).revoke_token(world.dev.id, made.token.id)).unwrap();
    let refused = || world.actions().iter().filter(|(_, action, _)| action == "token.use").count();
    for _ in 0..5 {
        assert!(world.come(&made.secret).is_err());
        world.clock.advance(TimeDelta::minutes(1));
    }
    assert_eq!(refused(), 1);
    world.clock.advance(TimeDelta::minutes(5));
    assert!(world.come(&made.secret).is_err());
    assert_eq!(refused(), 2);
}

#[test]
fn that_a_token_was_used_is_written_once_in_a_while() {
    let world = World::new();
    let made = world.token(&world.dev, &world.dev, &[Scope::Read]);
    let last = || go(world.by(&world.dev).tokens(world.dev.id, Page::first(1))).unwrap()[0].last_used_at;
    assert_eq!(last(), None);
    world.come(&made.secret).unwrap();
    let first = world.now();
    assert_eq!(last(), Some(first));
    world.clock.advance(TimeDelta::minutes(9));
    world.come(&made.secret).unwrap();
    assert_eq!(last(), Some(first));
    world.clock.advance(TimeDelta::minutes(1));
    world.come(&made.secret).unwrap();
    assert_eq!(last(), Some(world.now()));
    // A store that takes no write lets nobody wait outside.
    world.clock.advance(TimeDelta::minutes(10));
    world.store.fail("note_token", crate::ports::store::StoreError::Unavailable("full".to_owned()));
    assert!(world.come(&made.secret).is_ok());
}

#[test]
fn a_new_password_ends_sessions_and_leaves_tokens() {
    let world = World::new();
    let made = world.token(&world.dev, &world.dev, &[Scope::Read]);
    let before = world.now();
    world.clock.advance(TimeDelta::seconds(5));
    go(world.hub.as_operator("cli").set_password("dev", "another one")).unwrap();
    assert!(go(world.hub.authenticate(world.dev.id, before)).is_err());
    assert!(world.come(&made.secret).is_ok());
    go(world.by(&world.dev).end_sessions()).unwrap();
    assert!(world.come(&made.secret).is_ok());
}

#[test]
fn the_audit_names_account_and_token() {
    let world = World::new();
    let bot = world.service("ci-bot", Role::Ops);
    let made = world.token(&world.admin, &bot, &[Scope::Plan]);
    let ci = world.come(&made.secret).unwrap();
    go(ci.create_job(world.new_job(JobType::Ops, Some("staging"), 2), None)).unwrap();
    let entry = world.audit().into_iter().map(|row| row.entry).find(|entry| entry.action == "job.create");
    let entry = entry.unwrap();
    assert_eq!((entry.actor_id, entry.actor), (Some(bot.id), format!("ci-bot ({})", made.token.prefix)));
}

#[test]
fn the_machines_administrator_makes_and_revokes_tokens_of_machines() {
    let world = World::new();
    let bot = world.service("ci-bot", Role::Ops);
    let operator = world.hub.as_operator("cli");
    let made = go(operator.create_token("CI-bot", new(&[Scope::Read]))).unwrap();
    assert_eq!((made.token.user_id, made.token.created_by), (bot.id, None));
    assert!(world.come(&made.secret).is_ok());
    assert_eq!(go(operator.tokens("ci-bot", Page::first(10))).unwrap().len(), 1);
    let missing = Error::NotFound { what: "token" };
    assert_eq!(go(operator.revoke_token("ci-bot", "uhub_")).unwrap_err(), missing);
    assert_eq!(go(operator.revoke_token("dev", &made.token.prefix)).unwrap_err(), missing);
    go(operator.revoke_token("ci-bot", &made.token.prefix)).unwrap();
    assert!(world.come(&made.secret).is_err());
}
