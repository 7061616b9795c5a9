//! Fewer points, same curve: what no eye can see is not drawn.

/// Leaves out the points of a curve that lie within `tolerance` of the straight line between points
/// that stay (Ramer, Douglas and Peucker). `unit` is the size of the plot in the units of `tolerance`.
pub fn curve(
    points: &[(f64, f64)],
    span: (f64, f64),
    unit: (f64, f64),
    tolerance: f64,
) -> Vec<(f64, f64)> {
    let scale = (unit.0 / span.0, unit.1 / span.1);
    let seen = |p: (f64, f64)| (p.0 * scale.0, p.1 * scale.1);
    let points = distinct(points, seen, tolerance / 2.0);
    if points.len() < 3 {
        return points;
    }
    let mut keep = vec![false; points.len()];
    keep[0] = true;
    keep[points.len() - 1] = true;
    let mut open = vec![(0, points.len() - 1)];
    while let Some((from, to)) = open.pop() {
        let (a, b) = (seen(points[from]), seen(points[to]));
        let farthest = (from + 1..to)
            .map(|i| (i, squared_distance(seen(points[i]), a, b)))
            .max_by(|p, q| p.1.total_cmp(&q.1));
        if let Some((at, distance)) = farthest
            && distance > tolerance * tolerance
        {
            keep[at] = true;
            open.extend([(from, at), (at, to)]);
        }
    }
    points.into_iter().zip(keep).filter_map(|(point, keep)| keep.then_some(point)).collect()
}

/// Without points that fall on the grid cell of the one before; the last always stays.
fn distinct(
    points: &[(f64, f64)],
    seen: impl Fn((f64, f64)) -> (f64, f64),
    cell: f64,
) -> Vec<(f64, f64)> {
    let grid = |p| {
        let (x, y) = seen(p);
        ((x / cell).round() as i64, (y / cell).round() as i64)
    };
    let mut out: Vec<(f64, f64)> = Vec::new();
    let mut last = None;
    for (i, &point) in points.iter().enumerate() {
        let at = grid(point);
        if last != Some(at) {
            out.push(point);
            last = Some(at);
        } else if i + 1 == points.len() {
            out.pop();
            out.push(point);
        }
    }
    out
}

/// From `p` to the segment from `a` to `b`, squared: a root for each point would cost a tenth of a report.
fn squared_distance(p: (f64, f64), a: (f64, f64), b: (f64, f64)) -> f64 {
    let (dx, dy) = (b.0 - a.0, b.1 - a.1);
    let length = dx * dx + dy * dy;
    let t = match length {
        0.0 => 0.0,
        _ => (((p.0 - a.0) * dx + (p.1 - a.1) * dy) / length).clamp(0.0, 1.0),
    };
    (p.0 - a.0 - t * dx).powi(2) + (p.1 - a.1 - t * dy).powi(2)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_straight_line_keeps_its_ends_and_a_corner_stays() {
        let mut points: Vec<_> = (0..=1000).map(|i| (0.0, f64::from(i) / 1000.0)).collect();
        points.extend((1..=1000).map(|i| (f64::from(i) / 1000.0, 1.0)));
        let thinned = curve(&points, (1.0, 1.0), (400.0, 400.0), 0.2);
        assert_eq!(thinned.first(), Some(&(0.0, 0.0)));
        assert_eq!(thinned.last(), Some(&(1.0, 1.0)));
        assert!(thinned.len() <= 4, "{thinned:?}");
        assert!(thinned.iter().any(|&(x, y)| x < 0.001 && y > 0.999));
    }

    #[test]
    fn no_point_moves_by_more_than_the_tolerance() {
        let points: Vec<_> =
            (0..5000).map(|i| f64::from(i) / 4999.0).map(|x| (x, x.sqrt())).collect();
        let thinned = curve(&points, (1.0, 1.0), (400.0, 400.0), 0.2);
        assert!(thinned.len() < 100, "{}", thinned.len());
        for &(x, y) in &points {
            let near =
                thinned.windows(2).map(|pair| squared_distance((x, y), pair[0], pair[1]).sqrt());
            assert!(near.fold(f64::MAX, f64::min) * 400.0 < 0.4);
        }
    }
}
