// Serves a staged Worker on loopback, in Pyodide with the SDK that the current runtime has: node worker.mjs PLAN
// The plan is JSON: { pyodide, sdk, stage, migrations, env }. It says its address on standard output, then takes one order a line
// on standard input and answers each with a line. The Worker's own log goes to standard error.
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { createInterface } from "node:readline";
import { pathToFileURL } from "node:url";

import { D1 } from "./d1.mjs";

const plan = JSON.parse(process.argv[2]);
const { loadPyodide } = await import(pathToFileURL(`${plan.pyodide}/pyodide.mjs`).href);
console.log = console.error;

// What the runtime does for the SDK, in its own JavaScript: the work behind an answer may be something of Python's to wait for.
function patchWaitUntil(ctx) {
  const waitUntil = ctx.waitUntil;
  ctx.waitUntil = (work) => {
    const kept = work.copy?.() ?? work;
    waitUntil(Promise.resolve(kept).finally(() => kept.destroy?.()));
  };
}

const pyodide = await loadPyodide({ stdout: console.error, stderr: console.error });
pyodide.registerJsModule("_pyodide_entrypoint_helper", { patchWaitUntil, cloudflareWorkersModule: {}, cloudflareSocketsModule: {} });
pyodide.registerJsModule("_cloudflare_compat_flags", {
  python_request_headers_preserve_commas: true,
  python_workflows_implicit_dependencies: true,
});
// Pyodide 0.28 has `ssl` as a package of its own, which is not in its npm package; PyJWT imports it and here uses nothing of it.
if (pyodide.version.startsWith("0.28")) pyodide.registerJsModule("ssl", { SSLContext: null });
pyodide.mountNodeFS("/stage", plan.stage);
pyodide.mountNodeFS("/sdk/workers", plan.sdk);
pyodide.mountNodeFS("/hosts", import.meta.dirname);
const worker = await pyodide.runPythonAsync(`
import sys
sys.path[:0] = ["/stage", "/sdk", "/hosts"]
from entry import Default
from probe import probe
from workers import Request

class Worker:
    async def fetch(self, request, env, ctx):
        response = await Default(ctx, env).fetch(Request(request))
        return getattr(response, "js_object", response)

    async def scheduled(self, controller, env, ctx):
        await Default(ctx, env).scheduled(controller, env, ctx)

    async def probe(self, database):
        return await probe(database)

Worker()
`);

const migrations = await Promise.all(plan.migrations.map((path) => readFile(path, "utf8")));
const DB = new D1(migrations);
const env = { DB, ...plan.env };
const behind = new Set(); // work that goes on behind answers

function context() {
  return {
    waitUntil(work) {
      const ended = work.catch(console.error).finally(() => behind.delete(ended));
      behind.add(ended);
    },
  };
}

async function toRequest(message) {
  const pieces = [];
  for await (const piece of message) pieces.push(piece);
  const headers = new Headers();
  for (let at = 0; at < message.rawHeaders.length; at += 2) headers.append(message.rawHeaders[at], message.rawHeaders[at + 1]);
  const body = pieces.length ? Buffer.concat(pieces) : undefined;
  return new Request(`http://${message.headers.host}${message.url}`, { method: message.method, headers, body });
}

async function answer(message, reply) {
  const response = await worker.fetch(await toRequest(message), env, context());
  reply.writeHead(response.status, [...response.headers].flat()).end(new Uint8Array(await response.arrayBuffer()));
}

const server = createServer((message, reply) => {
  answer(message, reply).catch((error) => {
    console.error(error);
    reply.writeHead(500).end();
  });
});

const orders = {
  break: () => void (DB.available = false),
  mend: () => void (DB.available = true),
  probe: () => worker.probe(DB),
  // What the runtime's timer does in three minutes, so many seconds from now: each kind of work has its turn.
  async timer({ later }) {
    const now = Date.now;
    try {
      for (const minute of [0, 1, 2]) {
        Date.now = () => now() + (later + 60 * minute) * 1000;
        await worker.scheduled({ cron: "* * * * *", scheduledTime: Date.now() }, env, context());
        await Promise.all(behind);
      }
    } finally {
      Date.now = now;
    }
  },
};

server.listen(0, "127.0.0.1", () => process.stdout.write(`http://127.0.0.1:${server.address().port}\n`));
for await (const line of createInterface({ input: process.stdin })) {
  const order = JSON.parse(line);
  process.stdout.write(`${(await orders[order.do](order)) ?? "done"}\n`);
}
process.exit(0); // whoever gave the orders has gone
