//! What a plan does to each group over time, as a picture: one line a group, one cell a period.
//!
//! All lines share one axis, so that they can be compared. It shows what the plan looked at, and decides nothing; the
//! zone in which periods are cut is passed in, as everything else is.

mod axis;
mod glyphs;

pub use glyphs::Glyphs;

use std::{
    collections::BTreeSet,
    io::{self, Write},
};

use jiff::tz::TimeZone;

use self::{axis::Axis, glyphs::Mark};
use super::{
    Look,
    amount::count,
    groups::{Group, by_loss, names},
    layout::{broken, cell_width},
    paint::{Tint, paint},
};
use crate::{plan::Plan, text::harmless};

/// More groups than these are not shown, but counted.
const GROUPS: usize = 20;
/// Where nothing else is known, and what a picture needs at least and can use at most.
const USUAL_WIDTH: usize = 80;
const LEAST_WIDTH: usize = 40;
const MOST_WIDTH: usize = 1_000;
/// Beside a name there are at least so many cells; otherwise the name stands above them.
const LEAST_CELLS: usize = 40;
/// A name that is cut to less than this tells nothing.
const LEAST_NAME: usize = 12;
const GAP: &str = "  ";

/// Writes a timeline of every group, those that lose most first. Nothing for a plan without items.
///
/// # Errors
/// Those of `out`.
pub fn timeline(
    plan: &Plan,
    zone: &TimeZone,
    glyphs: Glyphs,
    look: &Look,
    out: &mut dyn Write,
) -> io::Result<()> {
    let groups = by_loss(plan);
    if groups.is_empty() {
        return Ok(());
    }
    let width = look.width.filter(|_| look.terminal).unwrap_or(USUAL_WIDTH);
    let width = width.clamp(LEAST_WIDTH, MOST_WIDTH);
    let (shown, others) = groups.split_at(groups.len().min(GROUPS));
    let picture = Picture::of(shown, zone, glyphs, width);
    picture.draw(look, out)?;
    picture.legend(out)?;
    if !others.is_empty() {
        let going = others.iter().map(|group| group.going);
        let staying = others.iter().map(Group::staying);
        let more = format!(
            "{} and {} ({} keep, {} delete); -o json or --explain tells of all",
            glyphs.ellipsis(),
            count(others.len(), "more group"),
            staying.fold(0, usize::saturating_add),
            going.fold(0, usize::saturating_add),
        );
        lines(&more, width, out)?;
    }
    Ok(())
}

/// One group's line.
struct Line<'a> {
    group: &'a Group<'a>,
    name: String,
    undated: usize,
}

/// Where the names stand, and how much room is left for cells.
enum Shape {
    /// In front of the cells, all as wide as this, the counts in columns of these widths.
    Beside { name: usize, counts: Vec<Column> },
    /// In a line of their own.
    Above,
}

/// A column of counts.
struct Column {
    title: &'static str,
    width: usize,
    number: fn(&Line<'_>) -> usize,
}

struct Picture<'a> {
    lines: Vec<Line<'a>>,
    shape: Shape,
    axis: Option<Axis<'a>>,
    glyphs: Glyphs,
    width: usize,
}

impl<'a> Picture<'a> {
    fn of(groups: &'a [Group<'a>], zone: &'a TimeZone, glyphs: Glyphs, width: usize) -> Self {
        let mut lines: Vec<Line<'a>> = groups
            .iter()
            .zip(names(groups))
            .map(|(group, name)| Line {
                group,
                name: harmless(name).into_owned(),
                undated: undated(group),
            })
            .collect();
        let (shape, room) = shape(&mut lines, glyphs, width);
        let items = groups.iter().flat_map(|group| &group.items);
        let times = items.filter_map(|item| item.backup.created_at);
        Self {
            axis: Axis::of(times, zone, room),
            lines,
            shape,
            glyphs,
            width,
        }
    }

    fn draw(&self, look: &Look, out: &mut dyn Write) -> io::Result<()> {
        let ends = self.axis.as_ref().map(|axis| axis.ends(self.glyphs));
        let ends = ends.unwrap_or_default();
        match &self.shape {
            Shape::Beside { name, counts } => {
                let titles = counts
                    .iter()
                    .map(|column| (column.title.to_owned(), column));
                let heading = row("OF", *name, titles);
                let heading = format!("{heading}{GAP}{ends}");
                writeln!(out, "{}", paint(look, Tint::Bold, heading.trim_end()))?;
                for line in &self.lines {
                    let numbers = counts
                        .iter()
                        .map(|column| ((column.number)(line).to_string(), column));
                    let front = row(&line.name, *name, numbers);
                    let cells = self.cells(line, look);
                    writeln!(out, "{}", format!("{front}{GAP}{cells}").trim_end())?;
                }
            }
            Shape::Above => {
                if !ends.is_empty() {
                    writeln!(out, "{GAP}{}", paint(look, Tint::Bold, &ends))?;
                }
                for line in &self.lines {
                    let head = format!("{}{GAP}{}", line.name, counted(line));
                    self::lines(&head, self.width, out)?;
                    let cells = self.cells(line, look);
                    if !cells.is_empty() {
                        writeln!(out, "{GAP}{cells}")?;
                    }
                }
            }
        }
        Ok(())
    }

    /// A line's cells. Cells of one kind are coloured as one.
    fn cells(&self, line: &Line<'_>, look: &Look) -> String {
        let Some(axis) = &self.axis else {
            return String::new();
        };
        let mut marks = vec![Mark::Nothing; axis.cells];
        for item in &line.group.items {
            let cell = item.backup.created_at.map(|at| axis.cell(at));
            if let Some(mark) = cell.and_then(|cell| marks.get_mut(cell)) {
                *mark = mark.and(item.verdict);
            }
        }
        let alike = marks.chunk_by(|one, next| one.tint() == next.tint());
        alike
            .map(|marks| {
                let text: String = marks.iter().map(|mark| self.glyphs.of(*mark)).collect();
                let tint = marks.first().copied().unwrap_or_default().tint();
                paint(look, tint, &text)
            })
            .collect()
    }

    fn legend(&self, out: &mut dyn Write) -> io::Result<()> {
        let Some(axis) = &self.axis else {
            return Ok(());
        };
        let mark = |mark| self.glyphs.of(mark);
        let legend = format!(
            "{} keep, {} delete, {} both, {} nothing; {}",
            mark(Mark::Keep),
            mark(Mark::Delete),
            mark(Mark::Both),
            mark(Mark::Nothing),
            axis.scale()
        );
        lines(&legend, self.width, out)
    }
}

