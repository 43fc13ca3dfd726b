import type { Database } from "../../sql/database.ts";
import { openMSSQL } from "./open-mssql.ts";

const mssql: Database = {
  dialects: ["mssql", "sqlserver"],
  open: openMSSQL,
};

export default mssql;
