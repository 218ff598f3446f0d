// Stands in for a D1 binding over a real SQLite: the calls a Worker makes of it, and their answers' shape.
import { DatabaseSync } from "node:sqlite";

const META = { duration: 0, changes: 0, last_row_id: 0, changed_db: false };

class Statement {
  constructor(database, sql, values = []) {
    Object.assign(this, { database, sql, values });
  }

  bind(...values) {
    return new Statement(this.database, this.sql, values);
  }

  execute() {
    const results = this.database.prepare(this.sql).all(...this.values);
    return { success: true, meta: META, results };
  }

  async all() {
    return this.execute();
  }

  async run() {
    return this.execute();
  }
}

export class D1 {
  constructor(path) {
    this.database = new DatabaseSync(path);
  }

  prepare(sql) {
    return new Statement(this.database, sql);
  }

  async batch(statements) {
    this.database.exec("BEGIN IMMEDIATE");
    try {
      const results = statements.map((statement) => statement.execute());
      this.database.exec("COMMIT");
      return results;
    } catch (error) {
      this.database.exec("ROLLBACK");
      throw error;
    }
  }
}
