//! A fitted model with its preprocessing: from rows to scores, contributions and reconstructions.

use std::path::Path;
use std::sync::Arc;

use oddbench_core::counts::counted;
use oddbench_core::preprocess::{PreprocessError, Preprocessor};
use oddbench_core::{Column, FeatureKind, FittedDetector, Matrix, Table};
use oddbench_data::columns::ColumnVerdict;
use oddbench_data::rows::{Decisions, ReadRequest, RowError, Rows};
use oddbench_models::find;

use super::error::in_words;
use super::own_model::FitRecord;
use super::percent::in_training;
use super::scored::{filled, unseen};
use super::{InputColumn, ModelInfo, Scored, ScoringError};
use crate::change_floor::ChangeFloor;
use crate::oddest::{Oddest, Scorer};

/// A model that scores raw rows. Threads may share one.
pub struct SavedModel {
    info: ModelInfo,
    preprocessor: Preprocessor,
    detector: Box<dyn FittedDetector>,
    floor: ChangeFloor,
    columns: Vec<(String, FeatureKind)>,
    names: Arc<[String]>,
    /// The content of `fit.json`; `None` for the model of a trial.
    fit_record: Option<FitRecord>,
}

/// A column as a model rebuilds it, in raw units.
#[derive(Debug, Clone, PartialEq)]
pub enum Reconstructed {
    /// Numbers.
    Numeric(Vec<f64>),
    /// The likeliest category of each row.
    Categorical(Vec<String>),
}

/// The rows that could be scored, their scores, and what was wrong with the others.
pub struct GoodRows {
    /// In the order of the input.
    pub rows: Rows,
    /// Theirs.
    pub scored: Scored,
    /// Those that were left out, each with its line.
    pub faults: Vec<RowError>,
}

impl SavedModel {
    /// Opens the folder of a trial (`results/X/trials/ID`, or `model` in it), or one that
    /// [`Self::save`] wrote.
    pub fn open(dir: &Path) -> Result<Self, ScoringError> {
        super::open::open(dir)
    }

    /// Puts a model together, and fills in what `info` says about columns and abilities.
    pub(super) fn new(
        mut info: ModelInfo,
        (preprocessor, detector, floor): (Preprocessor, Box<dyn FittedDetector>, ChangeFloor),
        fit_record: Option<FitRecord>,
    ) -> Result<Self, ScoringError> {
        let width = preprocessor.columns().len();
        if width != detector.n_features() {
            return Err(ScoringError::Model(format!(
                "the preprocessing gives {}, but the model reads {}: they do not belong together",
                counted(width, "column"),
                detector.n_features()
            )));
        }
        info.columns = preprocessor
            .inputs()
            .map(|input| InputColumn {
                name: input.name.to_owned(),
                kind: input.levels.map_or(FeatureKind::Numeric, |_| FeatureKind::Categorical),
                levels: input.levels.map(<[String]>::to_vec).unwrap_or_default(),
            })
            .collect();
        let probe = Matrix::zeros(1, width);
        info.explains = detector.explain(&probe)?.is_some();
        info.reconstructs = detector.reconstruct(&probe)?.is_some();
        let columns = info.columns.iter().map(|input| (input.name.clone(), input.kind)).collect();
        let names = info.columns.iter().map(|input| input.name.clone()).collect();
        Ok(Self { info, preprocessor, detector, floor, columns, names, fit_record })
    }

    /// What is known about it.
    pub fn info(&self) -> &ModelInfo {
        &self.info
    }

    /// The columns that it reads with their kinds, as [`Rows::table`] wants them.
    pub fn columns(&self) -> &[(String, FeatureKind)] {
        &self.columns
    }

    /// What every column of the training rows was taken for; empty for the model of a trial.
    pub fn verdicts(&self) -> &[ColumnVerdict] {
        self.fit_record.as_ref().map_or(&[], |fit_record| &fit_record.columns)
    }

    /// What the user said of how the training file is read; `None` if that was nothing, and for the model
    /// of a trial.
    pub fn reading(&self) -> Option<&ReadRequest> {
        let reading = self.fit_record.as_ref().map(|fit_record| &fit_record.reading);
        reading.filter(|reading| !reading.says_nothing())
    }

    /// The fitted detector itself, which scores [`Self::matrix`].
    pub fn detector(&self) -> &dyn FittedDetector {
        self.detector.as_ref()
    }

    /// Turns raw columns into the columns of the detector.
    pub fn preprocessor(&self) -> &Preprocessor {
        &self.preprocessor
    }

    /// The rows of a table as the detector sees them.
    pub fn matrix(&self, table: &Table) -> Result<Matrix, ScoringError> {
        let all: Vec<usize> = (0..table.rows()).collect();
        self.preprocessor.transform(table, &all).map_err(|error| {
            let (_, what, remedy) = in_words(&error);
            let message = format!("{what}; {remedy}");
            match self.first_bad(table, &error) {
                Some(row) => ScoringError::Row { row, message },
                None => ScoringError::Table(message),
            }
        })
    }

    /// Scores a table; its columns are found by name, in any order, and others are not looked at.
    pub fn score(&self, table: &Table) -> Result<Scored, ScoringError> {
        let x = self.matrix(table)?;
        self.score_matrix(&x, table)
    }

    /// Scores rows as their source wrote them; the first fault is an error that names its line.
    pub fn score_rows(&self, rows: &Rows) -> Result<Scored, ScoringError> {
        let table = rows.table(&self.columns)?;
        let all: Vec<usize> = (0..rows.len()).collect();
        let x = self.preprocessor.transform(&table, &all).map_err(|error| {
            let (column, what, remedy) = in_words(&error);
            ScoringError::Rows(match self.first_bad(&table, &error) {
                Some(row) => rows.fault(row, column, what, remedy),
                None => rows.fault_of_all(what, remedy),
            })
        })?;
        self.score_read(&x, &table, rows)
    }

