//! Projects and their environments.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde::{
    Deserialize, Deserializer, Serialize,
    de::{MapAccess, Visitor, value::MapAccessDeserializer},
};
use uhub_core::{
    hub::{NewEnvironment, NewProject, ProjectPatch},
    model::{self, BackendKind, EnvironmentId, OnConflict, ProdChange, Tier, UserId},
};
use utoipa::{
    PartialSchema, ToSchema,
    openapi::{OneOfBuilder, Ref, RefOr, Schema},
};
use uuid::Uuid;

use super::{
    BackendConfig, clearable, clearable_object, just_object, optional_object, present, present_object, text,
    words,
};

/// A project.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct Project {
    id: Uuid,
    name: String,
    #[schema(pattern = "^#[0-9a-f]{6}$")]
    color: String,
    owner_id: Uuid,
    environments: Vec<Environment>,
    #[schema(value_type = Option<words::BackendKind>, required)]
    execution_backend: Option<BackendKind>,
    #[schema(required)]
    execution_backend_config: Option<BackendConfig>,
    policy: Policy,
    created_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
    version: i64,
}

/// A place that a project's jobs work on.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct Environment {
    id: Uuid,
    name: String,
    /// Never changes.
    #[schema(value_type = words::Tier)]
    tier: Tier,
    /// What is physically shared: two jobs can collide only in the same pool.
    pool: String,
}

impl From<model::Environment> for Environment {
    fn from(environment: model::Environment) -> Self {
        let model::Environment { id, name, tier, pool } = environment;
        Self { id: id.0, name, tier, pool }
    }
}

/// What a project decides for itself. It narrows the hub's rules, and widens none.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct Policy {
    /// Changes of prod jobs by role ops.
    #[schema(value_type = words::ProdChange)]
    prod_change: ProdChange,
    /// Per tier, what happens to slots that collide; a tier that is not named warns.
    #[schema(value_type = BTreeMap<String, words::OnConflict>)]
    on_conflict: BTreeMap<Tier, OnConflict>,
    /// How long an approval may wait, and stays good once given.
    approval_ttl_seconds: u32,
    /// Per tier, the only backends; a tier that is not named allows what the hub allows.
    #[schema(value_type = BTreeMap<String, Vec<words::BackendKind>>)]
    allowed_backends: BTreeMap<Tier, Vec<BackendKind>>,
}

impl From<model::Policy> for Policy {
    fn from(policy: model::Policy) -> Self {
        let model::Policy { prod_change, on_conflict, approval_ttl_seconds, allowed_backends } = policy;
        Self { prod_change, on_conflict, approval_ttl_seconds, allowed_backends }
    }
}

impl From<model::Project> for Project {
    fn from(project: model::Project) -> Self {
        let model::Project {
            id,
            name,
            color,
            owner_id,
            environments,
            execution_backend,
            execution_backend_config,
            policy,
            created_at,
            updated_at,
            version,
        } = project;
        Self {
            id: id.0,
            name,
            color,
            owner_id: owner_id.0,
            environments: environments.into_iter().map(Into::into).collect(),
            execution_backend,
            execution_backend_config: execution_backend_config.map(Into::into),
            policy: policy.into(),
            created_at,
            updated_at,
            version,
        }
    }
}

/// A policy as it is given: what is left out is the default.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PolicyInput {
    #[serde(default = "approval")]
    #[schema(value_type = words::ProdChange, required = false)]
    prod_change: ProdChange,
    #[serde(default, deserialize_with = "just_object")]
    on_conflict: ConflictByTier,
    /// 72 h by default.
    #[serde(default = "three_days")]
    #[schema(minimum = 60, maximum = 2_592_000, required = false)]
    approval_ttl_seconds: u32,
    #[serde(default, deserialize_with = "just_object")]
    allowed_backends: BackendsByTier,
}

const fn approval() -> ProdChange {
    ProdChange::Approval
}

const fn three_days() -> u32 {
    72 * 3600
}

/// What happens to slots that collide.
#[derive(Debug, Clone, Copy, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
struct ConflictByTier {
    #[schema(value_type = Option<words::OnConflict>)]
    dev: Option<OnConflict>,
    #[schema(value_type = Option<words::OnConflict>)]
    staging: Option<OnConflict>,
    #[schema(value_type = Option<words::OnConflict>)]
    prod: Option<OnConflict>,
}

/// The only backends.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
struct BackendsByTier {
    #[schema(value_type = Option<Vec<words::BackendKind>>)]
    dev: Option<Vec<BackendKind>>,
    #[schema(value_type = Option<Vec<words::BackendKind>>)]
    staging: Option<Vec<BackendKind>>,
    #[schema(value_type = Option<Vec<words::BackendKind>>)]
    prod: Option<Vec<BackendKind>>,
}

fn by_tier<T>(dev: Option<T>, staging: Option<T>, prod: Option<T>) -> BTreeMap<Tier, T> {
    [(Tier::Dev, dev), (Tier::Staging, staging), (Tier::Prod, prod)]
        .into_iter()
        .filter_map(|(tier, value)| value.map(|value| (tier, value)))
        .collect()
}

impl From<PolicyInput> for model::Policy {
    fn from(policy: PolicyInput) -> Self {
        let PolicyInput { prod_change, on_conflict, approval_ttl_seconds, allowed_backends } = policy;
        let ConflictByTier { dev, staging, prod } = on_conflict;
        let BackendsByTier { dev: on_dev, staging: on_staging, prod: on_prod } = allowed_backends;
        Self {
            prod_change,
            on_conflict: by_tier(dev, staging, prod),
            approval_ttl_seconds,
            allowed_backends: by_tier(on_dev, on_staging, on_prod),
        }
    }
}

