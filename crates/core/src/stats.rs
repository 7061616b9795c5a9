//! How sure a figure is: bootstrap intervals over test rows, paired differences between models, and
//! the comparison of models over several data sets. Everything random is drawn from a stated seed.
//!
//! Methods: percentile bootstrap, stratified by side, inliers and outliers (Efron and Tibshirani 1993, chapter 13);
//! medians over seeds compared with seeds and rows resampled together, Student's distribution with Satterthwaite's
//! degrees of freedom (1946) and Holm's correction (1979); Friedman test and Nemenyi's critical difference (Demšar
//! 2006); Wilson's score interval of a share, MOVER's of a ratio and of a mean of two shares; Newcombe's of a ROC-AUC.

mod area;
mod area_draws;
mod cells;
mod difference;
mod distributions;
mod friedman;
mod head;
mod interval;
mod mean_of_proportions;
mod median;
mod proportion;
mod repeats;
mod resample;
mod resampled;
mod weighted;

pub use area::roc_auc_interval;
pub use area_draws::{DrawnArea, DrawnAreas, RowDraws};
pub use difference::{Difference, Pairing, compare, holm};
pub use distributions::{chi_squared_survival, two_sided_student};
pub use friedman::{Friedman, friedman};
pub use interval::Interval;
pub use mean_of_proportions::mean_of_proportions;
pub use median::{median, median_with_interval, middle_two};
pub use proportion::{interval_of, proportion, ratio_of_proportions};
pub use repeats::{Estimated, Repeat, estimate};
pub use resample::{Block, Blocks, Bootstrap, draws};
pub use resampled::{Extent, Measured, Meter, Resamples};
