//! From an experiment file to records: the experiment file itself ([`spec`]), the plan of its trials
//! ([`plan`]), the rows that they share ([`prepared`]), one trial ([`trial`]), the processes that run
//! them ([`executor`]) and the results folder ([`store`]). [`run`] is the whole flow.

mod canonical;
pub mod plan;
pub mod spec;

pub use plan::{Plan, PlanError};
pub use spec::{Overrides, Spec, SpecError};
