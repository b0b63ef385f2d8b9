#!/usr/bin/env bash
# Plans, and shows the plan: the step of the action `plan`. Nothing is deleted.
#
# From the environment: BKDEL (the binary), POLICY (a policy file, or empty), ARGUMENTS (one a line: more for `bkdel plan`,
# or `PROVIDER`, `delete` and what to choose), ARTIFACT (the name under which the plan is kept), FOLDER (where it is put).
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/../github.sh"

[ -n "$FOLDER" ] || misused 'the folder for the plan is empty'
read_given "$ARGUMENTS"
mkdir -p "$FOLDER"
plan="$FOLDER/plan.json"
# A plan of an earlier step must not be taken for this one's.
rm -f "$plan"
fixed=(--output human --color never --no-input --out "$plan")
if [ -n "$POLICY" ]; then
    words=(plan "${fixed[@]}" ${given[@]+"${given[@]}"} "$POLICY")
else
    case "${given[0]-}:${given[1]-}" in
    aws:delete | zilliz:delete | aiven:delete) ;;
    *) misused 'give the input "policy", or "arguments" that begin with PROVIDER and delete, one a line' ;;
    esac
    # In front of what was given, so that no argument of it can take the dry run away.
    words=("${given[0]}" delete --dry-run "${fixed[@]}" ${given[@]+"${given[@]:2}"})
fi

observe "$FOLDER" "$BKDEL" "${words[@]}"
# 10 is --detailed-exitcode, which may come from the environment: there is something to delete.
if [ "$status" != 0 ] && [ "$status" != 10 ]; then
    annotate 'bkdel plan' "$status" "$FOLDER/talk" /dev/null
    last_words "bkdel plan: no plan was made (exit code $status)" "$FOLDER/talk" >"$FOLDER/page.md"
    summarize "$FOLDER/page.md" "$ARTIFACT"
    exit "$status"
fi

"$BKDEL" report "$plan" --output markdown >"$FOLDER/page.md"
summarize "$FOLDER/page.md" "$ARTIFACT"
# Read as a stream: a plan may hold a million backups.
field() { jq -rn --stream --argjson path "$1" 'first(inputs | select(length == 2 and .[0] == $path) | .[1])' "$plan"; }
output sha256 "$(field '["sha256"]')"
output delete "$(field '["summary", "delete"]')"
output plan "$plan"