/// Names beside the cells if both have room and no two names look alike once they are cut. Cuts the names to their room,
/// and gives that of the cells.
fn shape(lines: &mut [Line<'_>], glyphs: Glyphs, width: usize) -> (Shape, usize) {
    let counts = columns(lines);
    let taken = counts
        .iter()
        .map(|column| column.width.saturating_add(GAP.len()))
        .fold(GAP.len(), usize::saturating_add);
    let left = width.saturating_sub(taken);
    let longest = lines.iter().map(|line| reach(&line.name, width)).max();
    let longest = longest.unwrap_or_default().max("OF".len());
    let name = longest.min(left.saturating_sub(LEAST_CELLS));
    let cut = |line: &Line<'_>| shortened(&line.name, name, glyphs);
    let distinct: BTreeSet<String> = lines.iter().map(cut).collect();
    if name >= longest.min(LEAST_NAME) && distinct.len() == lines.len() {
        for line in lines {
            line.name = shortened(&line.name, name, glyphs);
        }
        return (Shape::Beside { name, counts }, left.saturating_sub(name));
    }
    for line in lines {
        let taken = cell_width(&counted(line)).saturating_add(GAP.len());
        let room = width.saturating_sub(taken).max(LEAST_NAME);
        line.name = shortened(&line.name, room, glyphs);
    }
    (Shape::Above, width.saturating_sub(GAP.len()))
}

fn columns(lines: &[Line<'_>]) -> Vec<Column> {
    let column = |title: &'static str, number: fn(&Line<'_>) -> usize| {
        let widths = lines.iter().map(|line| number(line).to_string().len());
        let width = widths.fold(title.len(), usize::max);
        Column {
            title,
            width,
            number,
        }
    };
    let mut columns = vec![
        column("KEEP", |line| line.group.staying()),
        column("DELETE", |line| line.group.going),
    ];
    if lines.iter().any(|line| line.undated > 0) {
        columns.push(column("UNDATED", |line| line.undated));
    }
    columns
}

/// A name and what is counted, in their columns.
fn row<'a>(name: &str, width: usize, cells: impl Iterator<Item = (String, &'a Column)>) -> String {
    let blanks = " ".repeat(width.saturating_sub(cell_width(name)));
    let cells = cells.map(|(text, column)| format!("{GAP}{text:>width$}", width = column.width));
    format!("{name}{blanks}{}", cells.collect::<String>())
}

/// What is counted, in words.
fn counted(line: &Line<'_>) -> String {
    let counts = format!("{} keep, {} delete", line.group.staying(), line.group.going);
    match line.undated {
        0 => counts,
        undated => format!("{counts}, {undated} undated"),
    }
}

fn undated(group: &Group<'_>) -> usize {
    let times = group.items.iter().map(|item| item.backup.created_at);
    times.filter(Option::is_none).count()
}

/// How many places a name takes; one that takes more than there are is not measured to its end.
fn reach(name: &str, places: usize) -> usize {
    if name.len() > places.saturating_mul(4) {
        places
    } else {
        cell_width(name)
    }
}

/// The end of a name that takes more places than these: names of resources differ there.
fn shortened(name: &str, places: usize, glyphs: Glyphs) -> String {
    if name.len() <= places.saturating_mul(4) && cell_width(name) <= places {
        return name.to_owned();
    }
    let room = places.saturating_sub(cell_width(glyphs.ellipsis()));
    let characters = name.char_indices().rev();
    let start = characters
        .take(room)
        .last()
        .map_or(name.len(), |(at, _)| at);
    let mut end = name.get(start..).unwrap_or_default();
    while cell_width(end) > room {
        let mut characters = end.chars();
        characters.next();
        end = characters.as_str();
    }
    format!("{}{end}", glyphs.ellipsis())
}

/// Text in lines that fit.
fn lines(text: &str, width: usize, out: &mut dyn Write) -> io::Result<()> {
    let lines = broken(text, width, GAP);
    lines.iter().try_for_each(|line| writeln!(out, "{line}"))
}
