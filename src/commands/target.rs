//! From the flags that say what to watch to a configuration.

use std::path::Path;

use super::Failure;
use crate::cli::{DEFAULT_CONFIG_FILE, Target};
use crate::config::{self, Config};

/// The configuration that the flags name: a file, or a whole project.
pub(super) fn config(target: &Target) -> Result<Config, Failure> {
    // The flags come together or not at all.
    if let (Some(project_id), Some(region)) = (&target.project_id, &target.region) {
        return whole_project(project_id, region);
    }
    config::load(&target.config_file).map_err(|errors| {
        let hint = if is_default_missing(&target.config_file) {
            QUICK_WAY
        } else {
            ""
        };
        Failure::unusable(format!("the configuration is unusable:\n{errors}{hint}"))
    })
}

const QUICK_WAY: &str = "\n\
    --config.file names another one. Without any, --project-id and --region watch all jobs of a project,\n\
    and `drs-exporter demo` needs no account either.";

/// Nobody asked for this file, so whoever starts the program for the first time may not know of it.
fn is_default_missing(file: &Path) -> bool {
    file == Path::new(DEFAULT_CONFIG_FILE) && !file.exists()
}

fn whole_project(project_id: &str, region: &str) -> Result<Config, Failure> {
    config::whole_project(project_id, region).map_err(|mistakes| {
        let line = |mistake: &config::Mistake| format!("\n--{}: {}", mistake.key.replace('_', "-"), mistake.what);
        let lines: String = mistakes.iter().map(line).collect();
        Failure::unusable(format!("the project cannot be watched:{lines}"))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn target(project_id: Option<&str>, region: Option<&str>) -> Target {
        Target {
            config_file: "nowhere/drs-exporter.yaml".into(),
            project_id: project_id.map(str::to_owned),
            region: region.map(str::to_owned),
        }
    }

    #[test]
    fn two_flags_are_a_whole_project() {
        let config = config(&target(Some("5237e1"), Some("cn-north-4"))).unwrap();
        let project = &config.projects[0];
        assert_eq!(
            (project.name.as_str(), project.region.as_str()),
            ("5237e1", "cn-north-4")
        );
        assert!(project.discovery.is_some());
    }

    #[test]
    fn a_mistake_names_its_flag() {
        let failure = config(&target(Some("a b"), Some(""))).unwrap_err();
        assert_eq!(failure.code, super::super::UNUSABLE);
        for word in ["--project-id: \"a b\"", "--region: \"\""] {
            assert!(failure.message.contains(word), "{}", failure.message);
        }
    }

    #[test]
    fn only_the_default_file_that_is_missing_leads_to_the_quick_way() {
        let failure = config(&target(None, None)).unwrap_err();
        assert!(!failure.message.contains("--project-id"), "{}", failure.message);
        assert!(is_default_missing(Path::new(DEFAULT_CONFIG_FILE)));
    }
}
