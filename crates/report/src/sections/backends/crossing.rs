//! From which size on one of two lines of times lies below the other.

/// Where a backend becomes quicker than the baseline as a size grows.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Crossing {
    /// Quicker at every size that was measured.
    Always,
    /// At none of them.
    Never,
    /// From about this size on: between two that were measured.
    From(f64),
    /// Only up to about this size.
    UpTo(f64),
    /// It changes more than once.
    Several,
}

/// Points are a size, the baseline's seconds and the backend's, by growing size. Between two sizes both
/// lines are taken for straight on logarithmic axes. `None` with fewer than two points.
pub fn crossing(points: &[[f64; 3]]) -> Option<Crossing> {
    // The logarithm of the speed-up: above 0, the backend is quicker.
    let gain = |p: &[f64; 3]| (p[1] / p[2]).ln();
    if points.len() < 2 || points.iter().flatten().any(|v| !(v.is_finite() && *v > 0.0)) {
        return None;
    }
    let changes: Vec<&[[f64; 3]]> =
        points.windows(2).filter(|pair| (gain(&pair[0]) > 0.0) != (gain(&pair[1]) > 0.0)).collect();
    Some(match changes[..] {
        [] if gain(&points[0]) > 0.0 => Crossing::Always,
        [] => Crossing::Never,
        [pair] => {
            let (low, high) = (gain(&pair[0]), gain(&pair[1]));
            let (from, to) = (pair[0][0].ln(), pair[1][0].ln());
            let size = (from + (to - from) * low / (low - high)).exp();
            if high > 0.0 { Crossing::From(size) } else { Crossing::UpTo(size) }
        }
        _ => Crossing::Several,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_side_or_the_other_throughout() {
        let (slow, quick) = ([10.0, 1.0, 2.0], [100.0, 1.0, 0.5]);
        assert_eq!(crossing(&[slow, [100.0, 3.0, 4.0]]), Some(Crossing::Never));
        assert_eq!(crossing(&[[10.0, 2.0, 1.0], quick]), Some(Crossing::Always));
        assert_eq!(crossing(&[slow]), None);
        assert_eq!(crossing(&[slow, [100.0, 0.0, 1.0]]), None);
        assert_eq!(crossing(&[slow, quick, [1000.0, 1.0, 9.0]]), Some(Crossing::Several));
    }

    #[test]
    fn a_crossing_between_two_sizes_is_where_power_laws_meet() {
        // 1e-3 * n and 0.1 * n^0.5 meet at n = 10,000.
        let point = |n: f64| [n, 1e-3 * n, 0.1 * n.sqrt()];
        let Some(Crossing::From(size)) = crossing(&[point(1e3), point(1e6)]) else { panic!() };
        assert!((size / 1e4 - 1.0).abs() < 1e-9, "{size}");
        let swapped = |n: f64| [n, 0.1 * n.sqrt(), 1e-3 * n];
        let Some(Crossing::UpTo(size)) = crossing(&[swapped(1e3), swapped(1e6)]) else { panic!() };
        assert!((size / 1e4 - 1.0).abs() < 1e-9, "{size}");
    }
}