    /// Scores a table that was read from these rows.
    fn score_read(&self, x: &Matrix, table: &Table, rows: &Rows) -> Result<Scored, ScoringError> {
        let scored = self.score_matrix(x, table)?;
        let mut percent_signs = rows.percent_signs(&self.columns);
        percent_signs.retain(|signs| signs.signed > 0 || in_training(self, signs) > Some(0));
        Ok(Scored { percent_signs, ..scored })
    }

    /// Scores the rows that can be scored and says what is wrong with the others.
    pub fn score_good_rows(&self, rows: Rows) -> Result<GoodRows, ScoringError> {
        let (table, texts) = rows.table_and_faults(&self.columns)?;
        let all: Vec<usize> = (0..rows.len()).collect();
        if texts.is_empty()
            && let Ok(x) = self.preprocessor.transform(&table, &all)
        {
            let scored = self.score_read(&x, &table, &rows)?;
            return Ok(GoodRows { rows, scored, faults: Vec::new() });
        }
        let (mut good, mut faults) = (Vec::new(), Vec::new());
        let mut texts = texts.into_iter().peekable();
        for row in all {
            if let Some((_, fault)) = texts.next_if(|(at, _)| *at == row) {
                faults.push(fault);
                continue;
            }
            match self.preprocessor.transform(&table, &[row]) {
                Ok(_) => good.push(row),
                Err(error) => {
                    let (column, what, remedy) = in_words(&error);
                    faults.push(rows.fault(row, column, what, remedy));
                }
            }
        }
        let rows = rows.select(&good);
        let scored = self.score_rows(&rows)?;
        Ok(GoodRows { rows, scored, faults })
    }

    /// What is written beside rows.
    pub fn decisions(&self, scored: &Scored, threshold: f64) -> Decisions {
        scored.decisions(&self.names, threshold)
    }

    /// Each input column as the model rebuilds it, in raw units; `None` if it rebuilds nothing.
    pub fn reconstruct(
        &self,
        table: &Table,
    ) -> Result<Option<Vec<(String, Reconstructed)>>, ScoringError> {
        let Some(rebuilt) = self.detector.reconstruct(&self.matrix(table)?)? else {
            return Ok(None);
        };
        let columns = self.preprocessor.invert(&rebuilt).into_iter();
        let in_words = |column| match column {
            Column::Numeric(values) => Reconstructed::Numeric(values),
            Column::Categorical { codes, levels } => {
                let level = |code: u32| levels.get(code as usize).cloned().unwrap_or_default();
                Reconstructed::Categorical(codes.into_iter().map(level).collect())
            }
        };
        Ok(Some(columns.map(|(name, column)| (name, in_words(column))).collect()))
    }

    /// Writes a model that was fitted on a user's table into a folder that is not there yet.
    pub fn save(&self, dir: &Path) -> Result<(), ScoringError> {
        match &self.fit_record {
            Some(fit_record) => {
                fit_record.save(dir, &self.preprocessor, self.detector.as_ref(), self.floor)
            }
            None => Err(ScoringError::Request(
                "this model belongs to a trial, which is saved already: copy its folder".into(),
            )),
        }
    }

    fn score_matrix(&self, x: &Matrix, table: &Table) -> Result<Scored, ScoringError> {
        if x.is_empty() {
            return Ok(Scored {
                scores: Vec::new(),
                contributions: None,
                unseen: Vec::new(),
                unseen_cells: Vec::new(),
                filled: Vec::new(),
                percent_signs: Vec::new(),
            });
        }
        let all: Vec<usize> = (0..table.rows()).collect();
        let cells = self.preprocessor.unseen(table, &all);
        let cells = cells.map_err(|error| ScoringError::Table(error.to_string()))?;
        let scorer = Scorer {
            detector: self.detector.as_ref(),
            preprocessor: &self.preprocessor,
            positional: find(&self.info.kind).is_some_and(|kind| kind.positional),
            floor: self.floor,
        };
        let found = scorer.score(x, &cells)?;
        let scores = &found.scores;
        if scores.len() != x.rows() || scores.iter().any(|score| !score.is_finite()) {
            let message = format!("{} gave a score that is not finite", self.info.name);
            return Err(ScoringError::Model(message));
        }
        let shares = match self.info.explains {
            true => self.detector.explain(&found.as_scored(x))?,
            false => None,
        };
        let mut contributions = shares.map(|shares| self.preprocessor.per_input(&shares));
        let Oddest { scores, raised, .. } = found;
        if let Some(contributions) = &mut contributions {
            let width = contributions.cols();
            for (cell, part) in raised {
                let at = cell.row as usize * width + cell.input as usize;
                contributions.as_mut_slice()[at] += part as f32;
            }
        }
        let unseen = unseen(&self.info.columns, table, &cells);
        let filled = filled(&self.info.columns, table);
        let percent_signs = Vec::new();
        Ok(Scored { scores, contributions, unseen, unseen_cells: cells, filled, percent_signs })
    }

    /// The first row that alone gives an error; `None` if the columns are at fault.
    fn first_bad(&self, table: &Table, error: &PreprocessError) -> Option<usize> {
        match error {
            PreprocessError::Gaps { missing, infinite } => {
                missing.iter().chain(infinite).map(|gap| gap.first).min()
            }
            PreprocessError::TooLarge(_) => {
                (0..table.rows()).find(|&row| self.preprocessor.transform(table, &[row]).is_err())
            }
            _ => None,
        }
    }
}
