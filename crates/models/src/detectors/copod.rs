//! `copod`: the sum over the features of tail probabilities under the empirical copula.
//!
//! Z. Li, Y. Zhao, N. Botta, C. Ionescu, X. Hu: *COPOD: Copula-Based Outlier Detection*, ICDM 2020.

use serde_json::json;

use super::tail_probability::{Rule, TailDetector, TailParams, load};
use crate::{kinds::Kind, params};

pub(crate) const KIND: Kind = Kind {
    name: "copod",
    summary: "copula-based tail probabilities: the mean or the skewed tail of each feature, summed",
    source: "Li et al.: COPOD, ICDM 2020",
    supervised: false,
    uses_device: false,
    positional: false,
    resolve: params::resolve::<TailParams>,
    build: |value, _| {
        Ok(Box::new(TailDetector { rule: Rule::Copod, params: params::parse(value)? }))
    },
    load: |saved| load(Rule::Copod, saved),
    schema: params::schema::<TailParams>,
    quick: || json!({}),
};
