#!/usr/bin/env bash
# Deletes what a reviewed plan lists, and tells how it went: the step of the action `apply`. Ends with bkdel's exit code.
#
# From the environment: BKDEL (the binary), PLAN (its file), SHA256 (the digest that was reviewed), ON_DRIFT (fail or skip),
# ARGUMENTS (more for `bkdel apply`, one a line), ARTIFACT (the name under which the journal is kept), FOLDER (where it is
# put).
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/../github.sh"

[ -n "$SHA256" ] || misused 'the input "sha256" is empty: give the output "sha256" of the job that planned'
[ -n "$FOLDER" ] || misused 'the folder for the journal is empty'
read_given "$ARGUMENTS"
mkdir -p "$FOLDER"
journal="$FOLDER/run.ndjson"
output journal "$journal"

observe "$FOLDER" "$BKDEL" apply --yes --output human --color never --no-input \
    --plan-sha256 "$SHA256" --on-drift "$ON_DRIFT" --journal "$journal" ${given[@]+"${given[@]}"} "$PLAN"
output exit-code "$status"
# Whatever else goes wrong from here on, how the run ended is not lost.
# shellcheck disable=SC2329 # The trap calls it.
ended() {
    local own=$?
    [ "$status" = 0 ] || exit "$status"
    exit "$own"
}
trap ended EXIT

report=/dev/null
if [ ! -f "$journal" ]; then
    # A run that is refused begins no journal.
    last_words "bkdel apply: nothing was sent (exit code $status)" "$FOLDER/talk" >"$FOLDER/page.md"
elif "$BKDEL" report "$journal" --output markdown >"$FOLDER/page.md" \
    && "$BKDEL" report "$journal" --output json >"$FOLDER/run.json"; then
    report="$FOLDER/run.json"
else
    last_words "bkdel apply: the journal cannot be reported on (exit code $status)" "$FOLDER/talk" >"$FOLDER/page.md"
fi
annotate 'bkdel apply' "$status" "$FOLDER/talk" "$report"
summarize "$FOLDER/page.md" "$ARTIFACT"
exit "$status"
