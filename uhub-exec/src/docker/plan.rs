//! What a job and its project ask for, checked: when the job is planned, and again when it starts.

use uhub_core::model::{BackendConfig, DockerConfig, ExecutionSpec};

use super::{Inner, body, image, mounts::Resolved};

/// What a job and its project ask for, checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Plan {
    pub(super) image: String,
    pub(super) user: (u32, u32),
    pub(super) network: Option<String>,
    pub(super) mounts: Vec<Resolved>,
    pub(super) tmpfs_mb: u32,
}

impl Inner {
    /// Checks all that a job and its project ask for.
    pub(super) fn plan(&self, spec: &ExecutionSpec, config: &BackendConfig) -> Result<Plan, String> {
        let none = DockerConfig::default();
        let config = config.docker.as_ref().unwrap_or(&none);
        let Some(image) = &spec.image else {
            return Err("the docker backend needs an image".to_owned());
        };
        image::check(image, &self.options.allow_images)?;
        for (field, given) in [
            ("url", spec.url.is_some()),
            ("method", spec.method.is_some()),
            ("payload", spec.payload.is_some()),
        ] {
            if given {
                return Err(format!("{field} means nothing to the docker backend"));
            }
        }
        if let Some(name) = spec.secrets.keys().find(|name| {
            let file = body::file_variable(name);
            spec.env.contains_key(&file) || spec.secrets.contains_key(&file)
        }) {
            return Err(format!("{name}_FILE is where the secret for {name} lies, and cannot be set"));
        }
        Ok(Plan {
            image: image.clone(),
            user: config.user.as_deref().map_or(Ok(self.options.user), user)?,
            network: config.network.as_deref().map(network).transpose()?,
            mounts: self.mounts.resolve(&config.mounts)?,
            tmpfs_mb: config.tmpfs_mb.unwrap_or(self.options.tmpfs_mb).max(1),
        })
    }
}

/// `uid` or `uid:gid`, neither of them root's.
fn user(text: &str) -> Result<(u32, u32), String> {
    let (uid, gid) = text.split_once(':').unwrap_or((text, text));
    match (uid.parse(), gid.parse()) {
        (Ok(uid), Ok(gid)) if uid > 0 && gid > 0 => Ok((uid, gid)),
        _ => Err(format!("user {text} is not uid or uid:gid as numbers above 0")),
    }
}

/// A network of the engine; never the host's, nor another container's.
fn network(name: &str) -> Result<String, String> {
    let is_name = name.starts_with(|c: char| c.is_ascii_alphanumeric())
        && name.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '-'));
    if is_name && name != "host" {
        Ok(name.to_owned())
    } else {
        Err(format!("network {name} is not a network of the engine's own"))
    }
}
