// All that is known of one backup.
const details = byId("details");
const keepers = new Map(data.keepers.map((keeper) => [keeper[0], keeper]));
const copies = (row) => {
  const keeper = keepers.get(columns.group[row]);
  if (!keeper) return "";
  if (keeper[1] === null) return "could not be read";
  if (keeper[1] === 0) return "none that the plan found";
  const more = keeper[1] - keeper[2].length;
  return keeper[2].join(", ") + (more > 0 ? ", and " + more.toLocaleString("en") + " more" : "");
};
const show = (row) => {
  byId("details-title").textContent = columns.id[row];
  const list = details.querySelector("dl");
  const fate = fateOf(row);
  const verified = utc(columns.verified[row]);
  const facts = [
    ["Outcome", fate.word + ": " + fate.meaning],
    ["What happened", string("message", row)],
    ["What to do", string("hint", row)],
    ["Kind, code", [string("kind", row), string("code", row)].filter(Boolean).join(", ")],
    ["Why", string("reasons", row)],
    ["Protection", string("protection", row)],
    ["Target", string("target", row)],
    ["Provider", string("provider", row)],
    ["Backup of", string("resource", row)],
    ["Type", string("type", row)],
    ["Name", columns.name[row]],
    ["Status when planned", string("status", row)],
    ["Created", utc(columns.created[row])],
    ["Expires", utc(columns.expires[row])],
    ["Size", size(columns.size[row])],
    ["How", columns.how[row]],
    ["Asked for", utc(columns.sent[row])],
    ["Requests sent", columns.attempts[row] === null ? "" : String(columns.attempts[row])],
    ["Request ids", columns.requests[row]],
    ["By", string("performer", row)],
    ["On", string("machine", row)],
    ["Read back as gone", verified && verified + (string("by", row) ? " by " + string("by", row) : "")],
    ["Copies that the plan counts on", copies(row)],
  ];
  list.replaceChildren(...facts.filter((fact) => fact[1]).map(([term, value]) => {
    const fact = make("div");
    fact.append(make("dt", "", term), make("dd", "", value));
    return fact;
  }));
  details.showModal();
  details.scrollTop = 0;
};
