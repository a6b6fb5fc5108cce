//! Why a call failed, as a closed set, and what to do about each.
//!
//! Owns: the sorting of failures and their remedies. Knows nothing of how an answer looks.

/// Why a call failed.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Cause {
    /// No connection, or it ended before an answer began.
    Connect,
    /// No whole answer in time.
    Timeout,
    /// The TLS handshake failed.
    Tls,
    /// An answer that contradicts the API: cut short, too large, not JSON, of another shape.
    Body,
    /// The job or task is unknown to the cloud (`DRS.10000010`, `DRS.M00289`, `DRS.M05004`).
    NotFound,
    /// The access key or the signature made with the secret key was refused.
    SignatureRefused,
    /// The signature was refused, and this machine's clock is more than 15 minutes off the cloud's.
    ClockSkew,
    /// The token was refused, a fresh one too if there was a way to get one.
    TokenRefused,
    /// The login with user and password was refused.
    LoginRefused,
    /// There is nothing to authenticate with: a file is missing, the metadata service is silent, nothing is set.
    CredentialsUnavailable,
    /// The credentials are good but lack the permission (403, `DRS.M00102`, `DRS.M00103`).
    Forbidden,
    /// Something in front of the API refused without any code of the cloud (403 or 407): a proxy or a firewall.
    Blocked,
    /// The credentials do not belong to the project asked for (`DRS.M00261`).
    WrongProject,
    /// The gateway does not know the call (404 without a code of DRS): the region does not have it, or the address
    /// is not that of the API.
    NotInRegion,
    /// Too many requests (429).
    Throttled,
    /// The cloud failed (5xx).
    Server,
    /// The cloud pointed elsewhere (3xx); it is not followed, for a request carries credentials.
    Redirected,
    /// Any other refusal (4xx).
    Refused,
}

impl Cause {
    /// Whether the whole project is refused, so that no other call can succeed until somebody mends it or a
    /// renewal works. A wrong project id counts: it stands in the path of every call.
    #[must_use]
    pub fn is_authentication(self) -> bool {
        matches!(
            self,
            Self::SignatureRefused
                | Self::ClockSkew
                | Self::TokenRefused
                | Self::LoginRefused
                | Self::CredentialsUnavailable
                | Self::WrongProject
        )
    }

    /// Whether DRS says this only after it knows the caller: the gateway may say 404 or 429 to a stranger, and a 5xx
    /// or a broken body may come from anything in between. That it was DRS who said it, the code tells.
    pub(super) fn was_let_in(self) -> bool {
        matches!(self, Self::NotFound | Self::Forbidden | Self::Refused)
    }

    /// Whether there was an answer that contradicts the API.
    #[must_use]
    pub fn is_invalid_response(self) -> bool {
        matches!(self, Self::Body)
    }

    /// Whether the same request may succeed a moment later. A broken body is not listed: whether it was cut (may
    /// pass) or wrong (will not) is known only where it was read.
    pub(super) fn may_pass(self) -> bool {
        matches!(self, Self::Connect | Self::Timeout | Self::Server | Self::Throttled)
    }

    /// What to do about it, for somebody who was woken by it.
    #[must_use]
    pub fn remedy(self) -> &'static str {
        match self {
            Self::Connect => "check the endpoint's address, DNS, firewall and `http.proxy_url`",
            Self::Timeout => "check the network to the endpoint; if the cloud is only slow, raise `http.timeout`",
            Self::Tls => {
                "check that the endpoint's certificate is valid here; name a private CA in `http.ca_file`; \
                 `InvalidContentType`: no TLS is spoken there"
            }
            Self::Body => {
                "check that the endpoint is the DRS API and no proxy or login page in front of it answers; \
                 if the answer is only large, raise `http.max_response_bytes`"
            }
            Self::NotFound => "check job_id and compare_job_id, or take them out of the configuration if deleted",
            Self::SignatureRefused => {
                "check access key and secret key, and that the key is active; it is not tried again at once, since \
                 five refused signatures lock a key for some minutes; a message about a reached limit says that it is \
                 locked now"
            }
            Self::ClockSkew => "set this machine's clock by NTP; signatures more than 15 minutes off are refused",
            Self::TokenRefused => {
                "check that the token is not expired and is of this region and project; a token file is read again \
                 when it changes"
            }
            Self::LoginRefused => {
                "check domain (account), user and password, that the user may log in by API, and the project_id; \
                 repeated wrong passwords lock the account"
            }
            Self::CredentialsUnavailable => "provide the credentials named above",
            Self::Forbidden => "grant the user, or the agency, read-only permission on DRS in this project",
            Self::Blocked => {
                "check the proxy or firewall in front of the API: it refused, and not the cloud; set `http.proxy_url`, \
                 with user and password if the proxy wants them"
            }
            Self::WrongProject => "check project_id: it must be the project of these credentials in this region",
            Self::NotInRegion => "check region and endpoint; not every region has this call",
            Self::Throttled => "lower `http.rate_limit` or ask less often; others may use the same account's quota",
            Self::Server => "wait: the cloud fails; if it stays, open a ticket with the request id",
            Self::Redirected => "configure the endpoint's final address (often https instead of http)",
            Self::Refused => "look up the code in the API's reference; check the ids in the configuration",
        }
    }
}
