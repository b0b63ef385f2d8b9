// The table: only the rows that can be seen are in the page.
const HEADS = [["fate", "Outcome"], ["created", "Created (UTC)"], ["id", "Backup"], ["resource", "Of"], ["size", "Size"], ["why", "What happened, or why"]];
// A browser cannot make an element higher than about 17 million pixels; beyond this one the scroll bar is a scale.
const HIGHEST = 8e6;
const grid = byId("grid");
const view = grid.querySelector(".view");
const head = grid.querySelector(".head");
const body = grid.querySelector(".body");
const drawn = new Map();
let at = 0;
let height = 56;
const extent = () => Math.min(order.length * height, HIGHEST);
const offset = () => {
  const free = extent() - view.clientHeight;
  const wanted = order.length * height - view.clientHeight;
  return free > 0 && wanted > free ? view.scrollTop / free * wanted - view.scrollTop : 0;
};
const cell = (className, text) => {
  const element = make("div", className, text);
  element.setAttribute("role", "gridcell");
  return element;
};
const line = (place) => {
  const row = order[place];
  const element = make("div", "row");
  element.setAttribute("role", "row");
  element.setAttribute("aria-rowindex", place + 2);
  element.tabIndex = place === at ? 0 : -1;
  const outcome = cell("fate " + fateOf(row).tone);
  outcome.append(shape(fateOf(row)), make("span", "", fateOf(row).word));
  element.append(outcome, cell("", time(columns.created[row]) || "no date"), cell("mono", columns.id[row]),
    cell("mono", string("resource", row)), cell("number", size(columns.size[row])), cell("", why(row)));
  return element;
};
const render = (anew) => {
  if (anew) {
    for (const element of drawn.values()) element.remove();
    drawn.clear();
    grid.setAttribute("aria-rowcount", order.length + 1);
    body.style.height = Math.max(extent(), 1) + "px";
    body.querySelector(".empty")?.remove();
    if (!order.length) body.append(make("p", "empty", "No backup fits."));
  }
  const shift = offset();
  const first = Math.max(0, Math.floor((view.scrollTop + shift) / height) - 5);
  const last = Math.min(order.length, Math.ceil((view.scrollTop + shift + view.clientHeight) / height) + 5);
  for (const [place, element] of drawn) {
    if ((place < first || place >= last) && element !== document.activeElement) {
      element.remove();
      drawn.delete(place);
    }
  }
  for (let place = first; place < last; place++) {
    let element = drawn.get(place);
    if (!element) {
      element = line(place);
      drawn.set(place, element);
      body.append(element);
    }
    element.style.top = place * height - shift + "px";
  }
  // One row is reached by Tab: the one that was last there, as long as it is in sight.
  if (!drawn.has(at)) {
    const seen = Math.min(order.length - 1, first + 5);
    drawn.get(seen)?.setAttribute("tabindex", "0");
  }
};
const measure = () => {
  // The heads stand above their columns whether the scroll bar takes room or not.
  head.style.paddingRight = 12 + view.offsetWidth - view.clientWidth + "px";
  const element = drawn.values().next().value;
  const now = element ? element.offsetHeight : height;
  if (now > 0 && now !== height) {
    height = now;
    render(true);
  }
};
const goTo = (place) => {
  if (!order.length) return;
  drawn.get(at)?.setAttribute("tabindex", "-1");
  at = Math.max(0, Math.min(order.length - 1, place));
  const wanted = order.length * height - view.clientHeight;
  const scale = wanted > 0 ? Math.min(1, (extent() - view.clientHeight) / wanted) : 1;
  const top = at * height;
  const from = view.scrollTop + offset();
  if (top < from) view.scrollTop = top * scale;
  else if (top + height > from + view.clientHeight) view.scrollTop = (top + height - view.clientHeight) * scale;
  render(false);
  const element = drawn.get(at);
  element?.setAttribute("tabindex", "0");
  element?.focus({ preventScroll: true });
};
const placeOf = (element) => {
  const row = element.closest(".row");
  return row ? Number(row.getAttribute("aria-rowindex")) - 2 : -1;
};
body.addEventListener("click", (event) => {
  const place = placeOf(event.target);
  if (place >= 0 && !String(getSelection())) {
    goTo(place);
    show(order[place]);
  }
});
body.addEventListener("keydown", (event) => {
  const place = placeOf(event.target);
  if (place < 0) return;
  const page = Math.max(1, Math.floor(view.clientHeight / height) - 1);
  const to = { ArrowDown: place + 1, ArrowUp: place - 1, PageDown: place + page, PageUp: place - page, Home: 0, End: order.length - 1 }[event.key];
  if (to !== undefined) goTo(to);
  else if (event.key === "Enter" || event.key === " ") show(order[place]);
  else return;
  event.preventDefault();
});
let waiting = false;
view.addEventListener("scroll", () => {
  if (!waiting) {
    waiting = true;
    requestAnimationFrame(() => { waiting = false; render(false); });
  }
});
for (const [key, title] of HEADS) {
  const column = make("div");
  column.setAttribute("role", "columnheader");
  column.setAttribute("aria-sort", key === "fate" ? "ascending" : "none");
  const button = make("button", "", title);
  button.type = "button";
  button.addEventListener("click", () => {
    state.down = state.key === key ? !state.down : false;
    state.key = key;
    for (const other of head.children) other.setAttribute("aria-sort", "none");
    column.setAttribute("aria-sort", state.down ? "descending" : "ascending");
    choose();
  });
  column.append(button);
  head.append(column);
}
const numbers = new Uint32Array(fates.length);
for (const fate of columns.fate) numbers[fate]++;
fates.forEach((fate, number) => {
  if (!numbers[number]) return;
  const label = make("label");
  const box = make("input");
  box.type = "checkbox";
  box.checked = true;
  box.value = fate.word;
  box.addEventListener("change", () => {
    if (box.checked) state.hidden.delete(number); else state.hidden.add(number);
    choose();
  });
  label.append(box, fateMark(fate), make("span", "", numbers[number].toLocaleString("en")));
  byId("filters").append(label);
});
const search = byId("search");
let pause = 0;
const look = () => {
  state.words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
  choose();
};
search.addEventListener("input", () => {
  clearTimeout(pause);
  pause = setTimeout(look, 100);
});
const chosen = byId("chosen");
const only = (list, words) => {
  state.only = list && Uint32Array.from(list);
  chosen.hidden = !list;
  chosen.querySelector("span").textContent = words;
  search.value = "";
  look();
  if (list) {
    byId("backups").scrollIntoView();
    goTo(0);
  }
};
chosen.querySelector("button").addEventListener("click", () => {
  only(null, "");
  search.focus();
});
