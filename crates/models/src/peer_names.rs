//! Names that PyOD, scikit-learn and other libraries have for our parameters: read as ours if they
//! mean the same, refused with advice where they do not.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use crate::params::ParamError;

/// A parameter's name in another library, and what it is here. A kind lists them in its entry of the table
/// of kinds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PeerName {
    /// The name elsewhere.
    pub name: &'static str,
    /// The advice to a person who writes it, or what it is read as.
    pub here: Here,
}

/// What a name of another library is here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Here {
    /// Another spelling of this parameter: the same meaning in the same unit.
    Same(&'static str),
    /// No parameter of the kind: what to do instead, one clause in lower case.
    Instead(&'static str),
}

/// Another spelling of a parameter: `same("tol", "tolerance")`.
pub(crate) const fn same(name: &'static str, own: &'static str) -> PeerName {
    PeerName { name, here: Here::Same(own) }
}

/// A name that is refused: `instead("novelty", "new rows are always scored")`.
pub(crate) const fn instead(name: &'static str, advice: &'static str) -> PeerName {
    PeerName { name, here: Here::Instead(advice) }
}

/// Names that no kind has, because oddbench decides about them elsewhere.
pub(crate) const EVERYWHERE: &[PeerName] = &[
    instead(
        "contamination",
        "a model scores and does not decide; a [[threshold]] section draws the line (`--quantile` of `oddbench fit`)",
    ),
    instead("random_state", SEEDS),
    instead("seed", SEEDS),
    instead(
        "n_jobs",
        "a model uses every free core; `--jobs` of `oddbench run` says how many run at a time",
    ),
    instead("verbose", "`oddbench run` shows the progress of every fit"),
    instead("preprocessing", PREPROCESS),
    instead("standardization", PREPROCESS),
    instead("device", "`backends` of [run] says where networks train"),
    instead("copy", "a fit never changes the rows that it is given"),
    instead("warm_start", "every fit begins anew"),
];

const SEEDS: &str =
    "`seeds` of [run], or of the model, decide everything random (`--seed` of `oddbench fit`)";
const PREPROCESS: &str =
    "the section [preprocess] scales the columns (`--scale` of `oddbench fit`)";

/// Names for the training of networks.
pub(crate) const TRAINING: &[PeerName] = &[
    same("lr", "learning_rate"),
    same("epoch_num", "epochs"),
    same("n_epochs", "epochs"),
    instead("optimizer", ADAM),
    instead("optimizer_name", ADAM),
    instead("optimizer_params", ADAM),
    instead(
        "weight_decay",
        "there is no weight decay; `patience` stops a fit that no longer improves",
    ),
    instead(
        "l2_regularizer",
        "weights are not held back; `patience` stops a fit that no longer improves",
    ),
    instead("batch_norm", "there is no batch normalisation; scale the columns in [preprocess]"),
    instead("loss", LOSS),
    instead("criterion_name", LOSS),
    instead("use_compile", COMPILED),
    instead("compile_mode", COMPILED),
    instead(
        "validation_size",
        "the split says which rows validate; `patience` stops by their loss",
    ),
];

const ADAM: &str = "networks are trained by Adam: `learning_rate`, `beta_1`, `beta_2` and `epsilon` are its parameters";
const LOSS: &str = "the loss is the kind's own";
const COMPILED: &str = "networks are compiled into oddbench";

/// Names for the index of nearest rows.
pub(crate) const NEIGHBOURS: &[PeerName] = &[
    same("k", "n_neighbors"),
    instead("algorithm", EXACT),
    instead("leaf_size", EXACT),
    instead("metric", EUCLIDEAN),
    instead("p", EUCLIDEAN),
    instead("metric_params", EUCLIDEAN),
];

const EXACT: &str = "the search is exact and chooses its own tree";
const EUCLIDEAN: &str = "distances are Euclidean";

/// Names for the solver of the kernel machines, LIBSVM's.
pub(crate) const LIBSVM: &[PeerName] = &[
    same("tol", "tolerance"),
    same("cache_size", "cache_mb"),
    instead(
        "max_iter",
        "the solver runs until it is within `tolerance`; a higher one is reached sooner",
    ),
];

/// Parameters by the names that they have here.
#[derive(Debug, Clone, PartialEq)]
pub struct OwnNames {
    /// Every value under our name.
    pub params: Map<String, Value>,
    /// For each of our names, the spelling that was read as it, if it is another.
    written: BTreeMap<&'static str, &'static str>,
}

impl OwnNames {
    /// Reads other spellings as ours.
    pub(crate) fn read(
        given: &Map<String, Value>,
        peers: impl Iterator<Item = PeerName> + Clone,
    ) -> Result<Self, ParamError> {
        let (mut params, mut written) = (Map::new(), BTreeMap::new());
        for (name, value) in given {
            let Some(peer) = peers.clone().find(|peer| peer.name == name) else {
                params.insert(name.clone(), value.clone());
                continue;
            };
            let own = match peer.here {
                Here::Same(own) => own,
                Here::Instead(advice) => return Err(ParamError::not_here(name, advice)),
            };
            let twice = match written.insert(own, peer.name) {
                None => given.contains_key(own).then_some(own),
                Some(first) => Some(first),
            };
            if let Some(other) = twice {
                let message = format!("`{name}` and `{other}` are the same parameter: remove one");
                return Err(ParamError::at(name, message));
            }
            params.insert(own.to_owned(), value.clone());
        }
        Ok(Self { params, written })
    }

    /// What to tell the person who wrote other spellings: "`tol` is called `tolerance` here".
    pub fn hints(&self) -> impl Iterator<Item = String> {
        self.written.iter().map(|(own, written)| format!("`{written}` is called `{own}` here"))
    }

    /// How one of our parameters was spelled.
    pub fn written<'a>(&'a self, own: &'a str) -> &'a str {
        self.written.get(own).copied().unwrap_or(own)
    }

    /// The error at the name that was written.
    pub fn at_written(&self, mut error: ParamError) -> ParamError {
        if let Some(key) = &mut error.key {
            let end = key.find(['.', '[']).unwrap_or(key.len());
            if let Some(written) = self.written.get(&key[..end]) {
                key.replace_range(..end, written);
            }
        }
        error
    }
}
