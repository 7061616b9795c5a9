//! The pages and what they need, compiled in. One line per file: its route, its name in `assets/`, its
//! type. A request's path is looked up in this table and nowhere else.

use axum::Router;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use oddbench_data::digest::hex;
use sha2::{Digest, Sha256};

use crate::state::App;

/// A file at a route.
#[derive(Debug, Clone, Copy)]
pub struct Asset {
    /// Where it is served.
    pub route: &'static str,
    /// What it holds.
    pub bytes: &'static [u8],
    /// Its type.
    pub content_type: &'static str,
}

macro_rules! asset {
    ($route:literal, $file:literal, $kind:ident) => {
        Asset {
            route: $route,
            bytes: include_bytes!(concat!("../assets/", $file)),
            content_type: $kind,
        }
    };
}

const HTML: &str = "text/html; charset=utf-8";
const TEXT: &str = "text/plain; charset=utf-8";
const SVG: &str = "image/svg+xml";
const JS: &str = "text/javascript; charset=utf-8";
const CSS: &str = "text/css; charset=utf-8";

/// All of them.
pub const ASSETS: &[Asset] = &[
    asset!("/", "index.html", HTML),
    asset!("/login", "login.html", HTML),
    asset!("/login.css", "login.css", CSS),
    asset!("/login.js", "login.js", JS),
    asset!("/assets/icon.svg", "icon.svg", SVG),
    asset!("/assets/vendor/uPlot-LICENSE.txt", "vendor/uPlot-LICENSE.txt", TEXT),
    asset!("/assets/vendor/uPlot.iife.min.js", "vendor/uPlot.iife.min.js", JS),
    asset!("/assets/vendor/uPlot.min.css", "vendor/uPlot.min.css", CSS),
    asset!("/assets/css/base.css", "css/base.css", CSS),
    asset!("/assets/css/parts.css", "css/parts.css", CSS),
    // Figures look and answer as in the report.
    Asset {
        route: "/assets/css/figures.css",
        bytes: oddbench_report::FIGURES_STYLE.as_bytes(),
        content_type: CSS,
    },
    Asset {
        route: "/assets/js/figures.js",
        bytes: oddbench_report::FIGURES_SCRIPT.as_bytes(),
        content_type: JS,
    },
    asset!("/assets/js/address.js", "js/address.js", JS),
    asset!("/assets/js/api.js", "js/api.js", JS),
    asset!("/assets/js/app.js", "js/app.js", JS),
    asset!("/assets/js/detect/columns.js", "js/detect/columns.js", JS),
    asset!("/assets/js/detect/data.js", "js/detect/data.js", JS),
    asset!("/assets/js/detect/filters.js", "js/detect/filters.js", JS),
    asset!("/assets/js/detect/fit.js", "js/detect/fit.js", JS),
    asset!("/assets/js/detect/label.js", "js/detect/label.js", JS),
    asset!("/assets/js/detect/model.js", "js/detect/model.js", JS),
    asset!("/assets/js/detect/params.js", "js/detect/params.js", JS),
    asset!("/assets/js/detect/progress.js", "js/detect/progress.js", JS),
    asset!("/assets/js/detect/reading.js", "js/detect/reading.js", JS),
    asset!("/assets/js/detect/reasons.js", "js/detect/reasons.js", JS),
    asset!("/assets/js/detect/result.js", "js/detect/result.js", JS),
    asset!("/assets/js/detect/rows.js", "js/detect/rows.js", JS),
    asset!("/assets/js/dom.js", "js/dom.js", JS),
    asset!("/assets/js/figure.js", "js/figure.js", JS),
    asset!("/assets/js/format.js", "js/format.js", JS),
    asset!("/assets/js/live/follow.js", "js/live/follow.js", JS),
    asset!("/assets/js/live/replay.js", "js/live/replay.js", JS),
    asset!("/assets/js/pages/api.js", "js/pages/api.js", JS),
    asset!("/assets/js/pages/compare.js", "js/pages/compare.js", JS),
    asset!("/assets/js/pages/detect.js", "js/pages/detect.js", JS),
    asset!("/assets/js/pages/experiment.js", "js/pages/experiment.js", JS),
    asset!("/assets/js/pages/live.js", "js/pages/live.js", JS),
    asset!("/assets/js/pages/rows.js", "js/pages/rows.js", JS),
    asset!("/assets/js/pages/results.js", "js/pages/results.js", JS),
    asset!("/assets/js/pages/runs.js", "js/pages/runs.js", JS),
    asset!("/assets/js/pages/trial.js", "js/pages/trial.js", JS),
    asset!("/assets/js/plot.js", "js/plot.js", JS),
    asset!("/assets/js/ranking.js", "js/ranking.js", JS),
    asset!("/assets/js/row.js", "js/row.js", JS),
    asset!("/assets/js/table.js", "js/table.js", JS),
    asset!("/assets/js/theme.js", "js/theme.js", JS),
    asset!("/assets/js/threshold.js", "js/threshold.js", JS),
];

/// One route per asset.
pub fn router() -> Router<App> {
    ASSETS.iter().fold(Router::new(), |router, asset| {
        let tag = format!("\"{}\"", &hex(&Sha256::digest(asset.bytes))[..32]);
        router.route(
            asset.route,
            get(move |headers: HeaderMap| async move { serve(asset, &tag, &headers) }),
        )
    })
}

fn serve(asset: &'static Asset, tag: &str, headers: &HeaderMap) -> Response {
    let known =
        headers.get(header::IF_NONE_MATCH).is_some_and(|value| value.as_bytes() == tag.as_bytes());
    let head = [(header::ETAG, tag), (header::CACHE_CONTROL, "no-cache")];
    match known {
        true => (StatusCode::NOT_MODIFIED, head).into_response(),
        false => (head, [(header::CONTENT_TYPE, asset.content_type)], asset.bytes).into_response(),
    }
}

/// Whether the path is a file that is no page.
pub fn is_decoration(path: &str) -> bool {
    ASSETS.iter().any(|asset| asset.route == path && asset.content_type != HTML)
}
