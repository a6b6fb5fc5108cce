//! The task that keeps the published exposition up to date.
//!
//! Owns: when is rendered, and the one place where the newest rendering is. Rendering runs on a blocking thread, so
//! neither the fetcher nor a scrape waits for it; it never takes more than about a tenth of one processor's time.

use std::sync::Arc;
use std::time::Duration;

use arc_swap::ArcSwap;
use jiff::Timestamp;
use tokio::task::spawn_blocking;
use tokio::time::{Instant, sleep};
use tokio_util::sync::CancellationToken;
use tracing::error;

use super::render::{Exposition, Renderer};
use crate::clock::Clock;
use crate::inventory::{Inventory, Snapshot};

/// Changes within this time are rendered together. Far below any scrape interval.
const MIN_PAUSE: Duration = Duration::from_millis(100);

/// A pause is so many times as long as the rendering before it.
const PAUSE_FACTOR: u32 = 10;

/// Longer than this no change waits, however long rendering takes.
const MAX_PAUSE: Duration = Duration::from_secs(5);

/// After so many failures in a row rendering is broken for good, and the process should end: bytes that nobody renews
/// would hide that.
const MAX_FAILURES: u32 = 3;

/// Staleness takes effect at a rendering, so there is one every so often even if nothing changes.
const RENDER_AT_LEAST_EVERY: Duration = Duration::from_secs(5);

/// From one rendering's end to the next one's start it takes no longer.
pub const LONGEST_PAUSE: Duration = Duration::from_secs(MAX_PAUSE.as_secs() + RENDER_AT_LEAST_EVERY.as_secs());

/// What was published last: one moment, the same for the page and for the metrics.
#[derive(Debug)]
pub struct Published {
    /// What was known.
    pub snapshot: Arc<Snapshot>,
    /// When it was rendered, by the exporter's clock: freshness was judged at this time.
    pub at: Timestamp,
    /// The same by a clock that never jumps.
    pub renewed: Instant,
    pub(super) exposition: Exposition,
}

/// A reader of what was published last. Cheap to clone; never waits.
#[derive(Clone, Debug)]
pub struct Handle(Arc<ArcSwap<Published>>);

impl Handle {
    /// What was published last.
    #[must_use]
    pub fn load(&self) -> Arc<Published> {
        self.0.load_full()
    }
}

/// Renders the inventory and publishes the result.
#[derive(Debug)]
pub struct Publisher {
    inventory: Arc<Inventory>,
    clock: Clock,
    renderer: Renderer,
    handle: Handle,
}

impl Publisher {
    /// Publishes what the inventory holds now.
    #[must_use]
    pub fn new(inventory: Arc<Inventory>, clock: Clock) -> Self {
        let mut renderer = Renderer::new();
        let first = publication(&mut renderer, inventory.snapshot(), &clock);
        Self {
            inventory,
            clock,
            renderer,
            handle: Handle(Arc::new(ArcSwap::from_pointee(first))),
        }
    }

    /// A reader for the server.
    #[must_use]
    pub fn handle(&self) -> Handle {
        self.handle.clone()
    }

    /// Publishes every change, and what time does to what is known, until `shutdown`; returns before if rendering fails
    /// again and again.
    pub async fn run(self, shutdown: CancellationToken) {
        let _ = shutdown.run_until_cancelled(self.publish_forever()).await;
    }

    async fn publish_forever(self) {
        let Self {
            inventory,
            clock,
            mut renderer,
            handle,
        } = self;
        let mut changes = inventory.changes();
        let mut failures = 0;
        while failures < MAX_FAILURES {
            changes.mark_unchanged();
            let started = Instant::now();
            let (snapshot, clock) = (inventory.snapshot(), clock.clone());
            let rendering = spawn_blocking(move || {
                let published = publication(&mut renderer, snapshot, &clock);
                (renderer, published)
            });
            renderer = match rendering.await {
                Ok((renderer, published)) => {
                    handle.0.store(Arc::new(published));
                    failures = 0;
                    renderer
                }
                Err(problem) => {
                    error!(%problem, "rendering the metrics failed; what was published before stays");
                    failures += 1;
                    Renderer::new()
                }
            };
            sleep((started.elapsed() * PAUSE_FACTOR).clamp(MIN_PAUSE, MAX_PAUSE)).await;
            tokio::select! {
                // The inventory is held here, so its sending half lives.
                _ = changes.changed() => {}
                () = sleep(RENDER_AT_LEAST_EVERY) => {}
            }
        }
    }
}

fn publication(renderer: &mut Renderer, snapshot: Arc<Snapshot>, clock: &Clock) -> Published {
    let at = clock.now();
    let exposition = renderer.render(&snapshot, at);
    Published {
        snapshot,
        at,
        renewed: Instant::now(),
        exposition,
    }
}

#[cfg(test)]
mod tests;
