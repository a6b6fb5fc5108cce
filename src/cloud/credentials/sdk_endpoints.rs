//! Where the official SDKs are told another address of a service (API text, 3.5).
//!
//! Owns: the names of the variables, and what is a usable address in one. Values are never shown: an address may hold
//! a password by mistake.

use std::collections::BTreeMap;
use std::fmt;

use url::Url;

/// Before the service and the region: `HUAWEICLOUD_SDK_REGION_DRS_CN_NORTH_4`.
const PREFIX: &str = "HUAWEICLOUD_SDK_REGION_";

/// A variable that is to name an endpoint and does not.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the environment variable {variable} {why}, for example https://drs.example.com")]
pub struct UnusableEndpoint {
    variable: String,
    why: &'static str,
}

/// The values of such variables, by their names. Its debug print shows the names only.
#[derive(Clone, Default)]
pub(super) struct Endpoints(BTreeMap<String, String>);

impl Endpoints {
    /// Those among `variables`; an empty one counts as not set.
    pub(super) fn among<'a>(variables: impl IntoIterator<Item = (&'a String, &'a String)>) -> Self {
        let named = variables
            .into_iter()
            .filter(|(name, value)| name.starts_with(PREFIX) && !value.trim().is_empty());
        Self(named.map(|(name, value)| (name.clone(), value.clone())).collect())
    }

    /// The first address given for `service` in `region`, if any is.
    pub(super) fn find(&self, service: &str, region: &str) -> Result<Option<Url>, UnusableEndpoint> {
        let variable = format!("{PREFIX}{service}_{region}").to_uppercase().replace('-', "_");
        let Some(value) = self.0.get(&variable) else {
            return Ok(None);
        };
        // Several stand for one another; which of them answers is nothing that can be tried here.
        let first = value.split(',').map(str::trim).find(|part| !part.is_empty());
        match read(first.unwrap_or_default()) {
            Ok(url) => Ok(Some(url)),
            Err(why) => Err(UnusableEndpoint { variable, why }),
        }
    }
}

impl fmt::Debug for Endpoints {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.0.keys()).finish()
    }
}

/// Strict, as the configuration is, but for a missing scheme: there the SDKs put `https://` in front.
fn read(text: &str) -> Result<Url, &'static str> {
    let address = match text.split_once("://") {
        Some(("http" | "https", _)) => text.to_owned(),
        Some(_) => return Err("must start with https:// or http://"),
        None => format!("https://{text}"),
    };
    let host = address.split_once("://").map_or("", |(_, rest)| rest);
    // The parser drops white space and needless slashes; neither is what somebody meant.
    if host.is_empty() || host.starts_with(['/', '\\']) || host.contains(char::is_whitespace) {
        return Err("must be an address");
    }
    let url = Url::parse(&address).map_err(|_| "must be an address")?;
    if !url.username().is_empty() || url.password().is_some() {
        return Err("must be an address without user and password");
    }
    if url.path() != "/" || url.query().is_some() || url.fragment().is_some() {
        return Err("must be an address that ends after host and port");
    }
    Ok(url)
}

#[cfg(test)]
mod tests {
    use crate::cloud::SdkEnvironment;

    fn find(name: &str, value: &str) -> Result<Option<String>, String> {
        let environment = SdkEnvironment::from_variables([(name.to_owned(), value.to_owned())]);
        match environment.endpoint("drs", "cn-north-4") {
            Ok(url) => Ok(url.map(|url| url.to_string())),
            Err(error) => Err(error.to_string()),
        }
    }

    #[test]
    fn the_first_address_for_the_service_and_region_is_used() {
        let name = "HUAWEICLOUD_SDK_REGION_DRS_CN_NORTH_4";
        for (value, address) in [
            ("https://drs.private.example", "https://drs.private.example/"),
            ("drs.private.example:8443/", "https://drs.private.example:8443/"),
            (
                " http://127.0.0.1:8080 , https://drs.other.example",
                "http://127.0.0.1:8080/",
            ),
            (",https://drs.other.example", "https://drs.other.example/"),
        ] {
            assert_eq!(find(name, value), Ok(Some(address.to_owned())), "{value}");
        }
        assert_eq!(find(name, " "), Ok(None));
        for other in [
            "HUAWEICLOUD_SDK_REGION_IAM_CN_NORTH_4",
            "HUAWEICLOUD_SDK_REGION_DRS_CN_NORTH_1",
            "HUAWEICLOUD_SDK_REGION_DRS_cn-north-4",
        ] {
            assert_eq!(find(other, "https://drs.private.example"), Ok(None), "{other}");
        }
    }

    #[test]
    fn a_value_that_is_no_address_is_refused_by_its_name_and_never_shown() {
        let name = "HUAWEICLOUD_SDK_REGION_DRS_CN_NORTH_4";
        for (value, word) in [
            ("ftp://hunter2.example", "https:// or http://"),
            ("https://", "must be an address"),
            ("https:///hunter2.example", "must be an address"),
            ("hunter2 example", "must be an address"),
            ("https://user:hunter2@drs.example", "without user"),
            ("https://drs.example/hunter2", "ends after host"),
            (",", "must be an address"),
        ] {
            let error = find(name, value).unwrap_err();
            assert!(error.contains(name) && error.contains(word), "{value}: {error}");
            assert!(!error.contains("hunter2"), "{error}");
        }
        let variables = [(name.to_owned(), "https://user:hunter2@drs.example".to_owned())];
        let shown = format!("{:?}", SdkEnvironment::from_variables(variables));
        assert!(shown.contains(name) && !shown.contains("hunter2"), "{shown}");
    }
}
