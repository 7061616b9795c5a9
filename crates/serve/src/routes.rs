//! Every route, in one table, and what each request passes on its way to it.

use std::sync::LazyLock;

use axum::http::{StatusCode, Uri};
use axum::middleware::{from_fn, from_fn_with_state};
use axum::{Json, Router};
use serde_json::Value;

use crate::detect::{
    download, filter, fitted, jobs, kinds, marks, reading, relabel, request, result, samples,
    scored_rows, upload_info, uploads,
};
use crate::error::ApiError;
use crate::guard::{head, headers, host, origin, panics, token};
use crate::live::{alarms, follows};
use crate::openapi::{Api, op};
use crate::state::App;
use crate::{assets, limits, live, metrics, models, results, rows, runs, score};

/// The routes of the API.
fn api() -> Api {
    running(followed(detect(results(server(Api::new())))))
        .get(
            "/api/models",
            models::list::list,
            op("models", "The models that can score")
                .query::<models::list::ModelsQuery>()
                .json::<models::list::Models>()
                .errors(&[400, 403, 404, 422]),
        )
        .post(
            "/api/score",
            score::score,
            op("models", "Score rows: JSON or CSV with a header")
                .query::<score::ScoreQuery>()
                .body::<score::JsonRows>("application/json")
                .body::<String>("text/csv")
                .json::<score::Scores>()
                .errors(&[400, 404, 413, 415, 422, 429]),
        )
}

fn server(api: Api) -> Api {
    api.get(
        "/api/health",
        metrics::health,
        op("server", "Whether the server serves; open to all").json::<metrics::Health>(),
    )
    .get(
        "/api/limits",
        limits::limits,
        op("server", "How much may be asked for").json::<limits::Shown>(),
    )
    .get("/api/openapi.json", document, op("server", "This document").json::<Value>())
    .get(
        "/metrics",
        metrics::page,
        op("server", "Counters in Prometheus' text format").text("text/plain"),
    )
    .post(
        "/api/login",
        token::login,
        op("server", "A cookie for the right token")
            .body::<token::Login>("application/json")
            .errors(&[400, 401]),
    )
    .post("/api/logout", token::logout, op("server", "The cookie goes"))
    .get(
        "/api/session",
        token::session,
        op("server", "Whether a login is needed and has happened; open to all")
            .json::<token::Session>(),
    )
}

fn results(api: Api) -> Api {
    let results = |summary| op("results", summary);
    api.get(
        "/api/experiments",
        results::list::experiments,
        results("The experiments of the results folder").json::<results::list::Experiments>(),
    )
    .get(
        "/api/experiments/{name}",
        results::detail::experiment,
        results("One experiment: rows, trials, anchors, audit, verdict, figures")
            .query::<results::detail::DetailQuery>()
            .json::<results::detail::Detail>()
            .errors(&[400, 404]),
    )
    .get(
        "/api/experiments/{name}/verdict",
        results::detail::verdict,
        results("Who is the best, and how sure that is").json::<results::verdict::VerdictLine>().errors(&[404]),
    )
    .get(
        "/api/experiments/{name}/figures",
        results::figures::list,
        results("The figures of the report").json::<results::figures::Drawn>().errors(&[404]),
    )
    .get(
        "/api/experiments/{name}/figures/{file}",
        results::figures::figure,
        results("A figure of the report: FILE.svg or FILE.png").text("image/svg+xml").errors(&[404]),
    )
    .get(
        "/api/experiments/{name}/progress",
        results::progress::progress,
        results("How many trials are done, missing and running").json::<results::progress::Progress>().errors(&[404]),
    )
    .get(
        "/api/experiments/{name}/report",
        results::report::page,
        results("The report as one page").text("text/html").errors(&[404]),
    )
    .get(
        "/api/experiments/{name}/table.csv",
        results::report::table,
        results("The table of the report").text("text/csv").errors(&[404]),
    )
    .get(
        "/api/experiments/{name}/trials/{id}",
        results::trial::trial,
        results("A trial: record, learning curve, metrics under every rule, scores; `test` is null if it failed")
            .json::<results::trial::Detail>()
            .errors(&[404]),
    )
    .get(
        "/api/experiments/{name}/rows",
        rows::table::rows,
        op("rows", "A page of rows beside the predictions of several trials")
            .query::<rows::table::RowsQuery>()
            .json::<rows::table::RowsPage>()
            .errors(&[400, 404]),
    )
    .get(
        "/api/experiments/{name}/rows/{position}",
        rows::one::row,
        op("rows", "One row: raw values, what is usual among training inliers, reconstruction, share of the score")
            .query::<rows::one::RowQuery>()
            .json::<rows::one::Row>()
            .errors(&[400, 404, 409]),
    )
    .get(
        "/api/live",
        live::live,
        op("live", "Rows of an experiment in mixed order, scored as they pass: events begin, rows (at most ten a second), done, failed")
            .query::<live::LiveQuery>()
            .text("text/event-stream")
            .errors(&[400, 404, 429]),
    )
}

