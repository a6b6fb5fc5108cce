//! The records of all jobs, in a file without a name.
//!
//! Owns: the file. It is in the system's folder for temporary files (`TMPDIR`) and has no name there, so that nothing
//! stays behind however the process ends. It holds some 10 KiB per job and month of daily runs.

use std::fs::File;
use std::io::{self, Read as _, Seek as _, SeekFrom, Write as _};

use super::record::Record;

/// Takes records in, in any order.
#[derive(Debug)]
pub struct Spool {
    file: File,
    length: u64,
    places: Vec<Place>,
}

/// Where a record is. The only thing that stays in memory of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Place {
    project: usize,
    rank: usize,
    offset: u64,
    length: usize,
}

/// Gives records out, as often as wanted.
#[derive(Debug)]
pub struct Kept {
    file: File,
    places: Vec<Place>,
}

impl Spool {
    /// Makes the file.
    ///
    /// # Errors
    /// When no temporary file can be made.
    pub fn new() -> io::Result<Self> {
        Ok(Self {
            file: tempfile::tempfile()?,
            length: 0,
            places: Vec::new(),
        })
    }

    /// Keeps the record of the job that is number `rank` of project number `project`.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn push(&mut self, project: usize, rank: usize, record: &Record) -> io::Result<()> {
        let bytes = serde_json::to_vec(record)?;
        self.file.write_all(&bytes)?;
        self.places.push(Place {
            project,
            rank,
            offset: self.length,
            length: bytes.len(),
        });
        self.length += bytes.len() as u64;
        Ok(())
    }

    /// Takes no more, and puts the jobs into the order of the configuration, whatever order they came in.
    #[must_use]
    pub fn finish(mut self) -> Kept {
        self.places.sort_unstable();
        Kept {
            file: self.file,
            places: self.places,
        }
    }
}

impl Kept {
    /// How many records there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.places.len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.places.is_empty()
    }

    /// Each record with the number of its project, read from the file one by one.
    pub(super) fn records(&self) -> impl Iterator<Item = io::Result<(usize, Record)>> {
        self.places.iter().map(|place| {
            let mut file = &self.file;
            file.seek(SeekFrom::Start(place.offset))?;
            let mut bytes = vec![0; place.length];
            file.read_exact(&mut bytes)?;
            Ok((place.project, serde_json::from_slice(&bytes)?))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn records_come_back_in_the_order_of_the_configuration_and_more_than_once() {
        let record = |job: &str| Record {
            job: job.to_owned(),
            name: "a \"name\"\n中".to_owned(),
            ..Record::default()
        };
        let mut spool = Spool::new().unwrap();
        for (project, rank, job) in [(1, 0, "c"), (0, 1, "b"), (0, 0, "a")] {
            spool.push(project, rank, &record(job)).unwrap();
        }
        let kept = spool.finish();
        let expected = [(0, record("a")), (0, record("b")), (1, record("c"))];
        for _ in 0..2 {
            let read: Vec<_> = kept.records().map(Result::unwrap).collect();
            assert_eq!(read, expected);
        }
        assert_eq!(kept.len(), 3);
    }
}
