//! The demo's data, part of the program (DOMAIN §10).

use std::path::Path;

use uhub_core::{Error, hub::DemoData};

const USERS: &str = include_str!("../seeds/users.json");
const PROJECTS: &str = include_str!("../seeds/projects-with-jobs.json");
const EXECUTIONS: &str = include_str!("../seeds/demo-executions.json");

/// The program that the demo's executions name.
const PROGRAM: &str = "uhub";

/// The demo. Where `program` is given, its executions run that file: the local backend wants absolute paths, and a file
/// of seeds cannot know where `uhub` lies. Without it the jobs are planned with no execution.
///
/// # Errors
/// [`Error::Invalid`] where the seeds are not what they should be.
pub fn data(program: Option<&Path>) -> Result<DemoData, Error> {
    let wrong = |file: &str| {
        let file = file.to_owned();
        move |error: serde_json::Error| Error::invalid(file, error.to_string())
    };
    let mut data = DemoData {
        users: serde_json::from_str(USERS).map_err(wrong("users.json"))?,
        projects: serde_json::from_str(PROJECTS).map_err(wrong("projects-with-jobs.json"))?,
        executions: serde_json::from_str(EXECUTIONS).map_err(wrong("demo-executions.json"))?,
    };
    match program.and_then(Path::to_str) {
        Some(program) => {
            for spec in data.executions.values_mut() {
                if let Some(first) = spec.command.as_mut().and_then(|command| command.first_mut())
                    && first == PROGRAM
                {
                    program.clone_into(first);
                }
            }
        }
        None => data.executions.clear(),
    }
    Ok(data)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

    use super::*;

    #[test]
    fn the_demo_is_whole() {
        let data = data(Some(Path::new("/opt/uhub"))).unwrap();
        assert_eq!((data.users.len(), data.projects.len()), (4, 4));
        let titles: Vec<&str> =
            data.projects.iter().flat_map(|project| &project.jobs).map(|job| job.title.as_str()).collect();
        assert_eq!(titles.len(), 16);
        assert_eq!(data.executions.len(), 4);
        for (title, spec) in &data.executions {
            assert!(titles.contains(&title.as_str()), "{title}");
            assert_eq!(spec.command.as_ref().unwrap()[..3], ["/opt/uhub", "report", "--project"]);
        }
    }

    #[test]
    fn without_a_program_nothing_is_executed() {
        assert!(data(None).unwrap().executions.is_empty());
    }
}
