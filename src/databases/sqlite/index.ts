import type { Database } from "../../sql/database.ts";
import { toUrl } from "./location.ts";
import { openSqlite } from "./open-sqlite.ts";

const sqlite: Database = {
  dialects: ["sqlite"],
  open: openSqlite,
  suggestUrl: (text) =>
    /^(?:[A-Za-z]:)?[^:@]+\.(?:db|db3|sqlite|sqlite3)$/.test(text) ? toUrl(text) : undefined,
};

export default sqlite;
