// Paper: as many rows as anybody would print, and a word on the rest.
const PRINTED = 3000;
const paper = byId("paper");
addEventListener("beforeprint", () => {
  for (const [figure, group] of pending) draws(figure, group);
  pending.clear();
  const table = make("table");
  const titles = make("tr");
  for (const [, title] of HEADS) titles.append(make("th", "", title));
  const top = make("thead");
  top.append(titles);
  const rest = make("tbody");
  for (const row of order.subarray(0, PRINTED)) {
    const printed = make("tr");
    const outcome = make("td");
    outcome.append(fateMark(fateOf(row)));
    printed.append(outcome, make("td", "", time(columns.created[row])), make("td", "mono", columns.id[row]),
      make("td", "mono", string("resource", row)), make("td", "", size(columns.size[row])), make("td", "", why(row)));
    rest.append(printed);
  }
  table.append(top, rest);
  paper.replaceChildren(table);
  const left = [];
  if (order.length > PRINTED) left.push(counted(order.length - PRINTED, "more row") + " of the table");
  if (order.length < rows) left.push(counted(rows - order.length, "backup") + " that the search or the filters hide");
  if (groups && groups.length > shownGroups.size) left.push("the timelines of " + counted(groups.length - shownGroups.size, "more resource"));
  if (left.length) paper.append(make("p", "", "Not printed: " + left.join("; ") + ". The JSON report has all."));
});
addEventListener("afterprint", () => paper.replaceChildren());
