//! From a refusing answer's status and code to its cause.
//!
//! Owns: the meaning of the codes of DRS, the gateway and IAM (API text, 4.2 and 4.3). Pure.

use super::cause::Cause;
use super::operation::Operation;

/// What a request carried to prove who asks.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum ProofKind {
    /// A signature by an access key.
    Signature,
    /// A token.
    Token,
    /// Nothing: the request is itself a login, or goes to the metadata service.
    None,
}

/// Why an answer with this status (not 2xx) and code refused.
pub(super) fn cause_of(operation: Operation, proof: ProofKind, status: u16, code: Option<&str>) -> Cause {
    match status {
        300..400 => Cause::Redirected,
        429 => Cause::Throttled,
        // The cloud gives its reasons a code; whatever has none stands in front of it.
        403 | 407 if code.is_none() => Cause::Blocked,
        // 408: the server did not get the request in time; another attempt may do.
        408 | 500.. => Cause::Server,
        _ if operation == Operation::KeystoneCreateUserTokenByPassword => of_login(status, code),
        _ => code
            .and_then(|code| of_code(code, proof))
            .unwrap_or_else(|| of_status(status, code, proof)),
    }
}

/// Any refusal of a login is one of the login. Only a 404 without any code comes from an address that is not IAM.
fn of_login(status: u16, code: Option<&str>) -> Cause {
    match (status, code) {
        (404, None) => Cause::NotInRegion,
        _ => Cause::LoginRefused,
    }
}

fn of_code(code: &str, proof: ProofKind) -> Option<Cause> {
    if let Some(number) = gateway_number(code) {
        return match number {
            "0101" | "0103" => Some(Cause::NotInRegion),
            "0301" | "0307" => Some(refused(proof)),
            "0302" | "0303" | "0304" | "0305" | "0306" => Some(Cause::Forbidden),
            "0308" => Some(Cause::Throttled),
            _ => None,
        };
    }
    match code {
        "DRS.10000010" | "DRS.M00289" | "DRS.M05004" => Some(Cause::NotFound),
        "DRS.M00261" => Some(Cause::WrongProject),
        "DRS.M00100" => Some(refused(proof)),
        // 401, yet the caller is known: it lacks a role. A new token would not have it either.
        "DRS.M00101" | "DRS.M00102" | "DRS.M00103" | "DRS.M00105" => Some(Cause::Forbidden),
        _ => None,
    }
}

fn of_status(status: u16, code: Option<&str>, proof: ProofKind) -> Cause {
    match status {
        401 => refused(proof),
        403 => Cause::Forbidden,
        404 if !code.is_some_and(|code| code.starts_with("DRS.")) => Cause::NotInRegion,
        _ => Cause::Refused,
    }
}

fn refused(proof: ProofKind) -> Cause {
    match proof {
        ProofKind::Signature => Cause::SignatureRefused,
        ProofKind::Token => Cause::TokenRefused,
        ProofKind::None => Cause::CredentialsUnavailable,
    }
}

/// The gateway's codes come with either prefix.
fn gateway_number(code: &str) -> Option<&str> {
    code.strip_prefix("APIGW.").or_else(|| code.strip_prefix("APIG."))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_documented_refusal_has_its_cause() {
        let detail = Operation::ShowHealthCompareJobDetail;
        for (status, code, expected) in [
            (400, Some("DRS.10000001"), Cause::Refused),
            (400, Some("DRS.10000010"), Cause::NotFound),
            (400, Some("DRS.M00289"), Cause::NotFound),
            (400, Some("DRS.M05004"), Cause::NotFound),
            (400, Some("DRS.M00202"), Cause::Refused),
            (400, Some("DRS.M00105"), Cause::Forbidden),
            (401, Some("DRS.M00103"), Cause::Forbidden),
            (403, Some("DRS.M00100"), Cause::TokenRefused),
            (403, Some("DRS.M00102"), Cause::Forbidden),
            (403, Some("DRS.M00261"), Cause::WrongProject),
            (404, Some("DRS.M00101"), Cause::Forbidden),
            (404, Some("DRS.X"), Cause::Refused),
            (422, Some("DRS.M00002"), Cause::Refused),
            (404, Some("APIGW.0101"), Cause::NotInRegion),
            (404, Some("APIG.0101"), Cause::NotInRegion),
            (404, None, Cause::NotInRegion),
            (400, Some("APIGW.0201"), Cause::Refused),
            (401, Some("APIGW.0301"), Cause::TokenRefused),
            (401, Some("APIG.0307"), Cause::TokenRefused),
            (403, Some("APIGW.0302"), Cause::Forbidden),
            (401, None, Cause::TokenRefused),
            (403, None, Cause::Blocked),
            (407, None, Cause::Blocked),
            (403, Some("APIGW.9999"), Cause::Forbidden),
            (429, Some("APIGW.0308"), Cause::Throttled),
            (429, None, Cause::Throttled),
            (500, Some("DRS.10000010"), Cause::Server),
            (503, None, Cause::Server),
            (302, None, Cause::Redirected),
        ] {
            let cause = cause_of(detail, ProofKind::Token, status, code);
            assert_eq!(cause, expected, "{status} {code:?}");
        }
    }

    #[test]
    fn who_was_refused_depends_on_the_proof() {
        let of = |operation, proof| cause_of(operation, proof, 401, Some("APIGW.0301"));
        assert_eq!(of(Operation::ListJobs, ProofKind::Signature), Cause::SignatureRefused);
        assert_eq!(
            of(Operation::KeystoneCreateUserTokenByPassword, ProofKind::None),
            Cause::LoginRefused
        );
        let of = |status, code| {
            cause_of(
                Operation::KeystoneCreateUserTokenByPassword,
                ProofKind::None,
                status,
                code,
            )
        };
        assert_eq!(of(404, Some("404")), Cause::LoginRefused);
        assert_eq!(of(404, None), Cause::NotInRegion);
        assert_eq!(of(403, Some("403")), Cause::LoginRefused);
        assert_eq!(of(403, None), Cause::Blocked);
    }
}
