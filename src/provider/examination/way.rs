//! The way to a provider: where its endpoint comes from, which proxy stands before it, and what its clock says.

use std::time::Duration;

use http::{Uri, uri::Authority};
use hyper_util::client::proxy::matcher::Matcher;
use jiff::SignedDuration;

use super::{Check, Standing};
use crate::{environment::Environment, provider::ErrorKind, transport::Transport};

/// How far a clock may be off before it is worth a word.
const OFF: Duration = Duration::from_mins(1);

/// Which of two says so: the flag, unless the variable that stands for it holds the same.
pub(crate) fn named_by<'a>(
    environment: &Environment,
    value: &str,
    flag: &'a str,
    variable: &'a str,
) -> &'a str {
    if environment.text(variable) == Some(value) {
        variable
    } else {
        flag
    }
}

/// Where requests go, and who says so; `None` where it is the provider's own address.
pub(crate) fn endpoint(base: &str, by: Option<&str>) -> Check {
    let check = match by {
        None => Check::new("endpoint", Standing::Ok, base),
        Some(by) => Check::new(
            "endpoint",
            Standing::Note,
            format!("{base}, not the provider's own: {by} says so"),
        ),
    };
    check
        .with("url", base)
        .with("overridden", by.is_some())
        .with("by", by)
}

/// The proxy before an address. Its user name and password are not shown.
pub(crate) fn proxy(environment: &Environment, base: &str) -> Check {
    let uri: Uri = base.parse().unwrap_or_default();
    let set = |names: [&'static str; 2]| {
        names
            .into_iter()
            .find_map(|name| Some((name, environment.text(name)?)))
    };
    let https = set(["HTTPS_PROXY", "https_proxy"]);
    let all = set(["ALL_PROXY", "all_proxy"]);
    let no = set(["NO_PROXY", "no_proxy"]);
    let text = |named: Option<(&'static str, &str)>| {
        named.map_or_else(String::new, |(_, text)| text.to_owned())
    };
    let named = [https, all]
        .into_iter()
        .flatten()
        .find(|(_, text)| !text.trim().is_empty())
        .map(|(name, _)| name);
    let Some(by) = named else {
        return Check::new("proxy", Standing::Ok, "none").with("url", None::<String>);
    };
    let none = |why: &str| {
        Check::new(
            "proxy",
            Standing::Note,
            format!("none, although {by} is set: {why}"),
        )
        .with("url", None::<String>)
        .with("by", by)
    };
    if uri.scheme_str() == Some("http") {
        return none("plain http to this machine takes no proxy");
    }
    // Set by a web server from a header, so that nobody who asks it for a page chooses its proxy.
    if environment.text("REQUEST_METHOD").is_some() {
        return none("REQUEST_METHOD is set, as by a web server");
    }
    let matcher = |no: String| {
        Matcher::builder()
            .https(text(https))
            .all(text(all))
            .no(no)
            .build()
    };
    match matcher(text(no)).intercept(&uri) {
        Some(proxy) => {
            let scheme = proxy.uri().scheme_str().unwrap_or("http");
            let host = proxy.uri().authority().map_or("", Authority::as_str);
            let url = format!("{scheme}://{host}");
            Check::new("proxy", Standing::Ok, format!("{url}, from {by}"))
                .with("url", url)
                .with("by", by)
        }
        None if matcher(String::new()).intercept(&uri).is_some() => {
            none("NO_PROXY leaves this host out")
        }
        None => Check {
            kind: Some(ErrorKind::Setup),
            ..Check::new(
                "proxy",
                Standing::Warning,
                format!("{by} is set to what is no proxy's address, and is not used"),
            )
        }
        .hinted(format!("write {by} as http://HOST:PORT"))
        .with("url", None::<String>)
        .with("by", by),
    }
}

/// Whether requests are signed with the time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Signatures {
    /// They are.
    Dated {
        /// How far off a time may be.
        tolerated: Duration,
        /// Whether they were accepted all the same: then the clock is not what is wrong.
        accepted: bool,
    },
    /// They are not.
    None,
}

/// This machine's clock, by what the last answer of one of `hosts` was dated.
pub(crate) fn clock(
    transport: &Transport,
    hosts: impl Fn(&Authority) -> bool,
    signatures: Signatures,
) -> Check {
    match transport.clock_ahead(hosts) {
        Some(ahead) => told(ahead, signatures),
        None => Check::new("clock", Standing::Unknown, "no answer to compare it with")
            .with("ahead_seconds", None::<i64>),
    }
}

