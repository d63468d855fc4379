//! One picture a workload: a point for the median of each way, a line from the lower to the upper quartile.

use super::{a_unit, list, name, number, short, string};
use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, Pos, VPos};
use serde_json::Value;

const WIDTH: i32 = 900;
const ROW: i32 = 26;
const HEAD: i32 = 66;
const FOOT: i32 = 48;
/// Where the scale begins and ends.
const LEFT: i32 = 350;
const RIGHT: i32 = WIDTH - 90;

const INK: RGBColor = RGBColor(31, 41, 55);
const GRID: RGBColor = RGBColor(226, 232, 240);
const LIMIT: RGBColor = RGBColor(21, 128, 61);
const OURS: RGBColor = RGBColor(29, 78, 216);
const PEER: RGBColor = RGBColor(148, 110, 60);

/// From ns to pixels: from zero, or in powers of ten where the slowest takes more than thirty times the fastest.
struct Scale {
    from: f64,
    to: f64,
    powers: bool,
}

impl Scale {
    fn of(rows: &[Value]) -> Self {
        let least = rows.iter().map(|row| number(&row["q1"])).fold(f64::INFINITY, f64::min).max(0.001);
        let most = rows.iter().map(|row| number(&row["q3"])).fold(0.0, f64::max);
        if most > 30.0 * least {
            return Self {
                from: 10f64.powf(least.log10().floor()),
                to: 10f64.powf(most.log10().ceil()),
                powers: true,
            };
        }
        Self { from: 0.0, to: most * 1.05, powers: false }
    }

    fn place(&self, ns: f64) -> i32 {
        let part = if self.powers {
            (ns.max(self.from) / self.from).log10() / (self.to / self.from).log10()
        } else {
            ns / self.to
        };
        LEFT + (part.clamp(0.0, 1.0) * f64::from(RIGHT - LEFT)).round() as i32
    }

    fn ticks(&self) -> Vec<f64> {
        if self.powers {
            let powers = (self.to / self.from).log10().round() as i32;
            return (0..=powers).map(|power| self.from * 10f64.powi(power)).collect();
        }
        let rough = self.to / 5.0;
        let power = 10f64.powf(rough.log10().floor());
        let step =
            [1.0, 2.0, 5.0, 10.0].map(|n| n * power).into_iter().find(|step| *step >= rough).unwrap_or(rough);
        (0..=(self.to / step) as u32).map(|n| f64::from(n) * step).collect()
    }
}

pub fn picture(workload: &Value) -> String {
    let rows = list(&workload["rows"]);
    let (height, scale) = (HEAD + ROW * rows.len() as i32 + FOOT, Scale::of(rows));
    let mut svg = String::new();
    {
        let area = SVGBackend::with_string(&mut svg, (WIDTH as u32, height as u32)).into_drawing_area();
        draw(&area, workload, rows, &scale, height).expect("drawing into a string does not fail");
        area.present().expect("drawing into a string does not fail");
    }
    svg + "\n"
}

type Area<'a> = DrawingArea<SVGBackend<'a>, plotters::coord::Shift>;
type Drawn = Result<(), Box<dyn std::error::Error>>;

fn draw(area: &Area<'_>, workload: &Value, rows: &[Value], scale: &Scale, height: i32) -> Drawn {
    area.fill(&WHITE)?;
    let text = |words: String, at: (i32, i32), size: i32, color: RGBColor, side: HPos| -> Drawn {
        let style = ("sans-serif", size).into_font().color(&color).pos(Pos::new(side, VPos::Center));
        Ok(area.draw(&Text::new(words, at, style))?)
    };
    text(
        format!("{}: {}", string(&workload["id"]), string(&workload["title"])),
        (16, 22),
        19,
        INK,
        HPos::Left,
    )?;
    let (unit, clock) = (a_unit(workload), string(&workload["clock"]));
    let (scaled, bottom) = (if scale.powers { "in powers of ten" } else { "from zero" }, height - FOOT);
    let caption = format!("ns of {clock} time {unit}, {scaled}; less is better");
    text(caption, (16, 46), 14, INK, HPos::Left)?;
    for tick in scale.ticks() {
        let x = scale.place(tick);
        area.draw(&PathElement::new([(x, HEAD), (x, bottom)], GRID.stroke_width(1)))?;
        text(plain(tick), (x, bottom + 14), 13, INK, HPos::Center)?;
    }
    for (at, row) in rows.iter().enumerate() {
        let y = HEAD + ROW * at as i32 + ROW / 2;
        let color = match string(&row["role"]) {
            "limit" => LIMIT,
            "ours" => OURS,
            _ => PEER,
        };
        let [low, middle, high] = ["q1", "median", "q3"].map(|key| scale.place(number(&row[key])));
        text(name(row), (LEFT - 14, y), 14, color, HPos::Right)?;
        area.draw(&PathElement::new([(low, y), (high.max(low + 1), y)], color.stroke_width(3)))?;
        area.draw(&Circle::new((middle, y), 5, color.filled()))?;
        text(short(number(&row["median"])), (high.max(middle) + 12, y), 14, INK, HPos::Left)?;
    }
    let legend = [
        ("limit", "the limit: a loop written by hand", LIMIT),
        ("ours", "reactive-streams", OURS),
        ("peer", "peers", PEER),
    ];
    let mut x = 16;
    for (role, words, color) in legend {
        if !rows.iter().any(|row| string(&row["role"]) == role) {
            continue;
        }
        area.draw(&Circle::new((x + 5, height - 14), 5, color.filled()))?;
        text(words.into(), (x + 16, height - 14), 13, INK, HPos::Left)?;
        x += 40 + 7 * words.len() as i32;
    }
    Ok(())
}

/// A tick, without what nobody reads.
fn plain(tick: f64) -> String {
    let words = format!("{tick:.3}");
    words.trim_end_matches('0').trim_end_matches('.').to_owned()
}
