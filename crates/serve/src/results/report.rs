//! `GET /api/experiments/{name}/report` and `…/table.csv`: the page and the table that `oddbench report` writes.

use axum::extract::{Path, State};
use axum::http::{HeaderName, header};
use axum::response::IntoResponse;

use crate::error::{Answer, ApiError};
use crate::state::App;

/// The report as one page. Its links to figures lead to this API. Its one script has a number of this answer alone, and
/// no other script runs on the page.
pub async fn page(State(app): State<App>, Path(name): Path<String>) -> Answer<impl IntoResponse> {
    let state = app.clone();
    let page = app.compute(move || {
        let experiment = state.library.experiment(&name)?;
        oddbench_report::page(&experiment.results, &experiment.rows).map_err(ApiError::internal)
    });
    let (page, number) = (page.await?, number()?);
    // Text of the page is escaped, so that the first tag of this kind is the page's own.
    let page = page.replacen("<script>", &format!("<script nonce=\"{number}\">"), 1);
    Ok((headers(&number), page))
}

/// What a page with a style and a script inside may do; nothing is loaded but pictures of this server.
fn headers(number: &str) -> [(HeaderName, String); 2] {
    let policy = format!(
        "default-src 'none'; script-src 'nonce-{number}'; style-src 'unsafe-inline'; img-src 'self'; \
         base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    );
    [
        (header::CONTENT_TYPE, "text/html; charset=utf-8".to_owned()),
        (header::CONTENT_SECURITY_POLICY, policy),
    ]
}

/// 128 random bits in hexadecimal digits.
fn number() -> Answer<String> {
    let mut bytes = [0; 16];
    getrandom::fill(&mut bytes).map_err(ApiError::internal)?;
    Ok(oddbench_data::digest::hex(&bytes))
}

/// The table of all models, rules and metrics.
pub async fn table(State(app): State<App>, Path(name): Path<String>) -> Answer<impl IntoResponse> {
    let state = app.clone();
    let table = app.compute(move || {
        let experiment = state.library.experiment(&name)?;
        Ok(oddbench_report::table_csv(&experiment.results, &experiment.rows))
    });
    let headers = [
        (header::CONTENT_TYPE, "text/csv; charset=utf-8"),
        (header::CONTENT_DISPOSITION, "attachment; filename=\"table.csv\""),
    ];
    Ok((headers, table.await?))
}
