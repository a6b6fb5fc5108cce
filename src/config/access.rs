//! What to say of a file that may not be read.

use std::fs;
use std::io;

/// For a refusal: who was refused. What a person may read, a service's user often may not.
pub(crate) fn as_whom(error: &io::Error) -> String {
    if error.kind() != io::ErrorKind::PermissionDenied {
        return String::new();
    }
    user_id().map_or_else(String::new, |id| {
        format!("; it was tried as the user with the id {id}, which has to have the right to read it and to enter its folders")
    })
}

/// The effective user of this process. (There is no call for it in the standard library.)
fn user_id() -> Option<u32> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("Uid:"))?;
    line.split_ascii_whitespace().nth(1)?.parse().ok()
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::MetadataExt as _;

    use super::*;

    #[test]
    fn the_user_is_told_where_it_matters() {
        let folder = tempfile::tempdir().unwrap();
        let owner = fs::metadata(folder.path()).unwrap().uid();
        assert_eq!(user_id(), Some(owner));
        assert!(as_whom(&io::ErrorKind::PermissionDenied.into()).contains(&format!(" id {owner},")));
        assert_eq!(as_whom(&io::ErrorKind::NotFound.into()), "");
    }
}
