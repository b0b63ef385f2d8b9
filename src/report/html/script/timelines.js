// Timelines: a lane for each outcome, so that colour says nothing that place and shape do not.
const LANE = 34;
const SLOT = 28;
const grouped = () => {
  const groups = new Map();
  for (let row = 0; row < rows; row++) {
    const key = columns.group[row];
    let group = groups.get(key);
    if (!group) groups.set(key, group = { rows: [], trouble: 0, gone: 0 });
    group.rows.push(row);
    if (fateOf(row).trouble) group.trouble++;
    else if (fateOf(row).tone === "gone") group.gone++;
  }
  return [...groups.values()].sort((a, b) => b.trouble - a.trouble || b.gone - a.gone || a.rows[0] - b.rows[0]);
};
const nameOf = (group) => string("resource", group.rows[0]) || "an unknown resource";
const few = (number) => number < 1000 ? String(number) : number < 1e6 ? (number / 1000).toFixed(number < 10000 ? 1 : 0) + "k" : (number / 1e6).toFixed(1) + "M";
const toldOf = (list) => {
  if (list.length === 1) {
    const row = list[0];
    const reasons = string("reasons", row), message = string("message", row), hint = string("hint", row);
    return [fateOf(row).word, day(columns.created[row]), columns.id[row]].join(", ")
      + (message ? ": " + message : "") + (reasons ? (message ? "; planned because " : ": ") + reasons : "") + (hint ? ". What to do: " + hint : "");
  }
  const reasons = new Map();
  let first = Infinity, last = -Infinity;
  for (const row of list) {
    const text = why(row);
    reasons.set(text, (reasons.get(text) || 0) + 1);
    first = Math.min(first, columns.created[row]);
    last = Math.max(last, columns.created[row]);
  }
  const most = [...reasons].sort((a, b) => b[1] - a[1]);
  const shown = most.slice(0, 3).map(([text, number]) => number.toLocaleString("en") + " \u00d7 " + (text || "no reason given"));
  if (most.length > 3) shown.push((most.length - 3).toLocaleString("en") + " other reasons");
  return list.length.toLocaleString("en") + " " + fateOf(list[0]).word + ", " + day(first) + " to " + day(last) + ": " + shown.join("; ");
};
const lanesOf = (group) => {
  const lanes = new Map();
  for (const row of group.rows) {
    const fate = columns.fate[row];
    if (!lanes.has(fate)) lanes.set(fate, []);
    lanes.get(fate).push(row);
  }
  return [...lanes].sort((a, b) => a[0] - b[0]);
};
const draws = (figure, group) => {
  const told = make("p", "told");
  const lanes = lanesOf(group);
  const width = Math.max(260, figure.clientWidth - 24);
  const left = Math.min(150, width * .42);
  const span = width - left - SLOT;
  let first = Infinity, last = -Infinity;
  for (const row of group.rows) {
    const at = columns.created[row];
    if (at !== null) {
      first = Math.min(first, at);
      last = Math.max(last, at);
    }
  }
  const bottom = lanes.length * LANE + 4;
  const svg = draw("svg", { class: "line", viewBox: `0 0 ${width} ${bottom + 18}`, role: "group", "aria-label": "timeline of " + nameOf(group) });
  // Paper is wider than a phone, and its marks need not be bigger.
  svg.style.maxWidth = width + "px";
  const marks = [];
  lanes.forEach(([number, list], lane) => {
    const fate = fates[number];
    const middle = lane * LANE + LANE / 2;
    const part = draw("g", { class: fate.tone });
    part.append(draw("line", { class: "rule", x1: left, x2: width, y1: middle, y2: middle }),
      draw("path", { d: fate.shape, "fill-rule": "evenodd", transform: `translate(0 ${middle - 6}) scale(.75)`, fill: "currentColor" }),
      draw("text", { class: "name", x: 17, y: middle + 4 }, fate.word.replace(" by a guard", "") + " " + few(list.length)));
    const slots = new Map();
    const place = (row) => left + SLOT / 2 + (last > first ? (columns.created[row] - first) / (last - first) * span : span / 2);
    const many = new Map();
    let undated = 0;
    for (const row of list) {
      if (columns.created[row] === null) { undated++; continue; }
      const slot = Math.floor((place(row) - left) / SLOT);
      if (!many.has(slot)) many.set(slot, []);
      many.get(slot).push(row);
    }
    // Where several fall together their number stands below the shape, and none is left out.
    for (const [slot, here] of [...many].sort((a, b) => a[0] - b[0])) {
      const x = here.length === 1 && many.size === list.length ? place(here[0]) : left + slot * SLOT + SLOT / 2;
      slots.set(x, here);
    }
    for (const [x, here] of slots) {
      const mark = draw("g", { class: "mark", role: "button", tabindex: "-1" });
      mark.append(draw("rect", { class: "near", x: x - SLOT / 2 + 1, y: middle - LANE / 2 + 1, width: SLOT - 2, height: LANE - 2, rx: 4 }),
        draw("path", { d: fate.shape, "fill-rule": "evenodd", transform: `translate(${x - 7} ${middle - (here.length > 1 ? 14 : 7)}) scale(.875)` }));
      if (here.length > 1) mark.append(draw("text", { class: "many", x, y: middle + 13 }, few(here.length)));
      const tell = () => {
        const text = toldOf(here);
        told.textContent = text;
        mark.setAttribute("aria-label", text);
      };
      const open = () => here.length === 1 ? show(here[0]) : only(here, counted(here.length, "backup") + " of one mark.");
      mark.addEventListener("mouseenter", tell);
      mark.addEventListener("focus", tell);
      mark.addEventListener("click", open);
      marks.push({ mark, x, lane, tell, open });
      part.append(mark);
    }
    if (undated) part.append(draw("text", { x: left, y: middle + 4 }, undated.toLocaleString("en") + " without a date"));
    svg.append(part);
  });
  if (last >= first) {
    const ticks = span > 330 && last > first ? [[0, "start"], [.5, "middle"], [1, "end"]] : last > first ? [[0, "start"], [1, "end"]] : [[.5, "middle"]];
    for (const [part, anchor] of ticks) {
      svg.append(draw("text", { class: "axis", x: left + (anchor === "start" ? 0 : anchor === "end" ? span + SLOT : SLOT / 2 + span * part), y: bottom + 13, "text-anchor": anchor }, day(first + (last - first) * part)));
    }
  }
  if (marks.length) {
    marks[0].mark.setAttribute("tabindex", "0");
    told.textContent = "Point at a mark for its reasons.";
  }
  svg.addEventListener("keydown", (event) => {
    const here = marks.findIndex(({ mark }) => mark === document.activeElement);
    if (here < 0) return;
    const beside = (step) => {
      const lane = marks[here].lane + step;
      const there = marks.filter((mark) => mark.lane === lane);
      const near = there.sort((a, b) => Math.abs(a.x - marks[here].x) - Math.abs(b.x - marks[here].x))[0];
      return near ? marks.indexOf(near) : here;
    };
    let to = here;
    if (event.key === "ArrowRight") to = Math.min(marks.length - 1, here + 1);
    else if (event.key === "ArrowLeft") to = Math.max(0, here - 1);
    else if (event.key === "ArrowDown") to = beside(1);
    else if (event.key === "ArrowUp") to = beside(-1);
    else if (event.key === "Home") to = 0;
    else if (event.key === "End") to = marks.length - 1;
    else if (event.key === "Enter" || event.key === " ") marks[here].open();
    else return;
    event.preventDefault();
    if (to !== here) {
      marks[here].mark.setAttribute("tabindex", "-1");
      marks[to].mark.setAttribute("tabindex", "0");
      marks[to].mark.focus();
    }
  });
  // Names are given to those who do not see the marks; of very many, when they are come to.
  if (marks.length <= 200) for (const { tell } of marks) tell();
  if (marks.length) told.textContent = "Point at a mark for its reasons.";
  figure.replaceChildren(figure.firstChild, svg, told);
};
const figures = byId("figures");
const more = byId("more");
const pending = new Map();
const watcher = new IntersectionObserver((entries) => {
  for (const { isIntersecting, target } of entries) {
    if (isIntersecting && pending.has(target)) {
      watcher.unobserve(target);
      draws(target, pending.get(target));
      pending.delete(target);
    }
  }
}, { rootMargin: "400px" });
const shownGroups = new Map();
let groups = null;
const showMore = (number) => {
  groups ||= grouped();
  const from = shownGroups.size;
  for (const group of groups.slice(from, from + number)) {
    const name = nameOf(group);
    const figure = make("figure");
    figure.style.minHeight = new Set(group.rows.map((row) => columns.fate[row])).size * LANE + 110 + "px";
    const caption = make("figcaption");
    const button = make("button", "", "In the table: " + counted(group.rows.length, "backup"));
    button.type = "button";
    button.addEventListener("click", () => only(group.rows, counted(group.rows.length, "backup") + " of " + name + "."));
    caption.append(make("span", "mono", name), button);
    figure.append(caption);
    figures.append(figure);
    shownGroups.set(figure, group);
    pending.set(figure, group);
    watcher.observe(figure);
  }
  const left = groups.length - shownGroups.size;
  more.textContent = `Show ${Math.min(left, 20)} more of ${counted(left, "resource")}`;
  more.parentElement.hidden = left === 0;
};
more.addEventListener("click", () => {
  const last = figures.lastElementChild;
  showMore(20);
  last?.nextElementSibling?.querySelector("button")?.focus();
});
let wide = innerWidth;
addEventListener("resize", () => {
  if (innerWidth === wide) return;
  wide = innerWidth;
  measure();
  render(true);
  for (const [figure, group] of shownGroups) if (!pending.has(figure)) draws(figure, group);
});
