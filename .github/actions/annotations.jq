# The annotations of a step, one workflow command a line, from a run's document (bkdel.run/v1) as a stream of events: it
# may be larger than memory. GitHub shows ten errors and ten warnings of a step, so the tenth says how many more there are.
# $command is what was run, $code how it ended, $talk what it said on standard error.

# Providers write messages (S28): nothing in one may end the command's line, begin another, or move a cursor.
def data:
  gsub("%"; "%25") | gsub("\r"; "%0D") | gsub("\n"; "%0A") | gsub("[\\p{Cc}\\p{Cf}]"; "\ufffd") | gsub("##\\["; "## [");
def property: data | gsub(":"; "%3A") | gsub(","; "%2C");
def short: if length > 2000 then .[:2000] + "…" else . end;
def command: "::\(.level) title=\(.title | property)::\(.message | short | data)";

def why:
  {"1": "failed", "2": "usage or configuration", "4": "credentials or permission", "5": "refused",
   "6": "the plan no longer fits", "7": "the inventory could not be read", "130": "interrupted", "143": "interrupted"};

# What ended the command before its results could speak: `error: …`, and what follows it.
def fatal:
  $talk | split("\n") | (map(startswith("error: ")) | index(true)) as $start
  | select($start != null)
  | {level: "error", title: "\($command): \(why["\($code)"] // "failed") (exit code \($code))",
     message: (.[$start:] | join("\n") | sub("^error: "; "") | sub("\\s+$"; ""))};

def results: fromstream(2 | truncate_stream(inputs | select(.[0][0] == "results")));

# What is not gone, or not known to be, is an error; what only a later look can tell, or was never asked for, a warning.
def level: {failed: "error", unknown: "error", pending: "warning", unverified: "warning", skipped: "warning", not_attempted: "warning"};

def trouble:
  results | level[.outcome] as $level | select($level != null)
  | {level: $level, title: "\($command): \(.outcome)\(if .code then " (\(.code))" else "" end)",
     message: "\(.id): \(.message // .outcome)\(if .hint then "\nhint: \(.hint)" else "" end)"};

# Only ten are kept of however many there are.
reduce (fatal, trouble) as $one ({error: {all: 0, shown: []}, warning: {all: 0, shown: []}};
  .[$one.level].all += 1 | if (.[$one.level].shown | length) < 10 then .[$one.level].shown += [$one] else . end)
| to_entries[] | .key as $level | .value
| if .all > 10
  then .shown[:9][], {level: $level, title: $command, message: "\(.all - 9) more; the summary and the artifact have them"}
  else .shown[] end
| command
