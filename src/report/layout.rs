//! Rows for people: a table where it fits the terminal, and otherwise an entry of several lines each.
//!
//! An id is never cut and never broken over lines here: one that is wider than the terminal is folded by the terminal
//! itself, which still copies it as one word. Without a terminal a row is one whole line.

use std::io::{self, Write};

use comfy_table::{
    CellAlignment, ColumnConstraint, ContentArrangement, Row as Cells, Table, Width, presets,
};

use super::{
    Look,
    paint::{Tint, paint},
};

/// A column. Columns without any content are left out.
#[derive(Debug, Clone, Copy)]
pub(super) struct Column {
    /// Its heading.
    pub(super) title: &'static str,
    /// Whether its cells end rather than begin at the same place.
    pub(super) right: bool,
}

/// A column of words.
pub(super) const fn words(title: &'static str) -> Column {
    Column {
        title,
        right: false,
    }
}

/// A column of amounts.
pub(super) const fn amounts(title: &'static str) -> Column {
    Column { title, right: true }
}

/// One row. Its cells are harmless already.
#[derive(Debug, Clone)]
pub(super) struct Row {
    /// The colour of the first cell.
    pub(super) tint: Tint,
    /// As many as there are columns.
    pub(super) cells: Vec<String>,
}

/// How many cells, from the left, stand in the first line of an entry: the id, and a word in front of it.
pub(super) type Headed = usize;

/// A vault holds up to a million backups, so rows are laid out this many at a time.
const BATCH: usize = 1_000;
/// Between two columns.
const GAP: &str = "  ";
/// In front of all but the first line of an entry.
const INDENT: &str = "    ";
/// A table's last column may be folded down to this width.
const NARROW: usize = 24;
/// Cells up to this width are aligned in entries; longer ones would push everything else aside.
const SHORT: usize = 12;
/// No table has a wider column; the table's own arithmetic ends at `u16::MAX`.
const WIDEST: usize = 4_000;

/// Writes the rows, which are asked for twice: once to measure them.
pub(super) fn rows<I: Iterator<Item = Row>>(
    columns: &[Column],
    headed: Headed,
    rows: impl Fn() -> I,
    look: &Look,
    out: &mut dyn Write,
) -> io::Result<()> {
    let mut shape = Shape::of(columns, rows());
    let titles = columns.iter().map(|column| column.title.to_owned());
    let heading = Row {
        tint: Tint::Bold,
        cells: titles.collect(),
    };
    let mut rows = std::iter::once(heading).chain(rows());
    if shape.fit(edge(look)) {
        shape.table(&mut rows, look, out)
    } else {
        rows.try_for_each(|row| shape.entry(&row, headed, look, out))
    }
}

/// A column that has content.
struct Shown {
    index: usize,
    column: Column,
    width: usize,
    longest_word: usize,
}

/// The columns that have content.
struct Shape(Vec<Shown>);

impl Shape {
    fn of(columns: &[Column], rows: impl Iterator<Item = Row>) -> Self {
        let mut shown: Vec<Shown> = columns
            .iter()
            .enumerate()
            .map(|(index, column)| Shown {
                index,
                column: *column,
                width: 0,
                longest_word: 0,
            })
            .collect();
        for row in rows {
            for (shown, cell) in shown.iter_mut().zip(&row.cells) {
                let longest_word = cell.split(' ').map(cell_width).max().unwrap_or(0);
                shown.width = cell_width(cell).max(shown.width);
                shown.longest_word = longest_word.max(shown.longest_word);
            }
        }
        shown.retain(|shown| shown.width > 0);
        for shown in &mut shown {
            shown.width = shown.width.max(shown.column.title.len());
        }
        Self(shown)
    }

    /// Whether a table fits the terminal, once its last column is as narrow as its words allow.
    fn fit(&mut self, limit: Option<usize>) -> bool {
        if self.0.iter().any(|shown| shown.width > WIDEST) {
            return false;
        }
        let (Some(limit), Some((last, others))) = (limit, self.0.split_last_mut()) else {
            return true;
        };
        let left = others
            .iter()
            .map(|shown| shown.width.saturating_add(GAP.len()))
            .fold(limit, usize::saturating_sub);
        let narrow = last.longest_word.max(NARROW).min(last.width);
        if narrow <= left {
            last.width = last.width.min(left);
        }
        narrow <= left
    }

    fn table(
        &self,
        rows: &mut impl Iterator<Item = Row>,
        look: &Look,
        out: &mut dyn Write,
    ) -> io::Result<()> {
        loop {
            let batch: Vec<Row> = rows.take(BATCH).collect();
            if batch.is_empty() {
                return Ok(());
            }
            let mut table = Table::new();
            table.load_preset(presets::NOTHING);
            table.set_content_arrangement(ContentArrangement::Disabled);
            // What of a last cell does not fit goes on in lines of its own, so that the table has a line for each row.
            let mut rests = Vec::with_capacity(batch.len());
            for row in &batch {
                let (cells, rest) = self.cells(row);
                table.add_row(Cells::from(cells));
                rests.push(rest);
            }
            for (column, shown) in table.column_iter_mut().zip(&self.0) {
                column.set_padding((0, 2));
                let width = u16::try_from(shown.width.saturating_add(2)).unwrap_or(u16::MAX);
                column.set_constraint(ColumnConstraint::Absolute(Width::Fixed(width)));
                column.set_cell_alignment(if shown.column.right {
                    CellAlignment::Right
                } else {
                    CellAlignment::Left
                });
            }
            for ((line, row), rest) in table.lines().zip(&batch).zip(rests) {
                let line = line.trim_end();
                let first = row.cells.first().map(String::as_str).unwrap_or_default();
                let painted = if row.tint == Tint::Bold { line } else { first };
                let after = line.strip_prefix(painted).unwrap_or(line);
                writeln!(out, "{}{after}", paint(look, row.tint, painted))?;
                for line in rest {
                    writeln!(out, "{line}")?;
                }
            }
        }
    }

