//! Rows of a file, of standard input or of the recorded data, one after another: nothing is read in advance beyond a
//! buffer's length, and no row may be longer than `LONGEST`.

use crate::progress::Progress;
use crate::reading::Reading;
use csv::{ByteRecord, ReaderBuilder};
use std::fmt::{self, Display};
use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// The longest row, in bytes.
const LONGEST: u64 = 1 << 20;
/// The longest name of a reading, in characters.
const SHORT: usize = 40;
const RECORDED: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/data/nyc-weather-2013.csv");

/// Where the rows come from.
pub(crate) enum Input {
    /// The data beside this example.
    Recorded,
    /// A file: fields if its name ends in `.csv` or `csv` says so, lines otherwise.
    File { path: PathBuf, csv: bool },
    /// Standard input: lines, unless `csv`.
    Stdin { csv: bool },
}

/// Why there are no more rows: one line that names the file, and the row if there is one.
#[derive(Debug)]
pub(crate) struct Malformed(String);

impl Display for Malformed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Rows up to the first that is malformed.
pub(crate) type Rows = Box<dyn Iterator<Item = Result<Reading, Malformed>>>;

impl Input {
    pub(crate) fn is_recorded(&self) -> bool {
        matches!(self, Self::Recorded)
    }

    /// What messages call it.
    pub(crate) fn name(&self) -> String {
        match self {
            Self::Recorded => Path::new(RECORDED).file_name().unwrap_or_default().display().to_string(),
            Self::File { path, .. } => path.display().to_string(),
            Self::Stdin { .. } => "standard input".into(),
        }
    }

    /// Opens it. The rows are read on the thread that asks for them.
    pub(crate) fn open(&self, progress: &Progress) -> Result<Rows, Malformed> {
        let file = self.name();
        let (reader, csv): (Box<dyn Read>, bool) = match self {
            Self::Stdin { csv } => (Box::new(progress.watch(None, io::stdin())), *csv),
            Self::Recorded => (open(Path::new(RECORDED), &file, progress)?, true),
            Self::File { path, csv } => {
                let named = path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("csv"));
                (open(path, &file, progress)?, *csv || named)
            }
        };
        let capped = Capped { reader, left: LONGEST };
        Ok(if csv { Box::new(Fields::new(file, capped)) } else { Box::new(Lines::new(file, capped)) })
    }
}

fn open(path: &Path, file: &str, progress: &Progress) -> Result<Box<dyn Read>, Malformed> {
    match File::open(path) {
        Ok(opened) => {
            let length = opened.metadata().ok().filter(std::fs::Metadata::is_file).map(|data| data.len());
            Ok(Box::new(progress.watch(length, opened)))
        }
        Err(error) => Err(Malformed(format!("{file}: cannot be opened: {error}"))),
    }
}

/// A reader that fails rather than fill the memory with one row.
struct Capped<R> {
    reader: R,
    /// What the row that is being read may still take.
    left: u64,
}

impl<R: Read> Read for Capped<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.left == 0 {
            return Err(io::Error::other(format!("it is longer than {LONGEST} bytes")));
        }
        let read = self.reader.by_ref().take(self.left).read(buffer)?;
        self.left -= read as u64;
        Ok(read)
    }
}

type Source = Capped<Box<dyn Read>>;

/// The lines of a text; each is its own name, and its number is its length in bytes.
struct Lines {
    file: String,
    reader: BufReader<Source>,
    bytes: Vec<u8>,
    row: u64,
    columns: Arc<[String]>,
}

impl Lines {
    fn new(file: String, source: Source) -> Self {
        let columns = Arc::new(["bytes".to_owned()]);
        Self { file, reader: BufReader::new(source), bytes: Vec::new(), row: 0, columns }
    }

    fn read(&mut self) -> Result<Option<Reading>, String> {
        self.row += 1;
        self.bytes.clear();
        self.reader.get_mut().left = LONGEST;
        let read = self.reader.read_until(b'\n', &mut self.bytes).map_err(unreadable)?;
        if self.bytes.pop_if(|last| *last == b'\n').is_some() {
            self.bytes.pop_if(|last| *last == b'\r');
        }
        let text = str::from_utf8(&self.bytes).map_err(|error| format!("not UTF-8: {error}"))?;
        let reading = || Reading {
            name: text.chars().take(SHORT).collect(),
            values: vec![text.len() as f64],
            columns: Arc::clone(&self.columns),
        };
        Ok((read > 0).then(reading))
    }
}

