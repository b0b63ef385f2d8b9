//! The names of a release: what packs, what installs, and what is said of them must be the same.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    os::unix::fs::PermissionsExt,
    path::Path,
    process::Command,
};

use crate::{tools::is_installed, world::run};

const ROOT: &str = env!("CARGO_MANIFEST_DIR");
const VERSION: &str = "1.2.3";

fn file(name: &str) -> String {
    fs::read_to_string(Path::new(ROOT).join(name)).unwrap()
}

/// The targets that the workflow builds, with the binary's name.
fn targets() -> BTreeMap<String, String> {
    let workflow = file(".github/workflows/release.yml");
    let values = |key: &str| -> Vec<String> {
        let lines = workflow
            .lines()
            .map(|line| line.trim().trim_start_matches("- "));
        let values = lines.filter_map(|line| line.strip_prefix(key));
        values.map(str::to_owned).collect()
    };
    // The job's variable repeats the matrix' word for it.
    let mut targets = values("target: ");
    targets.retain(|target| !target.contains("${{"));
    let files = values("file: ");
    assert_eq!(targets.len(), files.len());
    targets.into_iter().zip(files).collect()
}

/// The archive of a target and the binary's path in it, as `cargo binstall` works them out of `Cargo.toml`.
fn binstall(target: &str, binary: &str) -> (String, String) {
    let manifest: toml::Table = file("Cargo.toml").parse().unwrap();
    let metadata = &manifest["package"]["metadata"]["binstall"];
    let of = |key: &str| {
        let own = metadata["overrides"]
            .get(target)
            .and_then(|own| own.get(key));
        let value = own.or_else(|| metadata.get(key)).unwrap().as_str().unwrap();
        let extension = binary.strip_prefix("bkdel").unwrap();
        [
            ("repo", "R"),
            ("version", VERSION),
            ("target", target),
            ("bin", "bkdel"),
            ("binary-ext", extension),
        ]
        .iter()
        .fold(value.to_owned(), |text, (name, value)| {
            text.replace(&format!("{{ {name} }}"), value)
        })
    };
    let url = of("pkg-url");
    let archive = url.strip_prefix("R/releases/download/v1.2.3/").unwrap();
    let format = if target.contains("windows") {
        ("zip", ".zip")
    } else {
        ("tgz", ".tar.gz")
    };
    assert_eq!(of("pkg-fmt"), format.0);
    assert!(archive.ends_with(format.1), "{archive}");
    (archive.to_owned(), of("bin-dir"))
}

#[test]
fn everybody_knows_the_same_targets() {
    let targets: BTreeSet<String> = targets().into_keys().collect();
    assert_eq!(targets.len(), 5);
    let install = file(".github/actions/install/install.sh");
    let installed = install
        .lines()
        .filter_map(|line| line.split_once("target=")?.1.strip_suffix(" ;;"))
        .map(str::to_owned);
    assert_eq!(installed.collect::<BTreeSet<_>>(), targets);
    let deny = file(".github/deny.toml");
    for target in &targets {
        assert!(deny.contains(&format!("\"{target}\"")), "{target}");
    }
}

#[cfg(target_os = "linux")]
#[test]
fn archives_have_the_names_and_the_contents_that_are_downloaded() {
    if !is_installed("zip") || !is_installed("unzip") {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    for (target, binary) in targets() {
        let target = folder.path().join(format!("binaries/binary-{target}"));
        fs::create_dir_all(&target).unwrap();
        // Small, and for this machine one that answers.
        let script = format!("#!/bin/sh\nexec '{}' \"$@\"\n", env!("CARGO_BIN_EXE_bkdel"));
        fs::write(target.join(binary), script).unwrap();
    }
    let pack = |archives: &str| {
        let mut pack = Command::new(format!("{ROOT}/.github/pack"));
        pack.args([VERSION, "binaries", archives])
            .current_dir(&folder);
        run(pack.env("SOURCE_DATE_EPOCH", "1700000000")).exits(0);
    };
    pack("archives");
    pack("again");
    let archives = folder.path().join("archives");
    assert_eq!(fs::read_dir(&archives).unwrap().count(), targets().len());
    for (target, binary) in targets() {
        let (archive, path) = binstall(&target, &binary);
        let bytes = fs::read(archives.join(&archive)).unwrap_or_else(|_| panic!("{archive}"));
        assert!(
            bytes == fs::read(folder.path().join("again").join(&archive)).unwrap(),
            "{archive}"
        );
        let out = folder.path().join(&target);
        fs::create_dir_all(&out).unwrap();
        let (program, how) = if target.contains("windows") {
            ("unzip", "-q")
        } else {
            ("tar", "-xzf")
        };
        let mut unpack = Command::new(program);
        unpack.arg(how);
        run(unpack.arg(archives.join(&archive)).current_dir(&out)).exits(0);
        let mode = fs::metadata(out.join(&path)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o755, "{path}");
        let inside = out.join(&path).parent().unwrap().to_owned();
        for more in [
            "LICENSE",
            "README.md",
            "completions/bkdel.bash",
            "completions/_bkdel",
            "completions/bkdel.fish",
            "man/man1/bkdel.1",
            "man/man1/bkdel-aws-delete.1",
        ] {
            assert!(
                fs::metadata(inside.join(more)).unwrap().len() > 100,
                "{more}"
            );
        }
    }
}
