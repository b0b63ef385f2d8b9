//! Ids and names: `PROJECT/SERVICE/REGION`, and what must not pass for one (S4, S5).
//!
//! Names go into a URL's path. They are percent-encoded there, but a client that tidies paths up would still walk `..`,
//! so what is no plain name is refused here.

use super::Request;
use crate::{
    backup::{BackupId, Provider, Target},
    glob::{Glob, is_pattern},
    provider::SetupError,
};

/// How to say it right.
const WAY_OUT: &str =
    "name regions with --region NAME, or take all of a service's with --all-regions";

/// The longest name that is believed; Aiven's own limit is 63 or 64.
const MAX_NAME: usize = 128;

/// Whether a project's or a service's name may stand in a path.
pub(super) fn is_name(text: &str) -> bool {
    (1..=MAX_NAME).contains(&text.len())
        && text.bytes().any(|byte| byte.is_ascii_alphanumeric())
        && !text.contains("..")
        && text
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"-_.@+".contains(&byte))
}

/// Whether a region has Aiven's form, `^[a-z0-9-]+$`.
pub(super) fn is_region(text: &str) -> bool {
    (1..=MAX_NAME).contains(&text.len())
        && text.bytes().any(|byte| byte.is_ascii_alphanumeric())
        && text
            .bytes()
            .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
}

/// A service's pattern, ready to match.
pub(super) fn glob(pattern: &str) -> Result<Glob, SetupError> {
    pattern
        .parse()
        .map_err(|error| SetupError::usage(format!("--service: {error}")))
}

/// The full id of a region of a service.
pub(super) fn full(project: &str, service: &str, region: &str) -> BackupId {
    BackupId::new(Provider::Aiven, format!("{project}/{service}"), region)
}

/// The two halves of a container `PROJECT/SERVICE`.
pub(super) fn halves(container: &str) -> Option<(&str, &str)> {
    container.split_once('/')
}

/// What is named: `PROJECT/SERVICE/REGION`, or `REGION` alone where the request names one service.
///
/// A region alone whose project is still to come from the environment has no container yet; [`super::Aiven`] completes it.
///
/// # Errors
/// [`SetupError::Usage`] for everything else, and for what contradicts the request's own scope.
pub fn parse(text: &str, request: &Request) -> Result<Target, SetupError> {
    let shown = format!("{text:?}");
    if let Some(problem) = blank(text) {
        return Err(SetupError::usage_with(
            format!("{shown} is no backup region: {problem}"),
            WAY_OUT,
        ));
    }
    let parts: Vec<&str> = text.split('/').collect();
    match parts.as_slice() {
        [project, service, region] => {
            check_name("project", project, &shown)?;
            check_name("service", service, &shown)?;
            check_region(region, &shown)?;
            check_scope(project, service, request, &shown)?;
            check_wanted(region, request, &shown)?;
            Ok(Target {
                container: Some(format!("{project}/{service}")),
                name: (*region).to_owned(),
            })
        }
        [region] => {
            check_region(region, &shown)?;
            check_wanted(region, request, &shown)?;
            bare(region, request, &shown)
        }
        [project, service] => Err(SetupError::usage_with(
            format!("{shown} names a service, not one of its backup regions"),
            format!(
                "write {project}/{service}/REGION, or --project {project} --service {service} with --region NAME or --all-regions"
            ),
        )),
        _ => Err(SetupError::usage_with(
            format!("{shown} is not PROJECT/SERVICE/REGION"),
            "write PROJECT/SERVICE/REGION, as bkdel aiven list -o ids does",
        )),
    }
}

/// What in other tools empties the list by accident.
fn blank(text: &str) -> Option<&'static str> {
    let inner = text.trim();
    if inner.is_empty() {
        return Some("it is blank, as an unset variable is");
    }
    if inner
        .chars()
        .all(|c| "[](){}\"'`,".contains(c) || c.is_whitespace())
    {
        return Some("it is an empty list");
    }
    if inner.contains(['[', ']', '(', ')', '{', '}', '"', '\'']) {
        return Some("a list is not written in brackets or quotes");
    }
    if text.chars().any(|c| c.is_whitespace() || c.is_control()) {
        return Some("it holds white space or a control character");
    }
    None
}

fn check_name(what: &str, name: &str, shown: &str) -> Result<(), SetupError> {
    if is_name(name) {
        return Ok(());
    }
    Err(SetupError::usage_with(
        format!("{shown}: {name:?} is no {what}'s name"),
        "write PROJECT/SERVICE/REGION with plain names, nothing encoded",
    ))
}

fn check_region(region: &str, shown: &str) -> Result<(), SetupError> {
    if is_region(region) {
        return Ok(());
    }
    Err(SetupError::usage_with(
        format!(
            "{shown}: {region:?} is no Aiven region (small letters, digits and -, such as aws-eu-central-1)"
        ),
        WAY_OUT,
    ))
}

