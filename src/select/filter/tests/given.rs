//! Which filters were given: none, some that a provider cannot honour, and how they are recorded.

use super::*;
use crate::backup::Provider;

#[test]
fn s4_none_given_is_told_from_one_given() {
    assert!(Filters::default().is_empty());
    assert!(resolved(&Filters::default()).judge(&unknown()).is_ok());
    for (flag, filters) in one_of_each() {
        assert!(!filters.is_empty(), "{flag}");
    }
}

#[test]
fn s4_a_filter_that_a_provider_cannot_honour_is_told_with_the_way_out() {
    for (provider, lacking) in [
        (Provider::Aws, &[][..]),
        (Provider::Zilliz, &["--tag", "--resource-gone"]),
        (
            Provider::Aiven,
            &[
                "--name",
                "--larger-than",
                "--expired",
                "--tag",
                "--resource-gone",
            ],
        ),
    ] {
        for (flag, filters) in one_of_each() {
            let unsupported = filters.unsupported_by(provider);
            assert_eq!(
                unsupported.len(),
                usize::from(lacking.contains(&flag)),
                "{flag}"
            );
            for unsupported in unsupported {
                let message = unsupported.to_string();
                assert!(message.starts_with(flag), "{message}");
                assert!(message.contains(provider.title()), "{message}");
                assert!(unsupported.instead().contains("--"), "{message}");
            }
        }
    }
    let both = Filters {
        expired: true,
        tags: all(&["a=b"]),
        ..Filters::default()
    };
    assert_eq!(both.unsupported_by(Provider::Aiven).len(), 2);
}

#[test]
fn filters_are_recorded_as_they_were_written() {
    let filters = Filters {
        older_than: Some(read("1y6mo")),
        created_before: Some(read("2025-02-01")),
        types: all(&["EBS"]),
        tags: all(&["a=b"]),
        larger_than: Some(read("10GiB")),
        expired: true,
        ..Filters::default()
    };
    assert_eq!(
        serde_json::to_value(&filters).unwrap(),
        serde_json::json!({
            "older-than": "1y6mo", "created-before": "2025-02-01", "type": ["EBS"],
            "larger-than": "10GiB", "expired": true, "tag": ["a=b"],
        })
    );
    assert_eq!(
        serde_json::to_value(Filters::default()).unwrap(),
        serde_json::json!({})
    );
}
