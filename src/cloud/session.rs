//! One project's standing with the cloud: every call goes out authenticated, and what a refusal means is decided here.
//!
//! Owns: when a refused call is repeated with another proof. Knows nothing of which operations there are.

use std::sync::Arc;

use super::cause::Cause;
use super::credentials::{CredentialsVersion, Source};
use super::decode::Answered;
use super::error::Error;
use super::http::{SetupError, cloud_client};
use super::limits::Limits;
use super::operation::Observer;
use super::request::{Call, Proof};
use super::settings::Settings;
use super::transport::{Reply, Transport};
use crate::clock::Clock;

pub(super) struct Session {
    transport: Transport,
    source: Source,
}

impl Session {
    pub(super) fn new(settings: &Settings, clock: Clock, observer: Arc<dyn Observer>) -> Result<Self, SetupError> {
        let http = cloud_client(&settings.http, &[&settings.drs, &settings.iam])?;
        let limits = Limits::new(settings.http.concurrency, settings.http.rate_limit).told_to(observer.clone());
        let transport = Transport::new(http, limits, settings.http.max_response_bytes, clock, observer);
        Ok(Self {
            source: Source::new(settings, &transport)?,
            transport,
        })
    }

    pub(super) fn credentials(&self) -> CredentialsVersion {
        self.source.version()
    }

    /// Sends `call` and gives its answer.
    pub(super) async fn ask(&self, call: Call) -> Result<Answered<'_>, Error> {
        let proof = self.source.proof(&self.transport).await?;
        let (reply, proof) = match self.transport.send(&call, &proof).await {
            Err(error) if is_refusal(error.cause()) => self.once_more(&call, &proof, error).await?,
            outcome => (outcome?, proof),
        };
        Ok(Answered {
            reply,
            call,
            proof,
            observer: self.transport.observer(),
        })
    }

    /// Repeats a refused call, once, if there is another proof. The same one is never sent again: five refused
    /// signatures lock a key.
    async fn once_more(&self, call: &Call, refused: &Proof, error: Error) -> Result<(Reply, Proof), Error> {
        match self.source.another(refused, &self.transport).await? {
            Some(another) => Ok((self.transport.send(call, &another).await?, another)),
            None => Err(error),
        }
    }
}

fn is_refusal(cause: Cause) -> bool {
    matches!(cause, Cause::TokenRefused | Cause::SignatureRefused)
}
