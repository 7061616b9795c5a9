//! The detectors from outside: the contract, scikit-learn's figures, saved models, parameters.

mod contract;
mod golden;
mod params;
mod save;
