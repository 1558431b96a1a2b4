//! Images: which may run, and which one it is.

use bollard::{models::ImageInspect, query_parameters::CreateImageOptionsBuilder};
use futures_util::StreamExt as _;

use super::engine::{Connected, Result, Trouble};

/// An image that the engine has.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Image {
    /// What its content is called: containers are made of exactly this, whatever its name means by then.
    pub(super) id: String,
    /// What its registry calls it, where it came from one.
    pub(super) digest: Option<String>,
    /// Where it wants to write.
    pub(super) volumes: Vec<String>,
}

impl From<ImageInspect> for Image {
    fn from(found: ImageInspect) -> Self {
        let digest = found.repo_digests.and_then(|digests| digests.into_iter().next());
        let volumes = found.config.and_then(|config| config.volumes).unwrap_or_default();
        Self { id: found.id.unwrap_or_default(), digest, volumes }
    }
}

/// Refuses what is no reference to an image, and what the operator does not allow.
pub(super) fn check(reference: &str, allowed: &[String]) -> std::result::Result<(), String> {
    let is_sound = reference.starts_with(|c: char| c.is_ascii_alphanumeric())
        && reference.len() <= 512
        && reference
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-' | '/' | ':' | '@'));
    if !is_sound {
        return Err(format!("`{reference}` is not an image"));
    }
    let fits = |pattern: &String| match pattern.strip_suffix('*') {
        Some(beginning) => reference.starts_with(beginning),
        None => reference == pattern,
    };
    if !allowed.is_empty() && !allowed.iter().any(fits) {
        return Err(format!("this worker does not allow the image {reference}"));
    }
    Ok(())
}

/// The image, if the engine has it.
pub(super) async fn find(engine: &Connected, reference: &str) -> Result<Option<Image>> {
    match engine.docker.inspect_image(reference).await.map_err(Trouble::from) {
        Ok(found) => Ok(Some(found.into())),
        Err(Trouble::Missing(_)) => Ok(None),
        Err(trouble) => Err(trouble),
    }
}

/// Fetches it from its registry.
pub(super) async fn pull(engine: &Connected, reference: &str) -> Result<Image> {
    // Without a tag the engine would fetch all that there are.
    let last = reference.rsplit('/').next().unwrap_or(reference);
    let full = if last.contains([':', '@']) { reference.to_owned() } else { format!("{reference}:latest") };
    let options = CreateImageOptionsBuilder::new().from_image(&full).build();
    let mut progress = engine.docker.create_image(Some(options), None, None);
    while let Some(step) = progress.next().await {
        step?;
    }
    find(engine, reference).await?.ok_or_else(|| Trouble::Missing(format!("{reference} was not pulled")))
}
