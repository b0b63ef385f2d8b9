//! `--version` for programs.

use serde_json::{Value, json};

/// What was built, of what and for what. The build script found out; what it does not know is empty.
pub(super) fn document() -> Value {
    let known = |text: &'static str| (!text.is_empty()).then_some(text);
    json!({
        "schema": "bkdel.version/v1",
        "version": env!("CARGO_PKG_VERSION"),
        "commit": known(env!("BKDEL_COMMIT")),
        "modified": known(env!("BKDEL_MODIFIED")).map(|modified| modified == "true"),
        "target": env!("BKDEL_TARGET"),
    })
}
