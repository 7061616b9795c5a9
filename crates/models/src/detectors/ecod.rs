//! `ecod`: the sum over the features of how far into its more extreme tail each value lies.
//!
//! Z. Li, Y. Zhao, X. Hu, N. Botta, C. Ionescu, G. H. Chen: *ECOD: Unsupervised Outlier Detection
//! Using Empirical Cumulative Distribution Functions*, IEEE TKDE 2022.

use serde_json::json;

use super::tail_probability::{Rule, TailDetector, TailParams, load};
use crate::{kinds::Kind, params};

pub(crate) const KIND: Kind = Kind {
    name: "ecod",
    summary: "empirical tail probabilities: the more extreme tail of each feature, summed",
    source: "Li et al.: ECOD, IEEE TKDE 2022",
    supervised: false,
    uses_device: false,
    positional: false,
    resolve: params::resolve::<TailParams>,
    build: |value, _| {
        Ok(Box::new(TailDetector { rule: Rule::Ecod, params: params::parse(value)? }))
    },
    load: |saved| load(Rule::Ecod, saved),
    schema: params::schema::<TailParams>,
    quick: || json!({}),
};
