// One contender in Pyodide under Node: node serve.mjs PLAN. It imports the Worker and prints what that cost. Then it runs the
// requests of each line of its input, one after the other, and prints their CPU time.
import { readFile } from "node:fs/promises";
import { DatabaseSync, StatementSync } from "node:sqlite";
import { createInterface } from "node:readline";
import { pathToFileURL } from "node:url";
import { D1 } from "../../../tests/runtimes/hosts/d1.mjs";

// Node would quote the line it happened in, which is all of Pyodide.
process.on("uncaughtException", (error) => {
  process.stderr.write(`${error.message}\n`);
  process.exit(1);
});

const plan = JSON.parse(await readFile(process.argv[2], "utf8"));
const { loadPyodide } = await import(pathToFileURL(`${plan.pyodide}/pyodide.mjs`).href);

// What the database itself takes is counted apart: at Cloudflare it runs elsewhere.
let databaseMicroseconds = 0;
function metered(prototype, name) {
  const original = prototype[name];
  prototype[name] = function (...values) {
    const before = process.threadCpuUsage();
    try {
      return original.apply(this, values);
    } finally {
      const spent = process.threadCpuUsage(before);
      databaseMicroseconds += spent.user + spent.system;
    }
  };
}
for (const name of ["exec", "prepare"]) metered(DatabaseSync.prototype, name);
metered(StatementSync.prototype, "all");

// The providers answer every contender at once, as in `answers.py`.
let answered = 0;
globalThis.fetch = async (url) => {
  const { pathname } = new URL(url.url ?? url);
  const [, parent, id] = /^(.*)\/(\d+)$/.exec(pathname) ?? [null, pathname, String(++answered)];
  const body = plan.answers[parent].replaceAll("{id}", id);
  return new Response(body, { headers: { "content-type": "application/json", "content-length": String(body.length) } });
};

const say = (message) => process.stdout.write(`${JSON.stringify(message)}\n`);
const pyodide = await loadPyodide({ stdout: () => {}, stderr: (line) => process.stderr.write(`${line}\n`) });
pyodide.registerJsModule("_pyodide_entrypoint_helper", {
  patchWaitUntil: () => {}, cloudflareWorkersModule: {}, cloudflareSocketsModule: {},
});
pyodide.registerJsModule("_cloudflare_compat_flags", {
  python_request_headers_preserve_commas: true, python_workflows_implicit_dependencies: true,
});
for (const archive of plan.archives) pyodide.unpackArchive(new Uint8Array(await readFile(archive)), "tar", { extractDir: "/bundle" });
pyodide.runPython(`import sys; sys.path.insert(0, "/bundle"); sys.dont_write_bytecode = True`);

const milliseconds = ({ user, system }) => (user + system) / 1000;
const imports = {};
for (const [label, modules] of plan.imports) {
  const before = process.cpuUsage();
  for (const module of modules) pyodide.runPython(`import ${module}`);
  imports[label] = milliseconds(process.cpuUsage(before));
}
pyodide.runPython(`
from importlib import import_module
from workers import Request

async def serve(module, request, env, ctx):
    response = await import_module(module).Default(ctx, env).fetch(Request(request))
    return getattr(response, "js_object", response)
`);
const serve = pyodide.globals.get("serve");
const scripts = await Promise.all(plan.migrations.map((path) => readFile(path, "utf8")));
const env = { ...plan.env, DB: new D1([...scripts, plan.seed]) };
say({ imports });

// As the runtime does it: what Python hands over lives on behind the answer.
async function finish(work) {
  const kept = work.copy?.() ?? work;
  await kept;
  kept.destroy?.();
}

for await (const line of createInterface({ input: process.stdin })) {
  const { entry, requests, expected } = JSON.parse(line);
  const begun = requests.map(({ url, ...init }) => new Request(url, init));
  const [cpuBefore, databaseBefore] = [process.cpuUsage(), databaseMicroseconds];
  const unexpected = [];
  for (const request of begun) {
    const waiting = [];
    const response = await serve(entry, request, env, { waitUntil: (work) => waiting.push(finish(work)) });
    const body = await response.text();
    await Promise.all(waiting);
    if (response.status !== expected) unexpected.push(`${response.status} ${body}`);
  }
  const total = milliseconds(process.cpuUsage(cpuBefore));
  say({ cpu: total, database: (databaseMicroseconds - databaseBefore) / 1000, unexpected });
}