/// An environment, by its name alone (`dev`, `staging` and `prod` are their own tier) or in full.
#[derive(Debug, Clone)]
pub enum EnvironmentInput {
    /// Its name.
    Name(String),
    /// In full.
    Full(NamedEnvironment),
}

// Not by serde's `untagged`: that forgets which field was wrong.
impl<'de> Deserialize<'de> for EnvironmentInput {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Either;

        impl<'de> Visitor<'de> for Either {
            type Value = EnvironmentInput;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("a name, or an object with `name` and perhaps `id`, `tier`, `pool`")
            }

            fn visit_str<E: serde::de::Error>(self, name: &str) -> Result<Self::Value, E> {
                Ok(EnvironmentInput::Name(name.to_owned()))
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Self::Value, A::Error> {
                NamedEnvironment::deserialize(MapAccessDeserializer::new(map)).map(EnvironmentInput::Full)
            }
        }

        deserializer.deserialize_any(Either)
    }
}

impl PartialSchema for EnvironmentInput {
    fn schema() -> RefOr<Schema> {
        OneOfBuilder::new()
            .item(Ref::from_schema_name(text::Identifier::name()))
            .item(Ref::from_schema_name(NamedEnvironment::name()))
            .into()
    }
}

impl ToSchema for EnvironmentInput {
    fn schemas(schemas: &mut Vec<(String, RefOr<Schema>)>) {
        schemas.push((text::Identifier::name().into(), text::Identifier::schema()));
        schemas.push((NamedEnvironment::name().into(), NamedEnvironment::schema()));
        NamedEnvironment::schemas(schemas);
    }
}

/// An environment in full.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NamedEnvironment {
    /// Of an environment that is there, to rename it or move it to another pool.
    id: Option<Uuid>,
    #[schema(value_type = text::Identifier)]
    name: String,
    /// Needed where the name is none of the three tiers.
    #[schema(value_type = Option<words::Tier>)]
    tier: Option<Tier>,
    /// By default the environment's name.
    #[schema(value_type = Option<text::Identifier>)]
    pool: Option<String>,
}

impl From<EnvironmentInput> for NewEnvironment {
    fn from(input: EnvironmentInput) -> Self {
        match input {
            EnvironmentInput::Name(name) => Self { id: None, name, tier: None, pool: None },
            EnvironmentInput::Full(NamedEnvironment { id, name, tier, pool }) => {
                Self { id: id.map(EnvironmentId), name, tier, pool }
            }
        }
    }
}

fn environments(list: Vec<EnvironmentInput>) -> Vec<NewEnvironment> {
    list.into_iter().map(Into::into).collect()
}

/// A project to create.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CreateProject {
    #[schema(value_type = text::Name)]
    name: String,
    #[schema(value_type = text::Color)]
    color: String,
    owner_id: Uuid,
    #[schema(max_items = 100)]
    environments: Vec<EnvironmentInput>,
    #[schema(value_type = Option<words::BackendKind>)]
    execution_backend: Option<BackendKind>,
    #[serde(default, deserialize_with = "optional_object")]
    execution_backend_config: Option<BackendConfig>,
    #[serde(default, deserialize_with = "optional_object")]
    policy: Option<PolicyInput>,
}

impl From<CreateProject> for NewProject {
    fn from(new: CreateProject) -> Self {
        let CreateProject {
            name,
            color,
            owner_id,
            environments: list,
            execution_backend,
            execution_backend_config,
            policy,
        } = new;
        Self {
            name,
            color,
            owner_id: UserId(owner_id),
            environments: environments(list),
            execution_backend,
            execution_backend_config: execution_backend_config.map(Into::into),
            policy: policy.map(Into::into),
        }
    }
}

/// What to change of a project.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PatchProject {
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = text::Name, required = false)]
    name: Option<String>,
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = text::Color, required = false)]
    color: Option<String>,
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Uuid, required = false)]
    owner_id: Option<Uuid>,
    /// All of them: one that is no longer named is removed, where it has no job.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Vec<EnvironmentInput>, required = false, max_items = 100)]
    environments: Option<Vec<EnvironmentInput>>,
    /// `null`: the hub's.
    #[serde(default, deserialize_with = "clearable")]
    #[schema(value_type = Option<words::BackendKind>)]
    execution_backend: Option<Option<BackendKind>>,
    /// `null`: the hub's.
    #[serde(default, deserialize_with = "clearable_object")]
    #[schema(value_type = Option<BackendConfig>)]
    execution_backend_config: Option<Option<BackendConfig>>,
    #[serde(default, deserialize_with = "present_object")]
    #[schema(value_type = PolicyInput, required = false)]
    policy: Option<PolicyInput>,
}

impl From<PatchProject> for ProjectPatch {
    fn from(patch: PatchProject) -> Self {
        let PatchProject {
            name,
            color,
            owner_id,
            environments: list,
            execution_backend,
            execution_backend_config,
            policy,
        } = patch;
        Self {
            name,
            color,
            owner_id: owner_id.map(UserId),
            environments: list.map(environments),
            execution_backend,
            execution_backend_config: execution_backend_config.map(|config| config.map(Into::into)),
            policy: policy.map(Into::into),
        }
    }
}
