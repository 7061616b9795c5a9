//! The vocabulary of oddbench and its pure functions: matrices, data sets, splits, preprocessing,
//! the detector traits, thresholds, metrics and records.
//!
//! Nothing in this crate touches files, clocks, the network or threads. Everything that decides a
//! figure in a report is here, where tests can compare it with scikit-learn on plain slices.

pub mod audit;
pub mod counts;
pub mod dataset;
pub mod detector;
pub mod ensemble;
pub mod evaluate;
pub mod experiment;
pub mod external;
pub mod given;
pub mod keys;
pub mod list;
pub mod matrix;
pub mod metrics;
pub mod numpy_rng;
pub mod one_class;
pub mod operating;
pub mod over_time;
pub mod preprocess;
pub mod provenance;
pub mod quote;
pub mod record;
pub mod remedy;
pub mod results;
pub mod scores;
pub mod serde_words;
pub mod settings;
pub mod shares;
pub mod shortcuts;
pub mod split;
mod split_mix;
pub mod stats;
pub mod sweeps;
pub mod threshold;
pub mod time;

pub use dataset::{
    Beside, BesideKind, Classes, Column, Dataset, FeatureKind, LabelPolicy, Table, UnreadTimes,
};
pub use detector::{
    Detector, DetectorError, Engine, Epoch, FittedDetector, OnDevice, Silent, Train, TrainingRows,
    Watch,
};
pub use matrix::Matrix;
pub use split_mix::SplitMix64;