/// This machine's clock, by what the host of `base` answered last; nothing is signed with the time there.
pub(crate) fn clock_at(transport: &Transport, base: &str) -> Check {
    let own = host_of(base);
    clock(
        transport,
        |host| own.as_ref() == Some(host),
        Signatures::None,
    )
}

/// The host of an address, with its port.
pub(crate) fn host_of(base: &str) -> Option<Authority> {
    base.parse::<Uri>().ok()?.into_parts().authority
}

fn told(there: SignedDuration, signatures: Signatures) -> Check {
    let off = there.unsigned_abs();
    // The machine is ahead where the other side is behind.
    let ahead = there.as_secs().saturating_neg();
    let seconds = off.as_secs();
    let found = match ahead {
        0 => "as the provider's, to the second".to_owned(),
        1.. => format!("{seconds} s ahead of the provider's"),
        ..0 => format!("{seconds} s behind the provider's"),
    };
    let check = if off <= OFF {
        Check::new("clock", Standing::Ok, found)
    } else {
        match signatures {
            Signatures::Dated {
                tolerated,
                accepted: false,
            } if off >= tolerated => Check {
                kind: Some(ErrorKind::Credentials),
                ..Check::new(
                    "clock",
                    Standing::Broken,
                    format!("{found}, which refuses what is signed by it"),
                )
            },
            Signatures::Dated { tolerated, .. } => Check::new(
                "clock",
                Standing::Warning,
                format!(
                    "{found}; more than {} s may be refused",
                    tolerated.as_secs()
                ),
            ),
            Signatures::None => Check::new(
                "clock",
                Standing::Warning,
                format!("{found}: ages and keep rules are counted by it"),
            ),
        }
        .hinted("set this machine's clock, or let it be set (NTP)")
    };
    check.with("ahead_seconds", ahead)
}

#[cfg(test)]
mod tests {
    use super::*;

    const AWS: &str = "https://backup.eu-central-1.amazonaws.com";

    #[test]
    fn the_proxy_is_the_one_that_the_client_takes_and_its_password_is_not_shown() {
        let secret = "http://user:hunter2@proxy.example:3128";
        for (variables, base, found) in [
            (&[][..], AWS, "none"),
            (&[("HTTPS_PROXY", "")], AWS, "none"),
            (
                &[("HTTPS_PROXY", secret)],
                AWS,
                "http://proxy.example:3128, from HTTPS_PROXY",
            ),
            (
                &[("all_proxy", "proxy.example:1080")],
                AWS,
                "http://proxy.example:1080, from all_proxy",
            ),
            (
                &[("https_proxy", secret), ("NO_PROXY", "amazonaws.com, x")],
                AWS,
                "none, although https_proxy is set: NO_PROXY leaves this host out",
            ),
            (
                &[("HTTPS_PROXY", secret)],
                "http://127.0.0.1:9",
                "none, although HTTPS_PROXY is set: plain http to this machine takes no proxy",
            ),
            (
                &[("HTTPS_PROXY", "ftp://hunter2")],
                AWS,
                "HTTPS_PROXY is set to what is no proxy's address, and is not used",
            ),
        ] {
            let check = proxy(&Environment::of(variables), base);
            assert_eq!(check.found, found);
            assert!(!format!("{check:?}").contains("hunter2"));
        }
    }

    #[test]
    fn a_clock_is_told_from_the_machines_side() {
        let dated = |accepted| Signatures::Dated {
            tolerated: Duration::from_mins(5),
            accepted,
        };
        for (there, signatures, standing, ahead) in [
            (0, dated(false), Standing::Ok, 0),
            (-60, dated(false), Standing::Ok, 60),
            (61, dated(false), Standing::Warning, -61),
            (-300, dated(false), Standing::Broken, 300),
            (-300, dated(true), Standing::Warning, 300),
            (3600, Signatures::None, Standing::Warning, -3600),
        ] {
            let check = told(SignedDuration::from_secs(there), signatures);
            assert_eq!(check.standing, standing, "{there}");
            assert_eq!(check.details["ahead_seconds"], ahead);
            assert_eq!(check.hint.is_some(), standing != Standing::Ok);
        }
    }
}
