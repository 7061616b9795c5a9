//! Every route, in one table, and what each request passes on its way to it.

use axum::Router;
use axum::http::{StatusCode, Uri};
use axum::middleware::{from_fn, from_fn_with_state};
use axum::routing::{MethodRouter, get, post};

use crate::detect::{download, jobs, result, samples, scored_rows, uploads};
use crate::error::ApiError;
use crate::guard::{head, headers, host, origin, panics, token};
use crate::state::App;
use crate::{about, assets, live, metrics, models, results, rows, score};

/// The routes of the API as `openapi.json` names them.
pub fn api() -> Vec<(&'static str, MethodRouter<App>)> {
    vec![
        ("/api/health", get(about::health)),
        ("/api/limits", get(about::limits)),
        ("/api/openapi.json", get(about::openapi)),
        ("/metrics", get(metrics::page)),
        ("/api/login", post(token::login)),
        ("/api/logout", post(token::logout)),
        ("/api/session", get(token::session)),
        ("/api/experiments", get(results::list::experiments)),
        ("/api/experiments/{name}", get(results::detail::experiment)),
        ("/api/experiments/{name}/figures/{file}", get(results::detail::figure)),
        ("/api/experiments/{name}/trials/{id}", get(results::trial::trial)),
        ("/api/experiments/{name}/rows", get(rows::table::rows)),
        ("/api/experiments/{name}/rows/{position}", get(rows::one::row)),
        ("/api/live", get(live::live)),
        ("/api/models", get(models::list)),
        ("/api/score", post(score::score)),
        ("/api/samples", get(samples::list)),
        ("/api/uploads", get(uploads::list).post(uploads::create)),
        ("/api/uploads/{id}", get(uploads::info).delete(uploads::remove)),
        ("/api/uploads/{id}/preview", get(uploads::preview)),
        ("/api/uploads/{id}/jobs", post(jobs::create)),
        ("/api/jobs", get(jobs::list)),
        ("/api/jobs/{id}", get(jobs::info).delete(jobs::remove)),
        ("/api/jobs/{id}/events", get(jobs::events)),
        ("/api/jobs/{id}/result", get(result::result)),
        ("/api/jobs/{id}/rows", get(scored_rows::rows)),
        ("/api/jobs/{id}/rows/{position}", get(scored_rows::row)),
        ("/api/jobs/{id}/scatter", get(result::scatter)),
        ("/api/jobs/{id}/download", get(download::download)),
    ]
}

/// The whole service. The outermost layer is the last one: headers are on every answer, and a panic
/// anywhere below them becomes a 500.
pub fn router(app: App, more: Router<App>) -> Router {
    let api =
        api().into_iter().fold(Router::new(), |router, (path, route)| router.route(path, route));
    api.merge(assets::router())
        .merge(more)
        .fallback(nothing_here)
        .route_layer(from_fn_with_state(app.clone(), metrics::layer))
        .layer(from_fn_with_state(app.clone(), token::layer))
        .layer(from_fn(origin::layer))
        .layer(from_fn_with_state(app.clone(), host::layer))
        .layer(from_fn_with_state(app.clone(), head::layer))
        .layer(from_fn(panics::layer))
        .layer(from_fn(headers::layer))
        .with_state(app)
}

async fn nothing_here(uri: Uri) -> ApiError {
    let remedy = match uri.path().starts_with("/api/") {
        true => "GET /api/openapi.json describes every route",
        false => "open / for the dashboard",
    };
    ApiError::new(StatusCode::NOT_FOUND, "there is nothing at this address", remedy)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use serde_json::Value;

    use super::*;

    fn document() -> Value {
        serde_json::from_str(about::OPENAPI).unwrap()
    }

    #[test]
    fn the_document_names_every_route_and_no_other() {
        let document = document();
        let described: BTreeSet<&str> =
            document["paths"].as_object().unwrap().keys().map(String::as_str).collect();
        let served: BTreeSet<&str> = api().iter().map(|(path, _)| *path).collect();
        assert_eq!(described, served);
        assert_eq!(document["info"]["version"], oddbench_engine::VERSION);
    }

    #[test]
    fn every_operation_has_a_tag_a_summary_and_its_path_parameters() {
        for (path, operations) in document()["paths"].as_object().unwrap() {
            for (method, operation) in operations.as_object().unwrap() {
                assert!(
                    operation["tags"][0].is_string() && operation["summary"].is_string(),
                    "{method} {path}"
                );
                let parameters = operation["parameters"].as_array().cloned().unwrap_or_default();
                let named =
                    |name: &str| parameters.iter().any(|p| p["name"] == name && p["in"] == "path");
                let wanted =
                    path.split('/').filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'));
                for name in wanted {
                    assert!(named(name), "{method} {path}: {name}");
                }
            }
        }
    }
}
