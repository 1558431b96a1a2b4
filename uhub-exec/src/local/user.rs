//! As whom programs run.

use std::ffi::CString;

use nix::unistd::{Gid, Group, Uid, User, getgrouplist};

use super::config::ConfigError;
use crate::supervise::wire::{Identity, MAX_GROUPS};

/// Looks up `user[:group]`; `None` where no change is needed.
pub(super) fn identity(text: &str) -> Result<Option<Identity>, ConfigError> {
    let wrong = |reason: &str| ConfigError::User { user: text.to_owned(), reason: reason.to_owned() };
    let (user, group) = text.split_once(':').map_or((text, None), |(user, group)| (user, Some(group)));
    let known = match user.parse() {
        Ok(number) => User::from_uid(Uid::from_raw(number)),
        Err(_) => User::from_name(user),
    };
    let known = known.map_err(|error| wrong(error.desc()))?;
    let uid = match (&known, user.parse::<u32>()) {
        (Some(known), _) => known.uid,
        (None, Ok(number)) => Uid::from_raw(number),
        (None, Err(_)) => return Err(wrong("there is no such user")),
    };
    let gid = match (group, &known) {
        (None, Some(known)) => known.gid,
        (None, None) => {
            return Err(wrong("has no entry in the user database: name its group, too (`uid:gid`)"));
        }
        (Some(group), _) => match group.parse() {
            Ok(number) => Gid::from_raw(number),
            Err(_) => match Group::from_name(group).map_err(|error| wrong(error.desc()))? {
                Some(group) => group.gid,
                None => return Err(wrong("there is no such group")),
            },
        },
    };
    // -1 tells the kernel "leave it as it is".
    if uid.as_raw() == u32::MAX || gid.as_raw() == u32::MAX {
        return Err(wrong("is not a possible number"));
    }
    let me = Uid::effective();
    if !me.is_root() {
        return if me == uid && Gid::effective() == gid {
            Ok(None)
        } else {
            Err(wrong("only a worker that runs as root can run programs as another user"))
        };
    }
    let groups = match known.map(|known| CString::new(known.name)) {
        Some(Ok(name)) => getgrouplist(&name, gid).map_err(|error| wrong(error.desc()))?,
        _ => vec![gid],
    };
    if groups.len() > MAX_GROUPS {
        return Err(wrong("is in too many groups"));
    }
    let groups = groups.into_iter().map(Gid::as_raw).collect();
    Ok(Some(Identity { uid: uid.as_raw(), gid: gid.as_raw(), groups }))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

    use super::*;

    #[test]
    fn users_are_found_by_name_and_number_and_nobody_else_is_made_up() {
        let me = Uid::effective();
        if me.is_root() {
            let nobody = User::from_name("nobody").unwrap().unwrap();
            let (uid, gid) = (nobody.uid.as_raw(), nobody.gid.as_raw());
            for text in
                ["nobody".to_owned(), uid.to_string(), format!("nobody:{gid}"), format!("{uid}:{gid}")]
            {
                let found = identity(&text).unwrap().unwrap();
                assert_eq!((found.uid, found.gid), (uid, gid), "{text}");
                assert!(!found.groups.contains(&0), "{text} keeps a group of root");
            }
        } else {
            let own = format!("{me}:{}", Gid::effective());
            assert_eq!(identity(&own).unwrap(), None);
            assert!(identity("0:0").unwrap_err().to_string().contains("only a worker that runs as root"));
        }
        assert!(identity("no-such-user-here").unwrap_err().to_string().contains("no such user"));
        assert!(identity("0:no-such-group-here").unwrap_err().to_string().contains("no such group"));
        assert!(identity("4294967295:1").is_err());
    }
}
