//! The OpenAPI document: generated from the handlers, then completed by rules that hold for all of them, so that no
//! handler can forget a status.

use utoipa::{
    Modify, OpenApi,
    openapi::{
        self, Content, Ref, RefOr, ResponseBuilder, Schema, Type,
        path::{Operation, Parameter, ParameterIn, PathItem},
        schema::SchemaType,
        security::{
            ApiKey, ApiKeyValue, Flow, HttpAuthScheme, HttpBuilder, OAuth2, Password, Scopes,
            SecurityRequirement, SecurityScheme,
        },
    },
};

use crate::{
    problem::PROBLEM_JSON,
    routes,
    wire::{text, words},
};

#[derive(OpenApi)]
#[openapi(
    info(
        title = "uHub",
        description = "A shared calendar of jobs with conflict detection, roles, approvals and execution.\n\n\
            Times are RFC 3339 in UTC, ids are UUIDs. Lists come in pages: `next_cursor` leads on. Errors are \
            `application/problem+json` (RFC 9457) with the `field` or the `rule` that says why; the token endpoint's \
            follow RFC 6749."
    ),
    components(schemas(
        crate::problem::Body, crate::wire::LogEvent<'static>, crate::wire::EndEvent,
        // Named by parameters only, which do not bring their schemas along.
        crate::wire::At, text::EntityTag, text::EventId, text::Key, text::PageCursor, text::Query, words::ApprovalState, words::JobStatus, words::JobType,
        words::RunStatus, words::SeriesScope, words::Tier
    )),
    modifiers(&Security),
    tags(
        (name = "auth", description = "Signing in"),
        (name = "calendar", description = "What is planned, what collides, and how to resolve it"),
        (name = "jobs", description = "Something planned"),
        (name = "runs", description = "Executions of jobs, and their logs"),
        (name = "approvals", description = "Decisions by a second person"),
        (name = "freezes", description = "Spans in which nothing may move or run"),
        (name = "projects", description = "What jobs belong to"),
        (name = "users", description = "People and their roles"),
        (name = "audit", description = "Who did what, in a hash chain"),
        (name = "admin", description = "Of the hub itself"),
        (name = "health", description = "For whoever watches the server")
    )
)]
struct Api;

struct Security;

impl Modify for Security {
    fn modify(&self, document: &mut openapi::OpenApi) {
        let bearer = HttpBuilder::new()
            .scheme(HttpAuthScheme::Bearer)
            .description(Some("A JWT of `POST /auth/token` or a session, or an API token (`uhub_…`)"))
            .build();
        let password = OAuth2::new([Flow::Password(Password::new("/auth/token", Scopes::new()))]);
        let session = ApiKey::Cookie(ApiKeyValue::with_description(
            "uhub_session",
            "The cookie of a browser's session; over encrypted connections `__Secure-uhub_session`",
        ));
        let components = document.components.get_or_insert_default();
        components.add_security_scheme("bearer", SecurityScheme::Http(bearer));
        components.add_security_scheme("session", SecurityScheme::ApiKey(session));
        components.add_security_scheme("password", SecurityScheme::OAuth2(password));
        let none: [&str; 0] = [];
        document.security =
            Some(vec![SecurityRequirement::new("bearer", none), SecurityRequirement::new("password", none)]);
    }
}

/// The document of every route.
pub fn document() -> openapi::OpenApi {
    let (_, mut document) = utoipa_axum::router::OpenApiRouter::with_openapi(Api::openapi())
        .merge(routes::documented())
        .split_for_parts();
    for item in document.paths.paths.values_mut() {
        for (is_write, operation) in operations(item) {
            name(operation);
            never_null(operation);
            complete(operation, is_write);
        }
    }
    document
}

/// The document as JSON.
pub fn json() -> String {
    document().to_pretty_json().unwrap_or_default()
}