fn followed(api: Api) -> Api {
    let live = |summary| op("live", summary);
    api.get("/api/follows", follows::list, live("The files that may be followed, and those that are").json::<follows::FollowList>())
        .post(
            "/api/follows",
            follows::create,
            live("Follow a file: score what is in it and what is appended; 403 if the server has no --follow-dir")
                .body::<follows::FollowRequest>("application/json")
                .answers::<follows::FollowInfo>(201, "application/json")
                .errors(&[400, 403, 404, 415, 422, 429]),
        )
        .get("/api/follows/{id}", follows::info, live("What a followed file had so far").json::<follows::FollowInfo>().errors(&[404]))
        .post(
            "/api/follows/{id}",
            follows::change,
            live("Pause, or go on where it stopped")
                .body::<follows::FollowChange>("application/json")
                .json::<follows::FollowInfo>()
                .errors(&[400, 404, 415]),
        )
        .delete("/api/follows/{id}", follows::remove, live("Stop to follow a file, and forget its alarms").errors(&[404]))
        .get(
            "/api/follows/{id}/alarms",
            alarms::list,
            live("The latest anomalies, each with its reasons")
                .query::<alarms::AlarmsQuery>()
                .json::<alarms::AlarmList>()
                .errors(&[400, 404]),
        )
        .get(
            "/api/follows/{id}/alarms/{position}",
            alarms::one,
            live("One anomaly, feature by feature").json::<alarms::AlarmRow>().errors(&[400, 404]),
        )
}

fn running(api: Api) -> Api {
    let run = |summary| op("runs", summary);
    api.get("/api/runs", runs::list, run("The experiment files that may be run, and the runs").json::<runs::RunList>())
        .post(
            "/api/runs",
            runs::create,
            run("Run an experiment file, as `oddbench run` does; 403 if the server has no --run-dir")
                .body::<runs::RunRequest>("application/json")
                .answers::<runs::RunInfo>(202, "application/json")
                .errors(&[400, 403, 404, 409, 415]),
        )
        .post(
            "/api/runs/check",
            runs::check,
            run("What `oddbench check` says of an experiment file")
                .body::<runs::RunRequest>("application/json")
                .json::<runs::Checked>()
                .errors(&[400, 403, 404, 409, 415, 429]),
        )
        .get("/api/runs/{id}", runs::detail, run("A run with its trials and their losses").json::<runs::RunDetail>().errors(&[404]))
        .delete(
            "/api/runs/{id}",
            runs::remove,
            run("Stop a run that goes, in good order; asked again, at once. Forget one that is over; its results stay").errors(&[403, 404]),
        )
        .get(
            "/api/runs/{id}/output",
            runs::output,
            run("What a run printed, from a position on")
                .query::<runs::OutputQuery>()
                .json::<runs::Output>()
                .errors(&[400, 404, 409]),
        )
        .get("/api/runs/{id}/report", runs::report, run("The page of a run's report").text("text/html").errors(&[404, 409]))
}

