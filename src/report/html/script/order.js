// Which rows, in which order.
const state = { words: [], hidden: new Set(), only: null, key: "fate", down: false };
const all = Uint32Array.from({ length: rows }, (_, row) => row);
let order = all;
// Ranks of shared texts, so that rows are compared by number.
const ranks = () => {
  const sorted = strings.map((_, number) => number).sort((a, b) => strings[a] < strings[b] ? -1 : 1);
  const rank = new Int32Array(strings.length);
  sorted.forEach((number, place) => { rank[number] = place; });
  return rank;
};
let rank = null;
const lower = { id: null, name: null, requests: null };
const numeric = (column) => (a, b) => {
  const one = columns[column][a], other = columns[column][b];
  if (one === other) return a - b;
  if (one === null) return 1;
  if (other === null) return -1;
  return state.down ? other - one : one - other;
};
const ranked = (of) => (a, b) => {
  const one = of(a), other = of(b);
  const by = (one < 0 ? -1 : rank[one]) - (other < 0 ? -1 : rank[other]);
  return by === 0 ? a - b : state.down ? -by : by;
};
const compare = {
  fate: numeric("fate"), created: numeric("created"), size: numeric("size"),
  resource: ranked((row) => columns.resource[row]),
  why: ranked((row) => columns.message[row] < 0 ? columns.reasons[row] : columns.message[row]),
  id: (a, b) => {
    const one = columns.id[a], other = columns.id[b];
    return one === other ? a - b : (one < other) === state.down ? 1 : -1;
  },
};
const byFate = (list) => {
  // Counting instead of comparing: there are few fates and many rows.
  const places = new Uint32Array(fates.length + 1);
  for (const row of list) places[columns.fate[row] + 1]++;
  for (let fate = 0; fate < fates.length; fate++) places[fate + 1] += places[fate];
  const sorted = new Uint32Array(list.length);
  for (const row of list) sorted[places[columns.fate[row]]++] = row;
  return sorted;
};
const SHARED = ["provider", "resource", "type", "status", "protection", "reasons", "target", "message", "hint", "code", "kind", "performer", "by"];
const matcher = (word) => {
  const hits = Uint8Array.from(strings, (text) => text.toLowerCase().includes(word) ? 1 : 0);
  const hitFates = fates.map((fate) => fate.word.includes(word));
  for (const column in lower) lower[column] ||= columns[column].map((text) => text.toLowerCase());
  const shared = SHARED.map((column) => columns[column]);
  return (row) => hitFates[columns.fate[row]] || lower.id[row].includes(word) || shared.some((column) => hits[column[row]] === 1)
    || lower.name[row].includes(word) || lower.requests[row].includes(word);
};
const choose = () => {
  const matchers = state.words.map(matcher);
  let list = state.only || all;
  if (matchers.length || state.hidden.size) {
    list = list.filter((row) => !state.hidden.has(columns.fate[row]) && matchers.every((matches) => matches(row)));
  }
  if (state.key === "fate") {
    order = byFate(list);
    if (state.down) order.reverse();
  } else {
    rank ||= ranks();
    order = Uint32Array.from(list).sort(compare[state.key]);
  }
  byId("count").textContent = order.length === rows
    ? counted(rows, "backup") + "."
    : order.length.toLocaleString("en") + " of " + counted(rows, "backup") + ".";
  at = 0;
  view.scrollTop = 0;
  render(true);
};
