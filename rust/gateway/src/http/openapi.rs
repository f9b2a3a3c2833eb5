//! `/openapi.json`: made from the handlers and the types of the protocol. docs/openapi.json is the same text, and a test compares the two.

use axum::http::header;
use axum::response::IntoResponse;
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa::openapi::{ComponentsBuilder, InfoBuilder, License, OpenApi, OpenApiBuilder};
use zpns_protocol::calls::{Ready, Verb};

/// Everything but the paths.
pub(super) fn frame() -> OpenApi {
    let bearer = |description: &str| {
        SecurityScheme::Http(
            HttpBuilder::new()
                .scheme(HttpAuthScheme::Bearer)
                .description(Some(description))
                .build(),
        )
    };
    let components = ComponentsBuilder::new()
        // A parameter refers to it, and only bodies are collected.
        .schema_from::<Verb>()
        // The data of one event among others.
        .schema_from::<Ready>()
        .security_scheme(
            "userToken",
            bearer("A JWT that the app's backend mints: sub is the user, aud the appID, exp at most 24 hours ahead"),
        )
        .security_scheme("apiKey", bearer("An API key of the app's server: zpk_…"))
        .security_scheme("followToken", bearer("The token that the push of a call carried: zpf_…, for that call only"));
    let info = InfoBuilder::new()
        .title("zpns gateway")
        .version(env!("CARGO_PKG_VERSION"))
        .description(Some("Devices register, servers push and invite, phones follow their calls. Times are Unix milliseconds."))
        .license(Some(License::new("MIT")));
    OpenApiBuilder::new()
        .info(info)
        .components(Some(components.build()))
        .build()
}

/// As it is served and committed.
pub(super) fn text(api: &OpenApi) -> String {
    // Maps with string keys: writing them as JSON can't fail.
    let mut text = serde_json::to_string_pretty(api).unwrap_or_default();
    text.push('\n');
    text
}

pub(super) fn answer(text: &str) -> impl IntoResponse + use<> {
    (
        [(header::CONTENT_TYPE, "application/json")],
        text.to_owned(),
    )
}