impl Iterator for Lines {
    type Item = Result<Reading, Malformed>;

    fn next(&mut self) -> Option<Self::Item> {
        let read = self.read();
        read.map_err(|what| Malformed(format!("{}, row {}: {what}", self.file, self.row))).transpose()
    }
}

/// The rows of a table of comma-separated values: a header, then rows with as many fields. A column is numeric if its
/// field in the first row after the header is a finite number, and then it is one in each row; the other fields are
/// the name of the reading. Empty lines are no rows.
struct Fields {
    file: String,
    reader: csv::Reader<Source>,
    record: ByteRecord,
    /// Rows so far; none before the header.
    row: Option<u64>,
    header: Vec<String>,
    numeric: Vec<bool>,
    /// The names of the numeric columns.
    columns: Arc<[String]>,
}

impl Fields {
    fn new(file: String, source: Source) -> Self {
        let reader = ReaderBuilder::new().has_headers(false).flexible(true).from_reader(source);
        let (record, columns) = (ByteRecord::new(), Arc::new([]));
        Self { file, reader, record, row: None, header: Vec::new(), numeric: Vec::new(), columns }
    }

    /// Reads the next record; false at the end.
    fn advance(&mut self) -> Result<bool, String> {
        self.reader.get_mut().left = LONGEST;
        self.reader.read_byte_record(&mut self.record).map_err(|error| match error.into_kind() {
            csv::ErrorKind::Io(error) => unreadable(error),
            other => format!("{other:?}"),
        })
    }

    fn read(&mut self) -> Result<Option<Reading>, String> {
        if self.row.is_none() {
            if !self.advance()? {
                return Ok(None);
            }
            self.header = texts(&self.record)?.map(str::to_owned).collect();
        }
        let row = self.row.map_or(1, |row| row + 1);
        self.row = Some(row);
        if !self.advance()? {
            return Ok(None);
        }
        let (fields, expected) = (self.record.len(), self.header.len());
        if fields != expected {
            return Err(format!("{fields} fields, where the header has {expected}"));
        }
        if row == 1 {
            self.numeric = texts(&self.record)?.map(|field| number(field).is_some()).collect();
            let named = self.header.iter().zip(&self.numeric);
            self.columns = named.filter(|(_, numeric)| **numeric).map(|(name, _)| name.clone()).collect();
        }
        let (mut name, mut values) = (String::new(), Vec::with_capacity(self.columns.len()));
        for (column, field) in texts(&self.record)?.enumerate() {
            if self.numeric[column] {
                values.push(number(field).ok_or_else(|| {
                    let field: String = field.chars().take(SHORT).collect();
                    format!("{field:?} is not a number, which {:?} is", self.header[column])
                })?);
            } else if name.len() < SHORT {
                name.extend((!name.is_empty()).then_some(' ').into_iter().chain(field.chars().take(SHORT)));
            }
        }
        Ok(Some(Reading { name, values, columns: Arc::clone(&self.columns) }))
    }
}

impl Iterator for Fields {
    type Item = Result<Reading, Malformed>;

    fn next(&mut self) -> Option<Self::Item> {
        let read = self.read().map_err(|what| {
            Malformed(match self.row {
                None => format!("{}, header: {what}", self.file),
                Some(row) => format!("{}, row {row} after the header: {what}", self.file),
            })
        });
        read.transpose()
    }
}

fn texts(record: &ByteRecord) -> Result<impl Iterator<Item = &str>, String> {
    for (column, field) in record.iter().enumerate() {
        str::from_utf8(field).map_err(|error| format!("field {} is not UTF-8: {error}", column + 1))?;
    }
    Ok(record.iter().map(|field| str::from_utf8(field).unwrap_or_default()))
}

/// A number is what Rust reads as one, spaces around it aside; infinities and `NaN` are none.
fn number(field: &str) -> Option<f64> {
    field.trim().parse().ok().filter(|number: &f64| number.is_finite())
}

fn unreadable(error: io::Error) -> String {
    format!("cannot be read: {error}")
}
