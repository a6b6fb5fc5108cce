use std::path::Path;

use clap::error::ErrorKind;
use clap::{CommandFactory as _, Parser as _};

use super::*;
use crate::generated_docs::assert_current;

fn parse(arguments: &[&str]) -> Result<Cli, clap::Error> {
    Cli::try_parse_from([&["drs-exporter"], arguments].concat())
}

#[test]
fn the_flags_are_sound() {
    Cli::command().debug_assert();
}

#[test]
fn every_flag_has_the_environment_variable_of_its_name() {
    let mut root = Cli::command();
    root.build();
    for (command, prefix) in [
        (&root, "DRS_EXPORTER_"),
        (root.find_subcommand("demo").unwrap(), "DRS_EXPORTER_"),
        (root.find_subcommand("simulate").unwrap(), "DRS_EXPORTER_SIMULATE_"),
        (root.find_subcommand("check").unwrap(), "DRS_EXPORTER_"),
    ] {
        for flag in command.get_arguments() {
            let name = flag.get_long().unwrap();
            if matches!(name, "help" | "version") {
                continue;
            }
            // The log's flags are the same everywhere.
            let prefix = if name.starts_with("log.") {
                "DRS_EXPORTER_"
            } else {
                prefix
            };
            let expected = format!("{prefix}{}", name.to_uppercase().replace(['.', '-'], "_"));
            assert_eq!(flag.get_env().unwrap().to_str().unwrap(), expected);
        }
    }
}

#[test]
fn the_defaults_are_those_of_the_contract() {
    let cli = parse(&[]).unwrap();
    assert!(cli.command.is_none());
    assert_eq!(cli.target.config_file, Path::new("drs-exporter.yaml"));
    assert_eq!(cli.serving.web.listen_addresses, [":10816".parse().unwrap()]);
    assert_eq!(cli.serving.web.telemetry_path.as_str(), "/metrics");
    assert_eq!(cli.serving.log.level, LogLevel::Info);
    assert_eq!(cli.serving.log.format, LogFormat::Logfmt);
}

#[test]
fn addresses_add_up_and_replace_the_default() {
    let cli = parse(&[
        "--web.listen-address=127.0.0.1:0",
        "--web.listen-address",
        "[::1]:0,localhost:1",
    ])
    .unwrap();
    let texts: Vec<_> = cli
        .serving
        .web
        .listen_addresses
        .iter()
        .map(ToString::to_string)
        .collect();
    assert_eq!(texts, ["127.0.0.1:0", "[::1]:0", "localhost:1"]);
}

#[test]
fn the_demo_takes_the_serving_flags() {
    let cli = parse(&["demo", "--web.listen-address=:0", "--log.format=json"]).unwrap();
    let Some(Command::Demo(serving)) = cli.command else {
        panic!("no demo");
    };
    assert_eq!(serving.web.listen_addresses, [":0".parse().unwrap()]);
    assert_eq!(serving.log.format, LogFormat::Json);
}

#[test]
fn the_simulation_has_flags_of_its_own() {
    let cli = parse(&["simulate", "--seed=7", "--jobs=1000", "--speed=0.5", "--world=quiet"]).unwrap();
    let Some(Command::Simulate(simulate)) = cli.command else {
        panic!("no simulation");
    };
    assert_eq!((simulate.seed, simulate.jobs, simulate.world), (7, 1000, World::Quiet));
    assert!((simulate.speed - 0.5).abs() < f64::EPSILON);
    assert_eq!(simulate.listen_address.to_string(), "127.0.0.1:0");
}

#[test]
fn a_check_logs_warnings_only_unless_told_otherwise() {
    let level = |arguments: &[&str]| match parse(arguments).unwrap().command {
        Some(Command::Check(check)) => (check.log.level, check.offline, check.output),
        other => panic!("{other:?}"),
    };
    assert_eq!(level(&["check"]), (LogLevel::Warn, false, OutputForm::Table));
    let arguments = ["check", "--log.level=debug", "--offline", "--output=json"];
    assert_eq!(level(&arguments), (LogLevel::Debug, true, OutputForm::Json));
    assert_eq!(parse(&[]).unwrap().serving.log.level, LogLevel::Info);
}

#[test]
fn unusable_arguments_end_with_code_2_and_say_why() {
    for (arguments, word) in [
        (&["--shards=1"][..], "--shard"),
        (&["--shard=-1"], "such as drs-exporter-2"),
        (&["--shard=drs-exporter-7d9f-x2x4z"], "such as drs-exporter-2"),
        (&["--total-shards=0"], "--total-shards"),
        (&["check", "--shard=0"], "--shard"),
        (&["backfill", "--total-shards=1"], "--total-shards"),
        (&["simulate", "--shard=0"], "--shard"),
        (&["check", "--output=xml"], "json"),
        (&["watch"], "watch"),
        (&["--project-id=p"], "--region"),
        (&["--region=r"], "--project-id"),
        (&["--project-id=p", "--region=r", "--config.file=a"], "--config.file"),
        (&["check", "--project-id=p"], "--region"),
        (&["--web.listen-address=10816"], "port is missing"),
        (&["--web.listen-address="], "port is missing"),
        (&["--web.telemetry-path=metrics"], "slash"),
        (&["--web.telemetry-path=/"], "page for people"),
        (&["--web.telemetry-path=/-/healthy"], "server's own"),
        (&["--web.telemetry-path=/a b"], "may hold"),
        (&["--web.telemetry-path=/a/../b"], "may hold"),
        (&["--web.telemetry-path=/a%20"], "may hold"),
        (&["--log.level=trace"], "debug"),
        (&["--log.format=xml"], "logfmt"),
        (&["demo", "--config.file=a"], "--config.file"),
        (&["--config.file=a", "demo"], "demo"),
        (&["--log.level=debug", "simulate"], "simulate"),
        (&["simulate", "--jobs=0"], "1..=10000"),
        (&["simulate", "--speed=0"], "above 0"),
        (&["simulate", "--speed=nan"], "above 0"),
        (&["simulate", "--web.listen-address=:1"], "--web.listen-address"),
        (&["--config.file=a", "--config.file=b"], "cannot be used multiple times"),
    ] {
        let error = parse(arguments).expect_err(word);
        assert_eq!(error.exit_code(), 2, "{arguments:?}");
        assert!(error.to_string().contains(word), "{arguments:?}: {error}");
    }
}

#[test]
fn the_version_tells_what_was_built() {
    let error = parse(&["--version"]).unwrap_err();
    assert_eq!((error.kind(), error.exit_code()), (ErrorKind::DisplayVersion, 0));
    let text = error.to_string();
    assert!(text.starts_with(&format!("drs-exporter {}\n", crate::build_info::VERSION)));
    assert!(text.contains(crate::build_info::REVISION) && text.contains(crate::build_info::RUST_VERSION));
}

#[test]
fn the_documentation_is_that_of_the_flags() {
    assert_current("command-line.md", &docs::markdown());
}
