//! Tables as docs/performance.md has them, and the way that figures are written in them.

use std::time::Duration;

/// A table that is printed when it is complete, so that its columns line up.
#[derive(Debug)]
pub struct Table {
    rows: Vec<Vec<String>>,
}

impl Table {
    /// One with these columns.
    pub fn new<const N: usize>(columns: [&str; N]) -> Self {
        Self { rows: vec![columns.map(str::to_owned).to_vec()] }
    }

    /// One more row.
    pub fn row<const N: usize>(&mut self, cells: [String; N]) {
        self.rows.push(cells.to_vec());
    }

    /// Prints it under its title, with notes below.
    pub fn print(mut self, title: &str, notes: &[String]) {
        let widths: Vec<usize> = (0..self.rows[0].len())
            .map(|column| {
                self.rows.iter().map(|row| row[column].chars().count()).max().unwrap_or(0).max(3)
            })
            .collect();
        // The first column names the row, the others are figures.
        let rule = widths.iter().enumerate().map(|(n, width)| match n {
            0 => "-".repeat(*width),
            _ => format!("{}:", "-".repeat(width - 1)),
        });
        let rule = rule.collect();
        self.rows.insert(1, rule);
        println!("### {title}\n");
        for row in &self.rows {
            let cells = row.iter().zip(&widths).enumerate().map(|(n, (cell, width))| match n {
                0 => format!("{cell:<width$}"),
                _ => format!("{cell:>width$}"),
            });
            println!("| {} |", cells.collect::<Vec<_>>().join(" | "));
        }
        println!();
        for note in notes {
            println!("- {note}");
        }
        if !notes.is_empty() {
            println!();
        }
    }
}

/// `0.312 s`
pub fn seconds(time: Duration) -> String {
    match time.as_secs_f64() {
        long if long >= 10.0 => format!("{long:.1} s"),
        short => format!("{short:.3} s"),
    }
}

/// `1.04`
pub fn ratio(of: Duration, to: Duration) -> String {
    format!("{:.2}", of.as_secs_f64() / to.as_secs_f64())
}

/// `1.5 %`
pub fn percent(share: f64) -> String {
    format!("{:.1} %", share * 100.0)
}

/// `52 MB`
pub fn megabytes(peak: f64) -> String {
    format!("{peak:.0} MB")
}
