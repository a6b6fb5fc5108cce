//! The names of things in the cloud and in the configuration, each a type of its own.
//!
//! Owns: what an id is. Knows nothing of where it comes from or goes to.
//! The API promises nothing about the form of an id (API text, "Path parameters": plain strings without a
//! pattern; a `job_id` looks like a UUID but is none), so an id is opaque text, kept byte for byte.

use std::fmt;
use std::sync::Arc;

macro_rules! opaque_id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub struct $name(Arc<str>);

        impl $name {
            /// Keeps `text` as it is.
            pub fn new(text: impl AsRef<str>) -> Self {
                Self(Arc::from(text.as_ref()))
            }

            /// The text, byte for byte as it was given.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Debug::fmt(&*self.0, f)
            }
        }
    };
}

opaque_id! {
    /// The configured name of a project: the label `project`. Unique in a configuration.
    ProjectName
}
opaque_id! {
    /// A tenant's project in one region, as in the path of every call (32 hexadecimal digits in the examples).
    ProjectId
}
opaque_id! {
    /// A DRS job: one replication task (migration, synchronisation, disaster recovery).
    JobId
}
opaque_id! {
    /// One health comparison task of a job.
    CompareJobId
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_kept_byte_for_byte() {
        let text = " 163B98e8-6088-46c3-8b86-c18fea6jb502\n中";
        assert_eq!(JobId::new(text).as_str(), text);
        assert_eq!(JobId::new(text).to_string(), text);
    }
}
