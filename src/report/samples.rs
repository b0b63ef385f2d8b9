//! What the renderers' tests render.

/// Texts put together from the pieces that hurt, in every order of three, always the same.
pub(super) fn odd_texts() -> Vec<String> {
    const PIECES: [&str; 26] = [
        "",
        "a",
        " ",
        "\u{a0}",
        "::",
        ":",
        "#",
        "##[",
        "[",
        "=",
        "+1",
        "-",
        "@",
        "\t",
        "\r",
        "\n",
        "\"",
        ",",
        "\u{1b}[2J",
        "\u{9b}",
        "\u{202E}",
        "\u{200B}",
        "\u{2028}",
        "夜",
        "\u{E0041}",
        "\u{0}",
    ];
    let mut texts = Vec::new();
    for first in PIECES {
        for second in PIECES {
            for third in PIECES {
                texts.push(format!("{first}{second}{third}"));
            }
        }
    }
    texts
}
