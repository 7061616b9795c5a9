//! A model knows what was said of how its training file is read: rows to score are read the same way.

use oddbench_data::rows::FileFormat;
use oddbench_engine::scoring::SavedModel;

use super::ScoreArgs;
use crate::args::InputLayout;
use crate::terminal::Terminal;

/// The arguments with the flags of the training file, where the user states no flag of the kind. What is
/// taken is told.
pub fn as_training_file(terminal: &Terminal, args: &ScoreArgs, model: &SavedModel) -> ScoreArgs {
    let Some(earlier) = model.reading() else { return args.clone() };
    let mut stated = args.layout.request();
    // A delimiter of the training file is none of a parquet file.
    stated.format = stated.format.or_else(|| FileFormat::of_path(&args.input));
    let taken = InputLayout::of_request(&stated.taken_from(earlier));
    let flags = taken.flags();
    if !flags.is_empty() {
        terminal.note(&format!("read as the training file:{flags}"));
    }
    ScoreArgs { layout: args.layout.with(&taken), ..args.clone() }
}