fn operations(item: &mut PathItem) -> impl Iterator<Item = (bool, &mut Operation)> {
    let PathItem { get, post, patch, delete, put, .. } = item;
    [(false, get), (true, post), (true, patch), (true, delete), (true, put)]
        .into_iter()
        .filter_map(|(is_write, operation)| operation.as_mut().map(|operation| (is_write, operation)))
}

/// Handlers of several aggregates are called `list` or `get`; in the document each operation has a name of its own, by which
/// generated clients call it: `jobs_list`.
fn name(operation: &mut Operation) {
    let tag = operation.tags.iter().flatten().next();
    if let (Some(tag), Some(id)) = (tag, &operation.operation_id) {
        operation.operation_id = Some(format!("{tag}_{id}"));
    }
}

/// A parameter that may be left out is there with a value, or not there: unlike a member of JSON it is never `null`.
fn never_null(operation: &mut Operation) {
    for parameter in operation.parameters.iter_mut().flatten() {
        let RefOr::T(parameter) = parameter else { continue };
        match &mut parameter.schema {
            Some(RefOr::T(Schema::OneOf(one_of))) => {
                let null = SchemaType::Type(Type::Null);
                one_of.items.retain(
                    |item| !matches!(item, RefOr::T(Schema::Object(object)) if object.schema_type == null),
                );
                if let [only] = one_of.items.as_slice() {
                    parameter.schema = Some(only.clone());
                }
            }
            Some(RefOr::T(Schema::Object(object))) => {
                if let SchemaType::Array(types) = &mut object.schema_type {
                    types.retain(|one| *one != Type::Null);
                    if let [only] = types.as_slice() {
                        object.schema_type = SchemaType::Type(only.clone());
                    }
                }
            }
            _ => {}
        }
    }
}

/// Adds the refusals that follow from what an operation takes.
fn complete(operation: &mut Operation, is_write: bool) {
    let parameters: Vec<&Parameter> = operation
        .parameters
        .iter()
        .flatten()
        .filter_map(|one| match one {
            RefOr::T(parameter) => Some(parameter),
            RefOr::Ref(_) => None,
        })
        .collect();
    let takes = |place: fn(&ParameterIn) -> bool| parameters.iter().any(|one| place(&one.parameter_in));
    let named = |name: &str| parameters.iter().any(|one| one.name == name);
    let has_path = takes(|place| matches!(place, ParameterIn::Path));
    let has_query = takes(|place| matches!(place, ParameterIn::Query));
    let has_body = operation.request_body.is_some();
    // Who may call without a token says so by an empty requirement.
    let is_secured = operation.security.is_none();

    let rules: [(bool, &str, &str); 13] = [
        (has_body, "400", "The request cannot be read"),
        (is_secured, "401", "There is no valid token"),
        (is_secured || is_write, "403", "The rules refuse it: `rule` says which"),
        (has_path || (is_secured && has_body), "404", "There is no such thing"),
        (has_body, "408", "The body came too slowly"),
        (is_write, "409", "It does not fit the present state"),
        (named("If-Match"), "412", "It has changed since it was read"),
        (has_body, "413", "The body is too large"),
        (has_body, "415", "The body has the wrong media type"),
        (
            has_body || has_query || takes(|place| matches!(place, ParameterIn::Header)),
            "422",
            "The input is not valid: `field` says where",
        ),
        (is_write, "429", "Too many requests"),
        (true, "500", "Something failed here"),
        (true, "503", "Not available just now"),
    ];
    for (applies, status, description) in rules {
        if applies && !operation.responses.responses.contains_key(status) {
            operation.responses.responses.insert(status.to_owned(), problem(description));
        }
    }
}

fn problem(description: &str) -> RefOr<openapi::Response> {
    ResponseBuilder::new()
        .description(description)
        .content(PROBLEM_JSON, Content::new(Some(Ref::from_schema_name("Problem"))))
        .build()
        .into()
}

#[cfg(test)]
mod tests;
