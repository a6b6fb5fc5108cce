//! Vectors made with the official Python SDK (`huaweicloudsdkcore` 3.1.219, its date forced) and derived a second
//! time by an independent script (API text, 3.3). The keys are dummies.

use super::*;

const PROJECT: &str = "5237e10fe9aa4ad5b16b6a5245248314";
const JOB: &str = "163b98e8-6088-46c3-8b86-c18fea6jb502";
const DATE: &str = "20240407T100001Z";
const DRS: &str = "https://drs.cn-north-4.myhuaweicloud.com";

struct Vector {
    url: String,
    headers: Vec<(&'static str, &'static str)>,
    canonical_hash: &'static str,
    signed_headers: &'static str,
    signature: &'static str,
}

fn check(vector: &Vector) {
    let mut headers = vector.headers.clone();
    headers.push(("x-sdk-date", DATE));
    let url = Url::parse(&vector.url).unwrap();
    let parts = Parts {
        method: "GET",
        url: &url,
        headers: &headers,
        body: b"",
        date: DATE,
    };
    let canonical = canonical_request(&parts, &sorted_headers(&parts), vector.signed_headers);
    assert_eq!(
        hex::encode(Sha256::digest(&canonical)),
        vector.canonical_hash,
        "{canonical}"
    );
    let key = SigningKey {
        access_key: &SecretString::from("AKTESTEXAMPLE0000001"),
        secret_key: &SecretString::from("sk-test-example-0000000000000000000000001"),
    };
    assert_eq!(
        authorization(&key, &parts).expose_secret(),
        format!(
            "SDK-HMAC-SHA256 Access=AKTESTEXAMPLE0000001, SignedHeaders={}, Signature={}",
            vector.signed_headers, vector.signature
        )
    );
}

#[test]
fn v1_a_path_and_nothing_else() {
    check(&Vector {
        url: format!("{DRS}/v5/{PROJECT}/jobs/{JOB}/health-compare-jobs/118d1bdc-b3c8-48a0-af77-3400da6e9291"),
        headers: vec![],
        canonical_hash: "f6141ca359bcfb76da6dafce04e5eaa26a3b24c3cd35dcb9a3f0fa256ed080f6",
        signed_headers: "host;x-sdk-date",
        signature: "3574cc440f12bd29b3113eaeba89e76dd44dc0dac83f222965d8a0dc53654e3f",
    });
}

#[test]
fn v2_a_query_in_any_order() {
    check(&Vector {
        url: format!("{DRS}/v5/{PROJECT}/jobs/{JOB}/health-compare-jobs?status=SUCCESSFUL&offset=0&limit=1000"),
        headers: vec![("content-type", "application/json"), ("x-project-id", PROJECT)],
        canonical_hash: "c80dc07f809792fc3f485d4482171ff23db84064fd4972ade5143389d8a22090",
        signed_headers: "content-type;host;x-project-id;x-sdk-date",
        signature: "933d035a429e685a752702816d98d945cd930497d86d12762e8f38381ee3ea8d",
    });
}

#[test]
fn v3_temporary_keys_and_values_that_need_encoding() {
    let name = encode("dr~job 1/a+b,中");
    check(&Vector {
        url: format!(
            "{DRS}/v5/{PROJECT}/jobs?job_type=cloudDataGuard&name={name}&offset=0&limit=10&enterprise_project_id="
        ),
        headers: vec![
            ("content-type", "application/json"),
            ("x-language", "en-us"),
            ("x-project-id", PROJECT),
            ("x-security-token", "STS.EXAMPLE+token/with=chars=="),
        ],
        canonical_hash: "14837b6d305ce5914b09013c5a9a9af9661b72d726a0553678daf9fe9f9d5a65",
        signed_headers: "content-type;host;x-language;x-project-id;x-sdk-date;x-security-token",
        signature: "00f4ebcbce05a4bd7c7dfd71a0483933c79b31bb6c219835fbeadb49adf57f98",
    });
}

#[test]
fn v5_another_service() {
    check(&Vector {
        url: "https://iam.cn-north-4.myhuaweicloud.com/v3/projects?name=cn-north-4".to_owned(),
        headers: vec![],
        canonical_hash: "6663958dc11c98827bd9cf4c7eb2573d6c29e5ea16294c14a3e9f055bcd6bd55",
        signed_headers: "host;x-sdk-date",
        signature: "00ea1994800a1f5afba0aa452333affa0db270be0391961d697089a55eb6b3f5",
    });
}

#[test]
fn v6_a_port_in_the_host() {
    check(&Vector {
        url: format!("https://127.0.0.1:8443/v5/{PROJECT}/jobs/{JOB}/compare-policy"),
        headers: vec![("content-type", "application/json"), ("x-project-id", PROJECT)],
        canonical_hash: "0398d9b4683e3a5e403e2028458c0c96391c02d6107ebfd14a9cb24017ad4757",
        signed_headers: "content-type;host;x-project-id;x-sdk-date",
        signature: "aa808755368698ea3bf56ad9fe53118deb10e9f334e69706fd8a32daf600962f",
    });
}

#[test]
fn the_date_is_utc_to_the_second() {
    let time: Timestamp = "2024-04-07T12:00:01.9+02:00".parse().unwrap();
    assert_eq!(sdk_date(time), DATE);
}
