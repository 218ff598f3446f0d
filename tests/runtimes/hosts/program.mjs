// Runs one Python program in Pyodide with our wheel installed from its lock file: node program.mjs PYODIDE WHEELS PROGRAM
import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";

const [pyodideFolder, wheels, program] = process.argv.slice(2).map((path) => resolve(path));
const { loadPyodide } = await import(pathToFileURL(`${pyodideFolder}/pyodide.mjs`).href);

const pyodide = await loadPyodide({ lockFileURL: `${wheels}/pyodide-lock.json`, packageBaseUrl: `${wheels}/`, packageCacheDir: wheels });
// Pyodide 0.28 has `ssl` as a package of its own, which is not in its npm package; PyJWT imports it and here uses nothing of it.
pyodide.registerJsModule("ssl", { SSLContext: null });
await pyodide.loadPackage("lightning-cart", { messageCallback: () => {} });
await pyodide.runPythonAsync(await readFile(program, "utf8"));
