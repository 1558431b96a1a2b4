//! Names and handles.

use super::{super::names::*, *};

#[test]
fn docker_handles_are_read_back_as_they_were_written() {
    let name = || "uhub-1-2-3".to_owned();
    for found in [
        Found { name: name(), engine: None, id: None },
        Found { name: name(), engine: Some("AB:CD".into()), id: None },
        Found { name: name(), engine: Some("AB:CD".into()), id: Some("f00".into()) },
    ] {
        assert_eq!(Found::parse(&found.handle()), found);
    }
}

#[test]
fn docker_names_say_whose_they_are() {
    let run = RunId(random());
    let name = name("0192f3c4-aaaa", run, 12);
    assert_eq!(name, format!("uhub-0192f3c4-{run}-12"));
    let left = leftover_of_name(&name).unwrap();
    assert_eq!((left.run_id, left.attempt, left.handle.0), (run, 12, name));
    for stranger in ["", "uhub", "uhub-x", "uhub-x-y-1", "postgres"] {
        assert_eq!(leftover_of_name(stranger), None);
    }
}