    /// A row's cells, and the lines that its last cell needs besides.
    fn cells(&self, row: &Row) -> (Vec<String>, Vec<String>) {
        let cell = |shown: &Shown| row.cells.get(shown.index).cloned().unwrap_or_default();
        let Some((last, others)) = self.0.split_last() else {
            return Default::default();
        };
        let mut cells: Vec<String> = others.iter().map(cell).collect();
        let mut lines = broken(&cell(last), last.width, "").into_iter();
        cells.push(lines.next().unwrap_or_default());
        let indent = others
            .iter()
            .map(|shown| shown.width.saturating_add(GAP.len()))
            .fold(0, usize::saturating_add);
        let rest = lines.map(|line| format!("{}{line}", " ".repeat(indent)));
        (cells, rest.collect())
    }

    fn entry(&self, row: &Row, headed: Headed, look: &Look, out: &mut dyn Write) -> io::Result<()> {
        let mut head = String::new();
        let mut line = String::new();
        let mut long = Vec::new();
        let id = headed.saturating_sub(1);
        let mut aligned = true;
        for Shown {
            index,
            column,
            width,
            ..
        } in &self.0
        {
            let cell = row
                .cells
                .get(*index)
                .map(String::as_str)
                .unwrap_or_default();
            let blanks = " ".repeat(width.saturating_sub(cell_width(cell)));
            if *index < id {
                head.extend([&paint(look, row.tint, cell), &blanks, GAP]);
                continue;
            }
            if *index == id {
                head.push_str(cell);
                continue;
            }
            // Behind a long cell there is nothing to align with.
            aligned = aligned && *width <= SHORT;
            if aligned {
                line.push_str(GAP);
                if column.right {
                    line.extend([&blanks, cell]);
                } else {
                    line.extend([cell, &blanks]);
                }
            } else if !cell.is_empty() {
                long.push(cell);
            }
        }
        let Some(limit) = edge(look) else {
            let cells = std::iter::once(line.trim_end()).chain(long);
            let line = cells.collect::<Vec<_>>().join(GAP);
            return writeln!(out, "{}", format!("{head}{line}").trim_end());
        };
        writeln!(out, "{}", head.trim_end())?;
        line.insert_str(0, GAP);
        for cell in long {
            let width = cell_width(&line).saturating_add(cell_width(cell));
            if width.saturating_add(GAP.len()) > limit {
                writeln!(out, "{}", line.trim_end())?;
                let mut lines = broken(&format!("{INDENT}{cell}"), limit, INDENT);
                line = lines.pop().unwrap_or_default();
                for line in lines {
                    writeln!(out, "{line}")?;
                }
            } else {
                line.push_str(GAP);
                line.push_str(cell);
            }
        }
        writeln!(out, "{}", line.trim_end())
    }
}

/// Text that goes on behind the indent in a new line where a word would pass the terminal's edge.
pub(super) fn folded(text: &str, look: &Look, indent: &str) -> String {
    match edge(look) {
        Some(limit) => broken(text, limit, indent).join("\n"),
        None => text.to_owned(),
    }
}

/// The text in lines of at most so many places. A word that is wider than a line stays whole.
pub(crate) fn broken(text: &str, limit: usize, indent: &str) -> Vec<String> {
    let start = text.len().saturating_sub(text.trim_start().len());
    let mut lines = Vec::new();
    let mut line = text.get(..start).unwrap_or_default().to_owned();
    let mut width = cell_width(&line);
    let mut bare = true;
    for word in text.trim_start().split_inclusive(' ') {
        let wanted = width.saturating_add(cell_width(word.trim_end()));
        if !bare && wanted > limit && !word.trim_end().is_empty() {
            lines.push(line.trim_end().to_owned());
            indent.clone_into(&mut line);
            width = cell_width(&line);
        }
        line.push_str(word);
        width = width.saturating_add(cell_width(word));
        bare = false;
    }
    lines.push(line.trim_end().to_owned());
    lines
}

/// The terminal's last column, where there is a terminal.
fn edge(look: &Look) -> Option<usize> {
    look.width.filter(|_| look.terminal)
}

/// How many places the text takes on a terminal.
pub(super) fn cell_width(text: &str) -> usize {
    if text.is_ascii() {
        return text.len();
    }
    let cells = Cells::from(vec![text]);
    let mut table = Table::new();
    table.add_row(cells);
    let widths = table.column_max_content_widths();
    widths.first().copied().map_or(0, usize::from)
}
