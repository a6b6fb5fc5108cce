//! Folders of good and bad files: what each kind of configuration is tested with.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use super::Errors;

/// The word that stands for a secret in the bad files.
pub(crate) const SECRET: &str = "hunter2";

/// A folder of `tests`, and how its files are read.
pub(crate) struct Cases<T> {
    pub(crate) folder: &'static str,
    pub(crate) load: fn(&Path) -> Result<T, Errors>,
}

impl<T> Cases<T> {
    /// All of the good files, at least so many, load.
    pub(crate) fn assert_good(&self, least: usize) {
        let files = self.files(".ok.yaml");
        assert!(files.len() >= least);
        for file in files {
            if let Err(errors) = (self.load)(&file) {
                panic!("{errors}");
            }
        }
    }

    /// All of the bad files, at least so many, are refused with the right words and without showing a secret. Each
    /// begins with one line `# expect: LINE:COLUMN: KEY: WORDS` per mistake, in their order.
    pub(crate) fn assert_bad(&self, least: usize) {
        let files = self.files(".bad.yaml");
        assert!(files.len() >= least);
        let mut wrong = String::new();
        // What the system says and where the folder lies differ between machines.
        let here = format!("{}", self.path().display());
        for file in files {
            let text = fs::read_to_string(&file).unwrap();
            let expected: Vec<_> = text.lines().map_while(|line| line.strip_prefix("# expect: ")).collect();
            let found = (self.load)(&file).map_or_else(|errors| told(&errors, &file), |_| Vec::new());
            let found: Vec<_> = found.iter().map(|line| line.replace(&here, "FOLDER")).collect();
            if found != expected {
                let _ = writeln!(wrong, "{}:\n# expect: {}", file.display(), found.join("\n# expect: "));
            }
            assert!(!found.concat().contains(SECRET), "{} shows a secret", file.display());
        }
        assert!(wrong.is_empty(), "these are told instead:\n{wrong}");
    }

    /// Where the folder is.
    pub(crate) fn path(&self) -> PathBuf {
        Path::new(env!("CARGO_MANIFEST_DIR")).join("tests").join(self.folder)
    }

    /// The files that end so, by name.
    fn files(&self, end: &str) -> Vec<PathBuf> {
        let all = fs::read_dir(self.path()).unwrap().map(|entry| entry.unwrap().path());
        let mut files: Vec<_> = all.filter(|path| path.to_str().unwrap().ends_with(end)).collect();
        files.sort();
        files
    }
}

/// The mistakes without the file's name, a line each.
pub(crate) fn told(errors: &Errors, file: &Path) -> Vec<String> {
    let prefix = format!("{}:", file.display());
    let text = errors.to_string();
    text.lines()
        .map(|line| line.strip_prefix(&prefix).unwrap().trim_start().to_owned())
        .collect()
}
