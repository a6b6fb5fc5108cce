//! Keeps the pages in `docs/` that the code writes as the code would write them.
//!
//! Owns: the comparison, and the rewriting when the tests run with `UPDATE_DOCS=1`.

use std::path::Path;

/// Fails where `docs/NAME` is not `page`; with `UPDATE_DOCS` set, writes it first.
pub(crate) fn assert_current(name: &str, page: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs").join(name);
    if std::env::var_os("UPDATE_DOCS").is_some() {
        std::fs::write(&path, page).unwrap();
    }
    let written = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(
        written == page,
        "docs/{name} is out of date: run the tests with UPDATE_DOCS=1"
    );
}
