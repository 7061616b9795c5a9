//! One value for each metric.

use std::collections::BTreeMap;
use std::ops::{Index, IndexMut};

use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::basis::Basis;
use super::metric::Metric;

/// One value for each metric, in files a map by the metric's name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct PerMetric<T>([T; Metric::ALL.len()]);

impl<T> PerMetric<T> {
    /// The value that `value` gives for each.
    pub fn from_fn(value: impl FnMut(Metric) -> T) -> Self {
        Self(Metric::ALL.map(value))
    }

    /// Metrics and values, in the order of columns.
    pub fn iter(&self) -> impl Iterator<Item = (Metric, &T)> {
        Metric::ALL.into_iter().zip(&self.0)
    }
}

impl PerMetric<Option<f64>> {
    /// Every metric of rows of which this is known.
    pub fn of(basis: &Basis) -> Self {
        Self::from_fn(|metric| metric.value(basis))
    }
}

impl<T> Index<Metric> for PerMetric<T> {
    type Output = T;

    fn index(&self, metric: Metric) -> &T {
        &self.0[metric as usize]
    }
}

impl<T> IndexMut<Metric> for PerMetric<T> {
    fn index_mut(&mut self, metric: Metric) -> &mut T {
        &mut self.0[metric as usize]
    }
}

impl<T: Serialize> Serialize for PerMetric<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.iter())
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for PerMetric<T> {
    /// Every metric must be there, and nothing else.
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let mut values = BTreeMap::<Metric, T>::deserialize(deserializer)?;
        let found: Vec<T> = Metric::ALL.iter().filter_map(|metric| values.remove(metric)).collect();
        found.try_into().map(Self).map_err(|_| D::Error::custom("a metric is missing"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn in_files_it_is_a_map_by_name_with_every_metric() {
        let positions = PerMetric::from_fn(|metric| metric as usize);
        let mut json = serde_json::to_value(positions).unwrap();
        assert_eq!(json.as_object().unwrap().len(), Metric::ALL.len());
        assert_eq!(json[Metric::F1.name()], Metric::F1 as usize);
        assert_eq!(serde_json::from_value::<PerMetric<usize>>(json.clone()).unwrap(), positions);
        json.as_object_mut().unwrap().remove("recall");
        assert!(serde_json::from_value::<PerMetric<usize>>(json.clone()).is_err());
        json["recal"] = 2.into();
        let error = serde_json::from_value::<PerMetric<usize>>(json).unwrap_err().to_string();
        assert!(error.contains("unknown metric \"recal\""), "{error}");
    }
}