fn detect(api: Api) -> Api {
    let detect = |summary| op("detect", summary);
    api.get("/api/samples", samples::list, detect("Tables to try with").json::<samples::Samples>())
        .get("/api/uploads", uploads::list, detect("The uploads that are kept").json::<upload_info::Uploads>())
        .post(
            "/api/uploads",
            uploads::create,
            detect("Upload a file of rows (CSV, Zeek log, JSON, ARFF, npz, plain or gzipped), or take a sample")
                .query::<reading::UploadQuery>()
                .body::<String>("text/csv")
                .body::<String>("application/octet-stream")
                .answers::<upload_info::UploadInfo>(201, "application/json")
                .errors(&[400, 404, 409, 413, 415, 422, 429]),
        )
        .get(
            "/api/uploads/{id}",
            uploads::info,
            detect("What is in an upload: its columns and possible labels").json::<upload_info::UploadInfo>().errors(&[404]),
        )
        .delete("/api/uploads/{id}", uploads::remove, detect("Forget an upload and its jobs; models that were fitted on it stay").errors(&[404]))
        .get(
            "/api/uploads/{id}/preview",
            uploads::preview,
            detect("The first rows of an upload as they were written")
                .query::<uploads::PreviewQuery>()
                .json::<upload_info::Preview>()
                .errors(&[400, 404]),
        )
        .post(
            "/api/uploads/{id}/jobs",
            jobs::create,
            detect("Score an upload with a model, or with one that is fitted on it or on another upload")
                .body::<request::JobRequest>("application/json")
                .answers::<jobs::JobInfo>(202, "application/json")
                .errors(&[400, 404, 415, 422, 429]),
        )
        .get("/api/kinds", kinds::list, detect("The kinds of models that can be fitted, with their parameters").json::<kinds::Kinds>())
        .post(
            "/api/fitted/{id}",
            fitted::rename,
            detect("Give a model that was fitted here another name")
                .body::<fitted::ModelName>("application/json")
                .errors(&[400, 404, 415]),
        )
        .delete("/api/fitted/{id}", fitted::remove, detect("Forget a model that was fitted here").errors(&[404]))
        .get("/api/jobs", jobs::list, detect("The jobs that are kept").json::<jobs::Jobs>())
        .get("/api/jobs/{id}", jobs::info, detect("How far a job is").json::<jobs::JobInfo>().errors(&[404]))
        .delete("/api/jobs/{id}", jobs::remove, detect("Cancel a job that runs, forget one that is over").errors(&[404]))
        .get(
            "/api/jobs/{id}/events",
            jobs::events,
            detect("A job's progress as it happens: events progress, then one of done, failed, cancelled, with what GET /api/jobs/{id} answers")
                .text("text/event-stream")
                .errors(&[404, 429]),
        )
        .get(
            "/api/jobs/{id}/result",
            result::result,
            detect("Scores, labels, projection: what a page counts and draws from")
                .json::<result::JobResult>()
                .errors(&[404, 409]),
        )
        .post(
            "/api/jobs/{id}/label",
            relabel::label,
            detect("Judge the rows of a result by another label; scores stay")
                .body::<relabel::Judged>("application/json")
                .json::<result::JobResult>()
                .errors(&[400, 404, 409, 415, 422]),
        )
        .post(
            "/api/jobs/{id}/marks",
            marks::mark,
            detect("Mark rows as benign or worth another look; marks go out with the download")
                .body::<marks::MarkRequest>("application/json")
                .json::<marks::MarkCounts>()
                .errors(&[400, 404, 409, 415]),
        )
        .get(
            "/api/jobs/{id}/rows",
            scored_rows::rows,
            detect("A page of rows by score, each with its reasons; alike ones grouped")
                .query::<filter::ScoredRowsQuery>()
                .json::<scored_rows::ScoredRowsPage>()
                .errors(&[400, 404, 409]),
        )
        .get(
            "/api/jobs/{id}/rows/{position}",
            scored_rows::row,
            detect("One row, feature by feature").json::<scored_rows::UploadedRow>().errors(&[400, 404, 409]),
        )
        .get(
            "/api/jobs/{id}/scatter",
            result::scatter,
            detect("Two columns of evenly spaced rows")
                .query::<result::ScatterQuery>()
                .json::<result::Scatter>()
                .errors(&[400, 404]),
        )
        .get(
            "/api/jobs/{id}/download",
            download::download,
            detect("What `oddbench score` writes; cells that a spreadsheet would run begin with an apostrophe")
                .query::<download::DownloadQuery>()
                .text("text/csv")
                .errors(&[400, 404, 409, 429]),
        )
}

/// The OpenAPI document, which describes every route.
pub fn openapi() -> &'static Value {
    static DOCUMENT: LazyLock<Value> = LazyLock::new(|| api().document());
    &DOCUMENT
}

/// `GET /api/openapi.json`.
async fn document() -> Json<&'static Value> {
    Json(openapi())
}

/// The whole service. The outermost layer is the last one: headers are on every answer, and a panic
/// anywhere below them becomes a 500.
pub fn router(app: App, more: Router<App>) -> Router {
    api()
        .router()
        .merge(assets::router())
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
