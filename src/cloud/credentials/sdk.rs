//! An access key where the official SDKs look for one (API text, 3.5).
//!
//! Owns: what of the process environment counts, the names of the profile file's keys, and their order: variables first.

use std::collections::HashMap;
use std::fs::File;
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use ini::Ini;
use url::Url;

use super::sdk_endpoints::{Endpoints, UnusableEndpoint};
use super::{Keys, KeysCache, unavailable};
use crate::cloud::error::Error;
use crate::secret::{Secret, SecretReader, SecretString, Version};

const ACCESS_KEY: &str = "HUAWEICLOUD_SDK_AK";
const SECRET_KEY: &str = "HUAWEICLOUD_SDK_SK";
const SECURITY_TOKEN: &str = "HUAWEICLOUD_SDK_SECURITY_TOKEN";
const CREDENTIALS_FILE: &str = "HUAWEICLOUD_SDK_CREDENTIALS_FILE";
/// Below the home directory.
const DEFAULT_FILE: &str = ".huaweicloud/credentials";
const SECTION: &str = "basic";
/// The file holds a handful of short lines.
const MAX_FILE_BYTES: u64 = 64 * 1024;

/// The part of the process environment that the SDKs' credentials and endpoints come from. Its debug print shows no
/// value of theirs.
#[derive(Clone, Debug, Default)]
pub struct SdkEnvironment {
    access_key: Option<SecretString>,
    secret_key: Option<SecretString>,
    security_token: Option<SecretString>,
    file: Option<PathBuf>,
    endpoints: Endpoints,
}

impl SdkEnvironment {
    /// That of this process, as it is now. A variable that is not UTF-8 counts as not set.
    #[must_use]
    pub fn of_process() -> Self {
        let variables = std::env::vars_os();
        Self::from_variables(
            variables.filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?))),
        )
    }

    /// That of these names and values; an empty value counts as not set.
    #[must_use]
    pub fn from_variables(variables: impl IntoIterator<Item = (String, String)>) -> Self {
        let variables: HashMap<String, String> = variables.into_iter().collect();
        let get = |name| variables.get(name).filter(|value| !value.trim().is_empty());
        let secret = |name| get(name).map(|value| SecretString::from(value.trim()));
        let home = get("HOME").map(|home| Path::new(home).join(DEFAULT_FILE));
        Self {
            access_key: secret(ACCESS_KEY),
            secret_key: secret(SECRET_KEY),
            security_token: secret(SECURITY_TOKEN),
            file: get(CREDENTIALS_FILE).map(PathBuf::from).or(home),
            endpoints: Endpoints::among(&variables),
        }
    }

    /// The address of `service` (`drs`, `iam`) in `region` that `HUAWEICLOUD_SDK_REGION_{SERVICE}_{REGION}` gives, in
    /// capitals and with `_` for `-`; of several, separated by commas, the first. `None` where it is not set: then
    /// [`Settings::default_endpoint`](crate::cloud::Settings::default_endpoint) is meant.
    ///
    /// # Errors
    /// When the variable holds something else than an address; it is not passed over, for the requests would go
    /// elsewhere than somebody meant.
    pub fn endpoint(&self, service: &str, region: &str) -> Result<Option<Url>, UnusableEndpoint> {
        self.endpoints.find(service, region)
    }
}

pub(in super::super) struct Sdk {
    environment: SdkEnvironment,
    cache: KeysCache,
}

impl Sdk {
    pub(super) fn new(environment: SdkEnvironment, cache: KeysCache) -> Self {
        Self { environment, cache }
    }

    pub(super) fn version(&self) -> Option<Version> {
        let path = self.environment.file.clone()?;
        SecretReader::new(Secret::File(path)).version()
    }

    /// The file is small and read each time, so that a change needs no restart.
    pub(super) fn keys(&self) -> Result<Arc<Keys>, Error> {
        let environment = &self.environment;
        let keys = match (&environment.access_key, &environment.secret_key) {
            (Some(access_key), Some(secret_key)) => Keys::new(
                access_key.clone(),
                secret_key.clone(),
                environment.security_token.clone(),
            ),
            (Some(_), None) => return Err(unavailable(format!("{ACCESS_KEY} is set but {SECRET_KEY} is not"))),
            (None, Some(_)) => return Err(unavailable(format!("{SECRET_KEY} is set but {ACCESS_KEY} is not"))),
            (None, None) => self.file_keys()?,
        };
        Ok(self.cache.keep(keys))
    }

    fn file_keys(&self) -> Result<Keys, Error> {
        let looked = format!("neither {ACCESS_KEY} and {SECRET_KEY} are set");
        let Some(path) = &self.environment.file else {
            let why = format!("{looked}, nor {CREDENTIALS_FILE} or HOME to find a profile file by");
            return Err(unavailable(why));
        };
        read_profile(path).map_err(|why| {
            let path = path.display();
            unavailable(format!(
                "{looked}, nor is the profile file {path} usable: {why}; set the two or write the file"
            ))
        })
    }
}

/// Keys from the file's section, or why not, in words without any of its content.
fn read_profile(path: &Path) -> Result<Keys, String> {
    let mut text = String::new();
    File::open(path)
        .and_then(|file| file.take(MAX_FILE_BYTES).read_to_string(&mut text))
        .map_err(|error| error.to_string())?;
    // The parser's message may show the line it fell over, so only the line's number is told.
    let ini = Ini::load_from_str_noescape(&text).map_err(|error| format!("line {} is no `key = value`", error.line))?;
    let section = ini
        .section(Some(SECTION))
        .ok_or_else(|| format!("it has no section [{SECTION}]"))?;
    let get = |key: &str| {
        section
            .get(key)
            .map(str::trim)
            .filter(|value| !value.is_empty())
            .map(SecretString::from)
    };
    let need = |key: &str| get(key).ok_or_else(|| format!("its section [{SECTION}] has no `{key}`"));
    Ok(Keys::new(need("ak")?, need("sk")?, get("security_token")))
}
