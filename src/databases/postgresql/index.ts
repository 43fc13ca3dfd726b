import type { Database } from "../../sql/database.ts";
import { openPostgreSQL } from "./open-postgresql.ts";

const postgresql: Database = {
  dialects: ["postgresql", "postgres"],
  open: openPostgreSQL,
};

export default postgresql;
