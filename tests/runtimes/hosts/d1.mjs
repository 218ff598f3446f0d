// A D1 binding over a real SQLite: the calls, result shapes and refusals of https://developers.cloudflare.com/d1/worker-api/
import { DatabaseSync } from "node:sqlite";

const MOST_VALUES = 100; // https://developers.cloudflare.com/d1/platform/limits/
const LONGEST_STATEMENT = 100_000; // bytes
const BINDABLE = new Set(["string", "number", "boolean"]);
const CODES = { 1: "SQLITE_ERROR", 19: "SQLITE_CONSTRAINT" };

function bindable(value) {
  if (Array.isArray(value)) return Uint8Array.from(value);
  if (value !== null && !BINDABLE.has(typeof value)) {
    throw new Error(`D1_TYPE_ERROR: Type '${typeof value}' not supported for value '${value}'`);
  }
  return typeof value === "boolean" ? Number(value) : value;
}

function plain(row) {
  return Object.fromEntries(Object.entries(row).map(([name, value]) => [name, value instanceof Uint8Array ? [...value] : value]));
}

class Statement {
  constructor(database, sql, values = []) {
    Object.assign(this, { database, sql, values });
  }

  bind(...values) {
    return new Statement(this.database, this.sql, values.map(bindable));
  }

  async all() {
    const [result] = await this.database.batch([this]);
    return result;
  }

  run() {
    return this.all();
  }

  async first(column) {
    const row = (await this.all()).results[0] ?? null;
    return row && column !== undefined ? row[column] : row;
  }

  async raw() {
    return (await this.all()).results.map(Object.values);
  }
}

export class D1 {
  #sqlite = new DatabaseSync(":memory:");
  #total = this.#sqlite.prepare("SELECT total_changes() AS made");
  available = true;

  constructor(migrations) {
    this.#sqlite.exec("PRAGMA foreign_keys = ON");
    for (const script of migrations) this.#sqlite.exec(script);
  }

  prepare(sql) {
    return new Statement(this, sql);
  }

  #changes() {
    return this.#total.get().made;
  }

  #execute({ sql, values }) {
    if (values.length > MOST_VALUES) throw new Error("too many SQL variables: SQLITE_ERROR");
    if (Buffer.byteLength(sql) > LONGEST_STATEMENT) throw new Error("statement too long: SQLITE_TOOBIG");
    const before = this.#changes();
    const results = this.#sqlite.prepare(sql).all(...values).map(plain);
    return { success: true, results, meta: { served_by: "stand-in", duration: 0, changes: this.#changes() - before } };
  }

  async batch(statements) {
    await new Promise(setImmediate); // a round trip, in which others are served
    if (!this.available) throw new Error("D1_ERROR: Network connection lost.");
    this.#sqlite.exec("BEGIN IMMEDIATE");
    try {
      const results = statements.map((statement) => this.#execute(statement));
      this.#sqlite.exec("COMMIT");
      return results;
    } catch (error) {
      this.#sqlite.exec("ROLLBACK");
      const code = CODES[error.errcode & 0xff];
      throw new Error(`D1_ERROR: ${error.message}${code ? `: ${code}` : ""}`);
    }
  }
}
