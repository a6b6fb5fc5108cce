//! The web configuration at work: the newest good state of the file and of all files that it names.
//!
//! Owns: noticing changes, and what stays in use while something is wrong. Whoever needs the state asks for it at
//! every connection and every request; then the versions of the files are compared, which costs some microseconds.

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, TryLockError};

use arc_swap::ArcSwap;
use hyper::header::{CONTENT_SECURITY_POLICY, HeaderMap, HeaderName, HeaderValue};
use rustls::ServerConfig;
use tracing::{error, info};

use super::limiter::Limiter;
use super::logins::Logins;
use super::tls;
use crate::config::{Errors, Mistakes};
use crate::secret::Version;
use crate::web_config::{self, WebConfig};

/// A state in which everything fits together.
#[derive(Debug)]
pub(super) struct State {
    pub(super) config: WebConfig,
    /// What speaks TLS; none: plain text.
    pub(super) tls: Option<Arc<ServerConfig>>,
    headers: Vec<(HeaderName, HeaderValue)>,
}

/// The web configuration, followed from change to change.
pub struct Web {
    path: PathBuf,
    state: ArcSwap<State>,
    watch: Mutex<Watch>,
    /// Hears whether the newest reading succeeded.
    observer: Box<dyn Fn(bool) + Send + Sync>,
    pub(super) logins: Logins,
    pub(super) limiter: Limiter,
}

/// What was read last, good or not.
#[derive(Debug)]
struct Watch {
    file: Option<Version>,
    /// Whether the file could be used by itself.
    file_is_good: bool,
    /// What the file said when it last could be used by itself.
    wanted: WebConfig,
    /// The versions of the files that `wanted` names.
    named: Vec<Option<Version>>,
}

impl fmt::Debug for Web {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Web").field("path", &self.path).finish_non_exhaustive()
    }
}

impl Web {
    /// Reads the file at `path` and those that it names. `observer` is told now and after every change whether the
    /// newest reading succeeded.
    ///
    /// # Errors
    /// Everything that is wrong with them.
    pub fn open(path: &Path, observer: impl Fn(bool) + Send + Sync + 'static) -> Result<Self, Errors> {
        // Versions before contents: what changes in between is seen as a change.
        let file = Version::of(path).ok();
        let wanted = web_config::load(path)?;
        let named = versions(&wanted);
        let state = State::of(&wanted, None, path)?;
        let mut mistakes = Mistakes::default();
        let logins = Logins::new();
        if logins.is_none() {
            mistakes.add(
                None,
                "",
                "passwords cannot be checked: the system gives no random bytes",
            );
        }
        let logins = mistakes.or(logins, path)?;
        observer(true);
        Ok(Self {
            path: path.to_owned(),
            state: ArcSwap::from_pointee(state),
            watch: Mutex::new(Watch {
                file,
                file_is_good: true,
                wanted,
                named,
            }),
            observer: Box::new(observer),
            logins,
            limiter: Limiter::default(),
        })
    }

    /// The newest good state.
    pub(super) fn current(&self) -> Arc<State> {
        let watch = match self.watch.try_lock() {
            Ok(watch) => Some(watch),
            // Nothing in it is ever half changed.
            Err(TryLockError::Poisoned(poisoned)) => Some(poisoned.into_inner()),
            // Somebody else is looking; the state of a moment ago will do.
            Err(TryLockError::WouldBlock) => None,
        };
        if let Some(mut watch) = watch {
            self.refresh(&mut watch);
        }
        self.state.load_full()
    }

    fn refresh(&self, watch: &mut Watch) {
        let file = Version::of(&self.path).ok();
        let is_new = file != watch.file;
        if is_new {
            watch.file = file;
            let read = web_config::load(&self.path);
            watch.file_is_good = read.is_ok();
            match read {
                Ok(config) => watch.wanted = config,
                Err(errors) => self.tell(&errors),
            }
        }
        let named = versions(&watch.wanted);
        if !is_new && named == watch.named {
            return;
        }
        watch.named = named;
        let made = State::of(&watch.wanted, Some(&self.state.load()), &self.path);
        (self.observer)(watch.file_is_good && made.is_ok());
        match made {
            Ok(state) => {
                self.state.store(Arc::new(state));
                if watch.file_is_good {
                    info!(file = %self.path.display(), "the web configuration or a file that it names has changed and is in use");
                }
            }
            Err(errors) => self.tell(&errors),
        }
    }