/// An id that lies outside of what the flags name contradicts them.
fn check_scope(
    project: &str,
    service: &str,
    request: &Request,
    shown: &str,
) -> Result<(), SetupError> {
    let contradiction = |flag: &str| {
        Err(SetupError::usage_with(
            format!("{shown} is not in what {flag} names"),
            format!("leave {flag} out, or name what is in it"),
        ))
    };
    if !request.projects.is_empty() && !request.projects.iter().any(|known| known == project) {
        return contradiction("--project");
    }
    if request.services.is_empty() {
        return Ok(());
    }
    for known in &request.services {
        if known == service || (is_pattern(known) && glob(known)?.is_match(service)) {
            return Ok(());
        }
    }
    contradiction("--service")
}

fn check_wanted(region: &str, request: &Request, shown: &str) -> Result<(), SetupError> {
    if request.regions.is_empty() || request.regions.iter().any(|known| known == region) {
        return Ok(());
    }
    Err(SetupError::usage_with(
        format!("{shown} is not in what --region names"),
        "leave --region out, or name what is in it",
    ))
}

fn bare(region: &str, request: &Request, shown: &str) -> Result<Target, SetupError> {
    let unclear = |what: &str| {
        Err(SetupError::usage_with(
            format!("{shown} is a region alone, and {what}"),
            format!("write PROJECT/SERVICE/{region}, or name one --project and one --service"),
        ))
    };
    let service = match request.services.as_slice() {
        [service] if !is_pattern(service) => service,
        [] => return unclear("no --service says of what"),
        _ => return unclear("--service names more than one"),
    };
    if !is_name(service) {
        return unclear("--service is no service's name");
    }
    let container = match request.projects.as_slice() {
        [] => None,
        [project] if is_name(project) => Some(format!("{project}/{service}")),
        _ => return unclear("--project names more than one"),
    };
    Ok(Target {
        container,
        name: region.to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(projects: &[&str], services: &[&str], regions: &[&str]) -> Request {
        let owned = |list: &[&str]| list.iter().map(|text| (*text).to_owned()).collect();
        Request {
            projects: owned(projects),
            services: owned(services),
            regions: owned(regions),
            ..Request::default()
        }
    }

    fn target(container: Option<&str>, name: &str) -> Target {
        Target {
            container: container.map(ToOwned::to_owned),
            name: name.to_owned(),
        }
    }

    #[test]
    fn a_full_id_needs_no_scope_and_a_region_alone_needs_one_service() {
        let none = request(&[], &[], &[]);
        for (text, request, wanted) in [
            (
                "p/s/aws-eu-central-1",
                &none,
                target(Some("p/s"), "aws-eu-central-1"),
            ),
            (
                "p/s/do-ams",
                &request(&["p"], &["s*"], &[]),
                target(Some("p/s"), "do-ams"),
            ),
            (
                "do-ams",
                &request(&["p"], &["s"], &[]),
                target(Some("p/s"), "do-ams"),
            ),
            (
                "do-ams",
                &request(&[], &["s"], &["do-ams"]),
                target(None, "do-ams"),
            ),
        ] {
            assert_eq!(parse(text, request).unwrap(), wanted, "{text}");
        }
    }

    #[test]
    fn s4_s5_what_is_no_region_of_a_service_is_refused_with_a_way_out() {
        let one = request(&["p"], &["s"], &[]);
        for text in [
            "",
            " ",
            "\t",
            "[]",
            "{}",
            "()",
            "\"\"",
            "''",
            "[ ]",
            "[\"aws-eu-central-1\"]",
            "p/s",
            "p/s/",
            "/s/r",
            "p//r",
            "p/s/r/x",
            "/",
            "//",
            "..",
            "p/../r",
            "../../r",
            "p/s/..",
            "p/s/%2f",
            "p%2fs/r",
            "p/s%2e/r",
            "p/s/AWS-EU",
            "p/s/aws eu",
            " p/s/r",
            "p/s/r\n",
            "p/s/\u{1b}[31m",
            "p/s/aws_eu",
            "p/s/-",
            "p/s/é",
            "p/s/r?x=1",
            "p/s/r#x",
            "p/./r",
        ] {
            let error = parse(text, &one).expect_err(text);
            let SetupError::Usage { hint, .. } = &error else {
                panic!("{text:?}: {error:?}")
            };
            assert!(hint.is_some(), "{text:?}: {error}");
        }
    }

    #[test]
    fn s4_an_id_that_contradicts_the_scope_is_refused() {
        for request in [
            request(&["other"], &[], &[]),
            request(&["p"], &["other"], &[]),
            request(&["p"], &["x*"], &[]),
            request(&["p"], &["s"], &["do-ams"]),
        ] {
            assert!(parse("p/s/aws-eu", &request).is_err(), "{request:?}");
        }
    }

    #[test]
    fn a_region_alone_is_refused_where_it_is_not_clear_whose() {
        for request in [
            request(&["p"], &[], &[]),
            request(&["p"], &["s", "t"], &[]),
            request(&["p", "q"], &["s"], &[]),
            request(&["p"], &["s*"], &[]),
        ] {
            assert!(parse("do-ams", &request).is_err(), "{request:?}");
        }
    }
}
