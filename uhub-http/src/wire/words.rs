//! Schemas of the core's words. Their values are taken from the core, so that the document cannot fall behind it.

use utoipa::{
    PartialSchema, ToSchema,
    openapi::{ObjectBuilder, RefOr, Schema, Type},
};

macro_rules! schemas {
    ($($(#[$meta:meta])* $name:ident = $core:path),+ $(,)?) => {$(
        $(#[$meta])*
        #[derive(Debug, Clone, Copy)]
        pub(crate) struct $name;

        impl PartialSchema for $name {
            fn schema() -> RefOr<Schema> {
                ObjectBuilder::new()
                    .schema_type(Type::String)
                    .enum_values(Some(<$core>::ALL.iter().map(|word| word.as_str())))
                    .into()
            }
        }

        impl ToSchema for $name {
            fn name() -> std::borrow::Cow<'static, str> {
                stringify!($name).into()
            }
        }
    )+};
}

schemas! {
    /// Schema of the core's type.
    ApprovalKind = uhub_core::model::ApprovalKind,
    /// Schema of the core's type.
    ApprovalState = uhub_core::model::ApprovalState,
    /// Schema of the core's type.
    BackendKind = uhub_core::model::BackendKind,
    /// Schema of the core's type.
    Effect = uhub_core::rbac::Effect,
    /// Schema of the core's type.
    JobStatus = uhub_core::model::JobStatus,
    /// Schema of the core's type.
    JobType = uhub_core::model::JobType,
    /// Schema of the core's type.
    OnConflict = uhub_core::model::OnConflict,
    /// Schema of the core's type.
    ProdChange = uhub_core::model::ProdChange,
    /// Schema of the core's type.
    PullPolicy = uhub_core::model::PullPolicy,
    /// Schema of the core's type.
    Role = uhub_core::model::Role,
    /// Schema of the core's type.
    RunOrigin = uhub_core::model::RunOrigin,
    /// Schema of the core's type.
    RunStatus = uhub_core::model::RunStatus,
    /// Schema of the core's type.
    Scope = uhub_core::model::Scope,
    /// Schema of the core's type.
    SeriesScope = uhub_core::hub::SeriesScope,
    /// Schema of the core's type.
    Stream = uhub_core::model::Stream,
    /// Schema of the core's type.
    Theme = uhub_core::model::Theme,
    /// Schema of the core's type.
    Tier = uhub_core::model::Tier,
    /// Schema of the core's type.
    UserKind = uhub_core::model::UserKind,
    /// Schema of the core's type.
    WebhookFollow = uhub_core::model::WebhookFollow,
    /// Schema of the core's type.
    WebhookPreset = uhub_core::model::WebhookPreset,
}
