use std::fs;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::*;

const TLS: &str = "tls_server_config: { cert_file: cert.pem, key_file: key.pem";

/// A folder with a good configuration in it, and what was told of its readings.
struct Site {
    folder: tempfile::TempDir,
    good: Arc<AtomicUsize>,
    bad: Arc<AtomicUsize>,
}

impl Site {
    fn new() -> Self {
        let (good, bad) = Default::default();
        let folder = tempfile::tempdir().unwrap();
        let site = Self { folder, good, bad };
        site.replace("cert.pem", "one.pem");
        site.replace("key.pem", "one-key.pem");
        site.replace("ca.pem", "ca.pem");
        site
    }

    fn write(&self, name: &str, content: &str) {
        let next = self.folder.path().join("next");
        fs::write(&next, content).unwrap();
        fs::rename(next, self.folder.path().join(name)).unwrap();
    }

    fn replace(&self, name: &str, by: &str) {
        let source = Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("tests/web_config/pem")
            .join(by);
        self.write(name, &fs::read_to_string(source).unwrap());
    }

    fn open(&self, content: &str) -> Web {
        self.write("web.yaml", content);
        let (good, bad) = (Arc::clone(&self.good), Arc::clone(&self.bad));
        let count = move |ok: bool| _ = if ok { &good } else { &bad }.fetch_add(1, Ordering::Relaxed);
        Web::open(&self.folder.path().join("web.yaml"), count).unwrap_or_else(|errors| panic!("{errors}"))
    }

    /// Good and bad readings up to now.
    fn told(&self) -> (usize, usize) {
        (self.good.load(Ordering::Relaxed), self.bad.load(Ordering::Relaxed))
    }
}

fn same(one: &Arc<State>, other: &Arc<State>) -> bool {
    Arc::ptr_eq(one, other)
}

#[test]
fn nothing_is_read_again_until_something_changes() {
    let site = Site::new();
    let web = site.open(&format!("{TLS} }}"));
    let first = web.current();
    assert!(same(&first, &web.current()) && site.told() == (1, 0));
    site.replace("cert.pem", "one.pem");
    assert!(!same(&first, &web.current()) && site.told() == (2, 0));
}

#[test]
fn while_key_and_certificate_do_not_fit_the_last_good_pair_stays() {
    let site = Site::new();
    let web = site.open(&format!("{TLS} }}"));
    let first = web.current();
    site.replace("cert.pem", "two.pem");
    assert!(same(&first, &web.current()) && same(&first, &web.current()));
    assert_eq!(site.told(), (1, 1), "told once");
    site.replace("key.pem", "two-key.pem");
    assert!(!same(&first, &web.current()));
    assert_eq!(site.told(), (2, 1));
}

#[test]
fn a_file_that_is_broken_or_gone_changes_nothing_and_certificates_go_on_being_followed() {
    let site = Site::new();
    let web = site.open(&format!("{TLS} }}"));
    site.write("web.yaml", "tls_server_config: {");
    assert_eq!(site.told(), (1, 0));
    web.current();
    assert_eq!(site.told(), (1, 1));
    fs::remove_file(site.folder.path().join("web.yaml")).unwrap();
    let kept = web.current();
    assert!(kept.tls.is_some());
    site.replace("cert.pem", "two.pem");
    web.current();
    site.replace("key.pem", "two-key.pem");
    assert!(!same(&kept, &web.current()), "the new pair is in use");
    assert_eq!(site.told().0, 1, "but not all is well");
    site.write("web.yaml", &format!("{TLS} }}"));
    web.current();
    assert_eq!(site.told().0, 2);
}

#[test]
fn what_protects_is_not_switched_off_at_run_time() {
    let users = "basic_auth_users: { a: $2b$04$mKur29l3PDcrPmCi2gTVYOLOAR9MBdLmY0thGlDCFSdMEptuIJ7ny }";
    let clients = ", client_ca_file: ca.pem, client_auth_type: RequireAndVerifyClientCert";
    let whole = format!("{TLS}{clients} }}\n{users}");
    for less in [
        String::new(),
        users.to_owned(),
        format!("{TLS}{clients} }}"),
        format!("{TLS} }}\n{users}"),
        format!("{TLS}, client_auth_type: RequireAnyClientCert }}\n{users}"),
        format!("{TLS}, client_ca_file: ca.pem, client_auth_type: VerifyClientCertIfGiven }}\n{users}"),
    ] {
        let site = Site::new();
        let web = site.open(&whole);
        let first = web.current();
        site.write("web.yaml", &less);
        assert!(same(&first, &web.current()), "{less}");
        assert_eq!(site.told(), (1, 1), "{less}");
    }
    let site = Site::new();
    let web = site.open("http_server_config: {}");
    site.write("web.yaml", &whole);
    assert!(web.current().tls.is_none(), "nor is TLS switched on");
    site.write("web.yaml", users);
    assert_eq!(web.current().config.users.len(), 1, "but users are");
}

#[test]
fn a_bad_file_at_the_start_is_told() {
    let site = Site::new();
    site.replace("key.pem", "two-key.pem");
    site.write("web.yaml", &format!("{TLS} }}"));
    let path = site.folder.path().join("web.yaml");
    let errors = Web::open(&path, |_| ()).unwrap_err().to_string();
    assert!(
        errors.contains("web.yaml:1:53: tls_server_config.key_file: is not the key"),
        "{errors}"
    );
}
