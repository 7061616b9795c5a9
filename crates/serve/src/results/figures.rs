//! `GET /api/experiments/{name}/figures`: the figures of the report, and each of them as a picture.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::header;
use axum::response::IntoResponse;
use schemars::JsonSchema;
use serde::Serialize;

use crate::error::{Answer, ApiError};
use crate::library::{Experiment, address};
use crate::state::App;

/// What there is to know of a figure before it is looked at.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "Figure")]
pub struct FigureLine {
    stem: String,
    title: String,
    caption: String,
    /// What it shows, for those who do not see it.
    alt: String,
    /// The position of the row that it belongs to; null: to all.
    row: Option<usize>,
    href: String,
}

/// The figures of an experiment.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "FigureList")]
pub struct Drawn {
    figures: Vec<FigureLine>,
}

/// `GET /api/experiments/{name}/figures`: what there is to see.
pub async fn list(State(app): State<App>, Path(name): Path<String>) -> Answer<Json<Drawn>> {
    let state = app.clone();
    app.compute(move || {
        let experiment = state.library.experiment(&name)?;
        Ok(Json(Drawn { figures: figures(&experiment)? }))
    })
    .await
}

/// Of a loaded experiment.
pub fn figures(experiment: &Experiment) -> Answer<Vec<FigureLine>> {
    let line = |figure: &oddbench_report::Figure| FigureLine {
        stem: figure.stem.clone(),
        title: figure.title.clone(),
        caption: figure.caption.clone(),
        alt: figure.alt.clone(),
        row: figure.row,
        href: format!("{}/figures/{}.svg", address(&experiment.name), figure.stem),
    };
    Ok(experiment.figures()?.iter().map(line).collect())
}

/// `GET /api/experiments/{name}/figures/{file}`: one of the figures that were drawn, as SVG or PNG.
pub async fn figure(
    State(app): State<App>,
    Path((name, file)): Path<(String, String)>,
) -> Answer<impl IntoResponse> {
    let state = app.clone();
    let picture = app.compute(move || {
        let experiment = state.library.experiment(&name)?;
        let (stem, kind) = file.rsplit_once('.').unwrap_or((&file, "svg"));
        let mut figures = experiment.figures()?.iter();
        let found = figures.find(|figure| figure.stem == stem);
        match (found, kind) {
            (Some(figure), "svg") => Ok(("image/svg+xml", figure.svg().into_bytes())),
            (Some(figure), "png") => Ok(("image/png", figure.png().map_err(ApiError::internal)?)),
            _ => Err(ApiError::none("figure", &address(&name))),
        }
    });
    let (kind, bytes) = picture.await?;
    Ok(([(header::CONTENT_TYPE, kind)], bytes))
}