    fn tell(&self, errors: &Errors) {
        error!(
            file = %self.path.display(),
            problem = %errors,
            "the web configuration cannot be used; the last good one stays in use"
        );
    }

    /// `https` or `http`.
    #[must_use]
    pub fn scheme(&self) -> &'static str {
        if self.state.load().tls.is_some() {
            "https"
        } else {
            "http"
        }
    }

    /// Says in the log who is let in.
    pub(super) fn announce(&self) {
        let state = self.state.load();
        let on = |is_on: bool| if is_on { "on" } else { "off" };
        let tls = state.config.tls.as_ref();
        info!(
            file = %self.path.display(),
            tls = on(tls.is_some()),
            http2 = on(tls.is_some() && state.config.http2),
            client_certificates = ?tls.map_or(web_config::ClientAuth::None, |tls| tls.client_auth),
            authentication = on(!state.config.users.is_empty()),
            users = state.config.users.len(),
            "web configuration"
        );
    }
}

fn versions(config: &WebConfig) -> Vec<Option<Version>> {
    config.files().map(|path| Version::of(path).ok()).collect()
}

impl State {
    /// What `config` means with the files as they are now, in place of `before`.
    fn of(config: &WebConfig, before: Option<&Self>, path: &Path) -> Result<Self, Errors> {
        let mut mistakes = Mistakes::default();
        if let Some(before) = before {
            refuse_less_protection(&before.config, config, &mut mistakes);
        }
        let tls = match &config.tls {
            None => Some(None),
            Some(tls) => tls::server_config(tls, config.http2, &mut mistakes).map(Some),
        };
        let state = tls.map(|tls| Self {
            config: config.clone(),
            tls,
            headers: headers(config),
        });
        mistakes.or(state, path)
    }

    /// Adds the configured headers to those of an answer.
    pub(super) fn add_headers(&self, headers: &mut HeaderMap) {
        for (name, value) in &self.headers {
            if *name == CONTENT_SECURITY_POLICY {
                // Beside the page's own, without which its style would be lost; a browser keeps both.
                headers.append(name, value.clone());
            } else {
                headers.insert(name, value.clone());
            }
        }
    }
}

/// What protects is not switched off at run time: a file that is caught half written looks the same.
fn refuse_less_protection(before: &WebConfig, now: &WebConfig, mistakes: &mut Mistakes) {
    if before.tls.is_some() != now.tls.is_some() {
        mistakes.add(
            None,
            "tls_server_config",
            "TLS cannot be switched on or off at run time; restart the exporter",
        );
    }
    if !before.users.is_empty() && now.users.is_empty() {
        let what = "the users cannot all be taken away at run time; restart the exporter";
        mistakes.add(None, "basic_auth_users", what);
    }
    let (Some(before), Some(now)) = (&before.tls, &now.tls) else {
        return;
    };
    let (before, now) = (before.client_auth, now.client_auth);
    if (before.requires() && !now.requires()) || (before.verifies() && !now.verifies()) {
        let what = "clients' certificates cannot be demanded less strictly at run time; restart the exporter";
        mistakes.add(None, "tls_server_config.client_auth_type", what);
    }
}

fn headers(config: &WebConfig) -> Vec<(HeaderName, HeaderValue)> {
    let parsed = config.headers.iter().filter_map(|(name, value)| {
        let name = HeaderName::from_bytes(name.as_bytes()).ok()?;
        // The configuration takes nothing but ASCII.
        Some((name, HeaderValue::from_str(value).ok()?))
    });
    parsed.collect()
}

#[cfg(test)]
mod tests;
