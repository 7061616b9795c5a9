//! The critical-difference diagram (Demšar 2006, figure 1): models on a scale of mean ranks, bars under
//! those whose difference is not significant by the Nemenyi test.

use plotters::prelude::PathElement;
use plotters::style::text_anchor::{HPos, VPos};

use super::blocks::{ALPHA, Ranks};
use crate::figures::{
    Area, Canvas, DrawError, Figure, INK, INLIER, MUTED, SIZE, bold, fit, head, line, px, text,
};

const LEFT: f64 = 180.0;
const AXIS: f64 = 112.0;
const BAR: f64 = 9.0;
const NAME: f64 = 19.0;

/// Draws ranks, wherever they are from.
pub fn draw(ranks: &Ranks, stamp: Option<&str>) -> Result<Figure, DrawError> {
    let title = "Mean ranks and the critical difference";
    let subtitle = format!(
        "by {} over {} blocks; critical difference at {ALPHA}: {:.2}",
        ranks.metric.title(),
        ranks.names.len(),
        ranks.test.critical_difference
    );
    let (order, groups) = (ranks.order(), ranks.groups());
    let half = order.len().div_ceil(2);
    let names = AXIS + 14.0 + BAR * groups.len() as f64 + 14.0;
    let height = names + NAME * half as f64 + 10.0;
    let scale = Scale { models: order.len() as f64 };
    let canvas = Canvas::draw((SIZE.0, height.ceil() as u32), |area| {
        head(area, title, &subtitle, stamp)?;
        axis(area, &scale, ranks.test.critical_difference)?;
        for (i, &model) in order.iter().enumerate() {
            let left = i < half;
            let at = if left { i } else { order.len() - 1 - i };
            let y = names + NAME * at as f64;
            label(area, &scale, ranks, (model, left, y))?;
        }
        for (i, &(first, last)) in groups.iter().enumerate() {
            let y = AXIS + 12.0 + BAR * i as f64;
            let rank = |at: usize| scale.place(ranks.test.mean_ranks[order[at]]);
            let ends = [(px(rank(first) - 3.0), px(y)), (px(rank(last) + 3.0), px(y))];
            area.draw(&PathElement::new(ends, line(INLIER, 1.0, 4.0)))?;
        }
        Ok(())
    })?;
    Ok(Figure {
        title: title.into(),
        caption: caption(),
        alt: alt(ranks),
        canvas,
        ..Figure::default()
    })
}

fn caption() -> String {
    "Left is better: rank 1 is the best of every block. Bars join models whose mean ranks are closer than the critical difference (CD).".into()
}

fn alt(ranks: &Ranks) -> String {
    let listed: Vec<String> = ranks
        .order()
        .iter()
        .map(|&model| format!("{} {:.2}", ranks.models[model], ranks.test.mean_ranks[model]))
        .collect();
    format!(
        "Critical-difference diagram. Mean ranks: {}. Critical difference {:.2}.",
        listed.join(", "),
        ranks.test.critical_difference
    )
}

/// Ranks from 1 to the number of models.
struct Scale {
    models: f64,
}

impl Scale {
    fn place(&self, rank: f64) -> f64 {
        LEFT + (f64::from(SIZE.0) - 2.0 * LEFT) * (rank - 1.0) / (self.models - 1.0)
    }
}

fn axis(area: &Area<'_>, scale: &Scale, critical: f64) -> Result<(), DrawError> {
    let stroke = |from: (f64, f64), to: (f64, f64), width: f64| {
        let ends = [(px(from.0), px(from.1)), (px(to.0), px(to.1))];
        area.draw(&PathElement::new(ends, line(INK, 1.0, width)))
    };
    let (from, to) = (scale.place(1.0), scale.place(scale.models));
    stroke((from, AXIS), (to, AXIS), 1.2)?;
    let every = (scale.models / 10.0).ceil();
    let mut rank = 1.0;
    while rank <= scale.models {
        let x = scale.place(rank);
        stroke((x, AXIS), (x, AXIS - 5.0), 1.2)?;
        let style = text(11.0, MUTED, HPos::Center, VPos::Bottom);
        area.draw_text(&format!("{rank}"), &style, (px(x), px(AXIS - 8.0)))?;
        rank += every;
    }
    // The critical difference, above the axis; cut where it is wider than all ranks.
    let y = AXIS - 34.0;
    let end = scale.place(1.0 + critical).min(f64::from(SIZE.0) - 16.0);
    stroke((from, y), (end, y), 2.0)?;
    for x in [from, end] {
        stroke((x, y - 4.0), (x, y + 4.0), 2.0)?;
    }
    let style = bold(11.0, INK, HPos::Right, VPos::Center);
    area.draw_text(&format!("CD {critical:.2}"), &style, (px(from - 8.0), px(y)))
}

fn label(
    area: &Area<'_>,
    scale: &Scale,
    ranks: &Ranks,
    (model, left, y): (usize, bool, f64),
) -> Result<(), DrawError> {
    let rank = ranks.test.mean_ranks[model];
    let edge = if left { LEFT - 20.0 } else { f64::from(SIZE.0) - LEFT + 20.0 };
    let x = scale.place(rank);
    let points = [(px(x), px(AXIS)), (px(x), px(y)), (px(edge), px(y))];
    area.draw(&PathElement::new(points, line(MUTED, 1.0, 1.0)))?;
    let name = fit(&ranks.models[model], 11.0, LEFT - 76.0);
    let (name, side, at) = match left {
        true => (format!("{name}  {rank:.2}"), HPos::Right, edge - 5.0),
        false => (format!("{rank:.2}  {name}"), HPos::Left, edge + 5.0),
    };
    area.draw_text(&name, &text(11.0, INK, side, VPos::Center), (px(at), px(y)))
}
