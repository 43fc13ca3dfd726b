import type { Database } from "../../sql/database.ts";
import { openMySQL } from "./open-mysql.ts";

const mysql: Database = {
  dialects: ["mysql", "mariadb"],
  open: openMySQL,
};

export default mysql;
