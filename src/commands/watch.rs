//! Notices that the configuration file is another one.
//!
//! Owns: when a change is one. The file is looked at, not listened to: notifications do not come over network file
//! systems, and get lost where a directory is swapped, as Kubernetes does with a mounted `ConfigMap`.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::sleep;
use tracing::info;

use super::reload::Handle;
use crate::secret::Version;

/// Between two looks. A change is taken at the second that sees the same: who writes has ended by then.
const PAUSE: Duration = Duration::from_secs(3);

/// The configuration file, and which version of it was read last.
pub(super) struct ConfigFile {
    path: PathBuf,
    read: Mutex<Seen>,
}

/// A version; none where there is no file.
type Seen = Option<Version>;

impl ConfigFile {
    /// The file at `path`, which is about to be read.
    pub(super) fn new(path: PathBuf) -> Self {
        let file = Self {
            path,
            read: Mutex::new(None),
        };
        file.note_reading();
        file
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// It is about to be read. (Not: was read. What changes meanwhile is another version.)
    pub(super) fn note_reading(&self) {
        *self.lock() = self.look();
    }

    fn look(&self) -> Seen {
        Version::of(&self.path).ok()
    }

    fn lock(&self) -> MutexGuard<'_, Seen> {
        self.read.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Has the file reloaded whenever it has changed, good or not; once for each change.
pub(super) async fn watch(file: Arc<ConfigFile>, reload: Handle) {
    let mut before = None;
    loop {
        sleep(PAUSE).await;
        let now = file.look();
        let was_read = *file.lock() == now;
        if !was_read && before == Some(now) {
            info!(file = %file.path.display(), "the configuration file has changed; reloading");
            reload.reload().await;
        }
        before = Some(now);
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::symlink;

    use tokio::sync::mpsc;
    use tokio::time::Instant;

    use super::*;
    use crate::server::ReloadOrder;

    /// A mounted `ConfigMap`: the file is a link into `..data`, which is a link to a directory that is swapped.
    fn write_as_kubernetes(folder: &Path, name: &str, content: &str) {
        let version = folder.join(name);
        fs::create_dir(&version).unwrap();
        fs::write(version.join("c.yaml"), content).unwrap();
        symlink(name, folder.join("..data_tmp")).unwrap();
        fs::rename(folder.join("..data_tmp"), folder.join("..data")).unwrap();
    }

    /// Waits for an order to reload and carries it out.
    async fn reloaded(orders: &mut mpsc::Receiver<ReloadOrder>, file: &ConfigFile) {
        let order = orders.recv().await.unwrap();
        file.note_reading();
        let _ = order.send(Ok(String::new()));
    }

    #[tokio::test(start_paused = true)]
    async fn a_change_is_taken_once_when_it_has_come_to_rest() {
        let folder = tempfile::tempdir().unwrap();
        let folder = folder.path();
        write_as_kubernetes(folder, "..1", "same");
        symlink("..data/c.yaml", folder.join("c.yaml")).unwrap();
        let file = Arc::new(ConfigFile::new(folder.join("c.yaml")));
        let (sender, mut orders) = mpsc::channel(1);
        tokio::spawn(watch(Arc::clone(&file), Handle(sender)));
        sleep(PAUSE * 5).await;
        assert!(orders.try_recv().is_err(), "nothing has changed");

        write_as_kubernetes(folder, "..2", "same");
        let start = Instant::now();
        reloaded(&mut orders, &file).await;
        assert!(
            start.elapsed() >= PAUSE && start.elapsed() <= PAUSE * 2,
            "after two looks"
        );

        // It changes between every two looks.
        for count in 0..5 {
            fs::write(folder.join("..2/c.yaml"), "x".repeat(count)).unwrap();
            sleep(PAUSE).await;
            assert!(orders.try_recv().is_err(), "somebody is still writing");
        }
        reloaded(&mut orders, &file).await;
        fs::remove_file(folder.join("c.yaml")).unwrap();
        reloaded(&mut orders, &file).await;
        sleep(PAUSE * 5).await;
        assert!(orders.try_recv().is_err(), "each once");
    }
}
