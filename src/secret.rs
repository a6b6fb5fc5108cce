//! Secrets: values that must never be shown, and the files they live in.
//!
//! Owns: how a secret is held, read, and noticed to have changed. Knows nothing of what it is used for.
//! A secret never shows in a log, an error, a page, a metric or a debug print: [`SecretString`] prints nothing
//! of itself, and an error names the file, never its content.

use std::fs;
use std::io::Read as _;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

pub use secrecy::{ExposeSecret, SecretString};

/// A token of a large account is about 16 KiB; a file beyond this is not a secret but a mistake.
const MAX_SECRET_BYTES: u64 = 256 * 1024;

/// Where a secret comes from. Its debug print shows the path of a file and never a value.
#[derive(Clone, Debug)]
pub enum Secret {
    /// The value itself, as written in the configuration.
    Value(SecretString),
    /// A file that holds the value; white space around it is not part of it.
    File(PathBuf),
}

/// Why a secret could not be read. Names the file, never its content.
#[derive(Debug, thiserror::Error)]
pub enum SecretError {
    /// The file could not be opened or read.
    #[error("cannot read the secret file {path}: {source}")]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// The file is empty, too large or not text.
    #[error("the secret file {path} is unusable: {why}")]
    Unusable {
        /// The file.
        path: PathBuf,
        /// What is wrong with its content, in words that do not show it.
        why: &'static str,
    },
}

/// What tells one version of a file from the next: a rewrite changes the time, a replacement (also the swapped
/// symbolic link of a mounted Kubernetes secret) changes the inode.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Version {
    device: u64,
    inode: u64,
    size: u64,
    modified: (i64, i64),
}

/// A secret that is read once and again whenever its file changes.
#[derive(Debug)]
pub struct SecretReader {
    secret: Secret,
    cached: Mutex<Option<(Version, SecretString)>>,
}

impl SecretReader {
    /// Reads nothing yet.
    #[must_use]
    pub fn new(secret: Secret) -> Self {
        Self {
            secret,
            cached: Mutex::new(None),
        }
    }

    /// The value now; the file is read only if it is another version than last time.
    ///
    /// # Errors
    /// When the file cannot be read or holds nothing usable.
    pub fn get(&self) -> Result<SecretString, SecretError> {
        let path = match &self.secret {
            Secret::Value(value) => return Ok(value.clone()),
            Secret::File(path) => path,
        };
        let version = version(path)?;
        let mut cached = self.cached.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((known, value)) = &*cached
            && *known == version
        {
            return Ok(value.clone());
        }
        let value = read(path)?;
        *cached = Some((version, value.clone()));
        Ok(value)
    }

    /// Which version of its file there is now; none without a file, or where there is none.
    #[must_use]
    pub fn version(&self) -> Option<Version> {
        match &self.secret {
            Secret::Value(_) => None,
            Secret::File(path) => version(path).ok(),
        }
    }

    /// Forgets what was read, so that the next [`get`](Self::get) reads the file whatever its version.
    pub fn forget(&self) {
        *self.cached.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }
}

impl std::fmt::Debug for Version {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "inode {}", self.inode)
    }
}

/// Which version of the file at `path` there is now; none where there is none.
#[must_use]
pub fn version_of(path: &Path) -> Option<Version> {
    version(path).ok()
}

fn version(path: &Path) -> Result<Version, SecretError> {
    let metadata = fs::metadata(path).map_err(|source| unreadable(path, source))?;
    Ok(Version {
        device: metadata.dev(),
        inode: metadata.ino(),
        size: metadata.size(),
        modified: (metadata.mtime(), metadata.mtime_nsec()),
    })
}

fn read(path: &Path) -> Result<SecretString, SecretError> {
    let unusable = |why| SecretError::Unusable {
        path: path.to_owned(),
        why,
    };
    let mut bytes = Vec::new();
    fs::File::open(path)
        .and_then(|file| file.take(MAX_SECRET_BYTES + 1).read_to_end(&mut bytes))
        .map_err(|source| unreadable(path, source))?;
    if bytes.len() as u64 > MAX_SECRET_BYTES {
        return Err(unusable("it is larger than 256 KiB"));
    }
    let text = std::str::from_utf8(&bytes).map_err(|_| unusable("it is not UTF-8 text"))?;
    match text.trim() {
        "" => Err(unusable("it is empty")),
        value if value.chars().any(char::is_control) => {
            Err(unusable("it has more than one line, or control characters"))
        }
        value => Ok(SecretString::from(value)),
    }
}

fn unreadable(path: &Path, source: std::io::Error) -> SecretError {
    SecretError::Unreadable {
        path: path.to_owned(),
        source,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_changed_file_is_read_again() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("sk");
        fs::write(&path, "one\n").unwrap();
        let reader = SecretReader::new(Secret::File(path.clone()));
        assert_eq!(reader.get().unwrap().expose_secret(), "one");
        let next = dir.path().join("next");
        fs::write(&next, "two").unwrap();
        fs::rename(&next, &path).unwrap();
        assert_eq!(reader.get().unwrap().expose_secret(), "two");
        fs::remove_file(&path).unwrap();
        assert!(reader.get().unwrap_err().to_string().contains("sk"));
    }

    #[test]
    fn what_is_no_secret_is_refused_without_being_shown() {
        let dir = tempfile::tempdir().unwrap();
        for (content, word) in [("", "empty"), ("a\nhunter2", "line"), (" \n", "empty")] {
            let path = dir.path().join("file");
            fs::write(&path, content).unwrap();
            let error = SecretReader::new(Secret::File(path)).get().unwrap_err().to_string();
            assert!(error.contains(word), "{error}");
            assert!(!error.contains("hunter2"));
        }
    }

    #[test]
    fn a_debug_print_shows_no_value() {
        let reader = SecretReader::new(Secret::Value(SecretString::from("hunter2")));
        assert!(!format!("{reader:?}").contains("hunter2"));
    }
}
