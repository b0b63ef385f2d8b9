//! The zone in which days are cut: `--timezone`, by its IANA name. Never the machine's own (R6).

use jiff::tz::{TimeZone, TimeZoneDatabase};

const WAY_OUT: &str = "an IANA name such as Europe/Berlin or UTC";

/// Names that the database holds and that are no place: "not known" and "not set up".
const NOWHERE: [&str; 2] = ["Etc/Unknown", "Factory"];

/// How many names a message offers.
const OFFERED: usize = 3;

/// Reads a zone's name, without regard to case.
///
/// Looked up in the database that comes with bkdel: the same name means the same days on every machine.
///
/// # Errors
/// Where there is no such zone: the name, and names that hold it.
pub fn zone(text: &str) -> Result<TimeZone, String> {
    let name = text.trim();
    if name.is_empty() {
        return Err(format!("it is empty: write {WAY_OUT}"));
    }
    let nowhere = NOWHERE.iter().any(|known| known.eq_ignore_ascii_case(name));
    match TimeZoneDatabase::bundled().get(name) {
        Ok(zone) if !nowhere => Ok(zone),
        Ok(_) | Err(_) => Err(unknown(name)),
    }
}

fn unknown(name: &str) -> String {
    let near = near(name);
    if near.is_empty() {
        format!("there is no time zone {name:?}: write {WAY_OUT}")
    } else {
        format!(
            "there is no time zone {name:?}: did you mean {}?",
            near.join(" or ")
        )
    }
}

/// Places that are called so: most leave the continent out, or write a blank for the underscore. The fixed offsets of
/// `Etc/` are not offered: `Etc/GMT+1` lies an hour *behind* UTC.
fn near(name: &str) -> Vec<String> {
    let wanted = name.replace(' ', "_").to_ascii_lowercase();
    let mut near: Vec<String> = TimeZoneDatabase::bundled()
        .available()
        .map(|known| known.as_str().to_owned())
        .filter(|known| !known.starts_with("Etc/") && known.to_ascii_lowercase().contains(&wanted))
        .collect();
    near.sort_by_key(String::len);
    near.truncate(OFFERED);
    near
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn r6_zones_are_found_by_their_iana_names() {
        for (text, name) in [
            ("UTC", "UTC"),
            ("utc", "UTC"),
            ("Europe/Berlin", "Europe/Berlin"),
            ("europe/berlin", "Europe/Berlin"),
            (" America/New_York ", "America/New_York"),
            ("Etc/GMT-1", "Etc/GMT-1"),
        ] {
            let zone = zone(text).unwrap_or_else(|error| panic!("{error}"));
            assert_eq!(zone.iana_name(), Some(name), "{text}");
        }
    }

    #[test]
    fn s4_what_is_no_zone_is_refused_with_a_way_out() {
        for (text, way_out) in [
            ("", "empty"),
            (" \t", "empty"),
            ("Mars", "\"Mars\": write an IANA name"),
            ("Europe/Bärlin", "write an IANA name"),
            ("+02:00", "write an IANA name"),
            ("GMT+1", "write an IANA name"),
            ("local", "write an IANA name"),
            ("localtime", "write an IANA name"),
            ("/etc/localtime", "write an IANA name"),
            ("../UTC", "write an IANA name"),
            ("Etc/Unknown", "write an IANA name"),
            ("Berlin", "did you mean Europe/Berlin?"),
            ("new york", "did you mean America/New_York?"),
        ] {
            let error = zone(text).unwrap_err();
            assert!(error.contains(way_out), "{text}: {error}");
        }
        assert!(zone("factory").is_err());
        assert!(zone("America").unwrap_err().matches("America/").count() <= OFFERED);
    }
}
