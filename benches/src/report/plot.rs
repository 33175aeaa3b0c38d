//! Plots as SVG.

use crate::statistics::Estimate;
use std::fmt::Write as _;

/// Points over categories that are in an order, with a logarithmic scale.
pub(crate) struct Plot {
    pub(crate) title: String,
    pub(crate) y_label: &'static str,
    pub(crate) categories: Vec<String>,
    pub(crate) series: Vec<Series>,
}

pub(crate) struct Series {
    pub(crate) name: &'static str,
    /// One for each category. Nothing, where it was not measured.
    pub(crate) points: Vec<Option<Estimate>>,
}

const WIDTH: f64 = 900.0;
const HEIGHT: f64 = 420.0;
/// What is left of the plot, and right of it, where the legend is.
const LEFT: f64 = 70.0;
const RIGHT: f64 = 250.0;
const TOP: f64 = 40.0;
const BOTTOM: f64 = 40.0;

/// Okabe and Ito's, which people who are blind for some colours can tell apart; and two greys.
const COLOURS: [&str; 9] = [
    "#000000", "#e69f00", "#0072b2", "#56b4e9", "#d55e00", "#009e73", "#cc79a7", "#888888",
    "#bbbbbb",
];

impl Plot {
    pub(crate) fn svg(&self) -> String {
        let (low, high) = self.range();
        let x = |category: f64| {
            LEFT + (category + 0.5) / self.categories.len() as f64 * (WIDTH - LEFT - RIGHT)
        };
        let y = |value: f64| {
            HEIGHT - BOTTOM - (value / low).ln() / (high / low).ln() * (HEIGHT - TOP - BOTTOM)
        };
        let mut svg = format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {HEIGHT}\" \
             font-family=\"sans-serif\" font-size=\"12\">\n\
             <rect width=\"100%\" height=\"100%\" fill=\"white\"/>\n"
        );
        let mut text = |x: f64, y: f64, anchor: &str, text: &str| {
            let _ = writeln!(
                svg,
                "<text x=\"{x:.1}\" y=\"{y:.1}\" text-anchor=\"{anchor}\">{text}</text>"
            );
        };
        text(LEFT, 16.0, "start", &self.title);
        text(LEFT, 32.0, "start", self.y_label);
        for (nth, category) in self.categories.iter().enumerate() {
            text(x(nth as f64), HEIGHT - BOTTOM + 18.0, "middle", category);
        }
        for (nth, series) in self.series.iter().enumerate() {
            text(
                WIDTH - RIGHT + 30.0,
                TOP + 18.0 * nth as f64 + 4.0,
                "start",
                series.name,
            );
        }
        for tick in ticks(low, high) {
            text(LEFT - 6.0, y(tick) + 4.0, "end", &tick.to_string());
        }
        for tick in ticks(low, high) {
            line(
                &mut svg,
                (LEFT, y(tick)),
                (WIDTH - RIGHT, y(tick)),
                "#dddddd",
            );
        }
        // Beside each other within a category, so that the intervals can be told apart.
        let count = self.series.len() as f64;
        for (nth, series) in self.series.iter().enumerate() {
            let colour = COLOURS[nth % COLOURS.len()];
            let legend = TOP + 18.0 * nth as f64;
            line(
                &mut svg,
                (WIDTH - RIGHT + 8.0, legend),
                (WIDTH - RIGHT + 24.0, legend),
                colour,
            );
            let aside = (nth as f64 - (count - 1.0) / 2.0) / count * 0.6;
            let mut before = None;
            for (category, point) in series.points.iter().enumerate() {
                let Some(Estimate { median, low, high }) = *point else {
                    before = None;
                    continue;
                };
                let x = x(category as f64 + aside);
                line(&mut svg, (x, y(low)), (x, y(high)), colour);
                let _ = writeln!(
                    svg,
                    "<circle cx=\"{x:.1}\" cy=\"{:.1}\" r=\"3\" fill=\"{colour}\"/>",
                    y(median)
                );
                if let Some(before) = before {
                    line(&mut svg, before, (x, y(median)), colour);
                }
                before = Some((x, y(median)));
            }
        }
        svg + "</svg>\n"
    }

    /// Lowest and highest value, with some room.
    fn range(&self) -> (f64, f64) {
        let points = || {
            self.series
                .iter()
                .flat_map(|series| &series.points)
                .flatten()
        };
        let low = points()
            .map(|point| point.low)
            .fold(f64::INFINITY, f64::min);
        let high = points().map(|point| point.high).fold(0.0, f64::max);
        (low / 1.1, high * 1.1)
    }
}

fn line(svg: &mut String, from: (f64, f64), to: (f64, f64), colour: &str) {
    let _ = writeln!(
        svg,
        "<line x1=\"{:.1}\" y1=\"{:.1}\" x2=\"{:.1}\" y2=\"{:.1}\" stroke=\"{colour}\"/>",
        from.0, from.1, to.0, to.1
    );
}

/// 1, 2 and 5 of each power of ten in the range.
fn ticks(low: f64, high: f64) -> impl Iterator<Item = f64> {
    (-3..9)
        .flat_map(|power| [1.0, 2.0, 5.0].map(|digit| digit * 10_f64.powi(power)))
        .filter(move |tick| (low..high).contains(tick))
}
