# shellcheck shell=bash
# What the steps of plan and apply have in common: bkdel is run so that its talk is seen while it runs, and what GitHub
# shows of it (summary, annotations, outputs) is written within GitHub's limits. Sourced, and for bash 3.2, which is what
# macOS has. Needs jq, which GitHub's own runners have.

actions="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
# "supports content up to a size of 1024k" is what a step is told that wrote more; then nothing of it is shown.
readonly SUMMARY_LIMIT=1048576

# Ends the step as bkdel ends a command that is used wrongly.
misused() {
    printf '::error title=bkdel::%s\n' "$1"
    exit 2
}

# Before anything is done, because a run that has been made must not fail for want of it.
command -v jq >/dev/null || misused 'jq is not on the PATH of this runner'
command -v "$BKDEL" >/dev/null || misused 'there is no such bkdel: give a "version" to install, or the path of one as "bkdel"'

# The lines of a text as words, for `given`: one argument a line, so that nothing in it is ever split or expanded.
given=()
read_given() {
    local line
    while IFS= read -r line || [ -n "$line" ]; do
        line="${line%$'\r'}"
        [ -z "$line" ] || given+=("$line")
    done <<<"$1"
}

# Runs a command with its standard error in the log and in FOLDER/talk. Its exit code is left in `status`.
# shellcheck disable=SC2034 # For whoever sources this.
observe() {
    local folder="$1" interrupted
    shift
    (
        # A cancelled job tells only the step's own shell, so bkdel's process id is kept for `pass_on`.
        bash -c 'printf "%s\n" "$$" >"$1" && shift && exec "$@"' bash "$folder/pid" "$@" 2>&1 >&3 | tee "$folder/talk" >&2
    ) 3>&1 &
    trap 'interrupted=yes; pass_on "$folder"' INT TERM
    while :; do
        interrupted=
        status=0
        wait "$!" || status=$?
        # A signal ends the waiting, and not bkdel, which finishes and records what is under way.
        [ -n "$interrupted" ] || break
    done
    trap - INT TERM
}

pass_on() {
    local id
    if id="$(cat "$1/pid" 2>/dev/null)" && [ -n "$id" ]; then
        kill -TERM "$id" 2>/dev/null || true
    fi
}

# Adds a page to the step's summary; what is over GitHub's limit is cut at a line's end, and the note says where it is.
summarize() {
    local page="$1" kept_as="$2" size room
    size="$(wc -c <"$page")"
    touch "$GITHUB_STEP_SUMMARY"
    room=$((SUMMARY_LIMIT - $(wc -c <"$GITHUB_STEP_SUMMARY")))
    if [ "$size" -le "$room" ]; then
        cat "$page" >>"$GITHUB_STEP_SUMMARY"
    else
        {
            # In front, because what is cut may have opened something that hides the end.
            printf "> **Cut at 1 MiB**, which is all that GitHub shows. Everything is in the artifact \`%s\`.\n\n" "${kept_as//\`/}"
            head -c "$((room - 1024))" "$page" | sed '$d'
        } >>"$GITHUB_STEP_SUMMARY"
    fi
}

# The last words of a command that ended before it had results, as a page. Indented, so that nothing in them is Markdown.
last_words() {
    printf '## %s\n\n' "$1"
    sed -n '/^error: /,$s/^/    /p' "$2"
}

# One annotation for the error that ended a command, and one for each result of the report that was not as wanted.
annotate() {
    local command="$1" code="$2" talk="$3" report="$4"
    jq -rn --stream --arg command "$command" --argjson code "$code" --rawfile talk "$talk" \
        -f "$actions/annotations.jq" "$report"
}

output() {
    printf '%s=%s\n' "$1" "$2" >>"$GITHUB_OUTPUT"
}
