// What the page holds, and how it is written. The files of this folder are one module, in the order in which
// `mod.rs` names them. Whatever comes from the data goes into the page as text, never as markup.
const byId = (id) => document.getElementById(id);
const data = JSON.parse(byId("data").textContent);
const { columns, fates, strings } = data;
const rows = columns.id.length;
const SVG = "http://www.w3.org/2000/svg";

const make = (name, className, text) => {
  const element = document.createElement(name);
  if (className) element.className = className;
  if (text !== undefined) element.textContent = text;
  return element;
};
const draw = (name, attributes, text) => {
  const element = document.createElementNS(SVG, name);
  for (const key in attributes) element.setAttribute(key, attributes[key]);
  if (text !== undefined) element.textContent = text;
  return element;
};
const string = (column, row) => {
  const number = columns[column][row];
  return number < 0 ? "" : strings[number];
};
const time = (seconds) => seconds === null ? "" : new Date(seconds * 1000).toISOString().slice(0, 19).replace("T", " ");
const utc = (seconds) => seconds === null ? "" : time(seconds) + " UTC";
const day = (seconds) => seconds === null ? "no date" : new Date(seconds * 1000).toISOString().slice(0, 10);
const size = (bytes) => {
  if (bytes === null) return "";
  if (bytes < 1024) return bytes + " B";
  const units = ["KiB", "MiB", "GiB", "TiB", "PiB", "EiB"];
  let unit = -1;
  do { bytes /= 1024; unit++; } while (bytes >= 1024 && unit + 1 < units.length);
  return bytes.toFixed(1) + " " + units[unit];
};
const counted = (number, noun) => number.toLocaleString("en") + " " + noun + (number === 1 ? "" : "s");
const fateOf = (row) => fates[columns.fate[row]];
const why = (row) => string("message", row) || string("reasons", row);
const shape = (fate) => {
  const svg = draw("svg", { class: "shape", viewBox: "0 0 16 16", "aria-hidden": "true" });
  svg.append(draw("path", { d: fate.shape, "fill-rule": "evenodd" }));
  return svg;
};
const fateMark = (fate) => {
  const mark = make("span", "fate " + fate.tone);
  mark.append(shape(fate), make("span", "", fate.word));
  return mark;
};
