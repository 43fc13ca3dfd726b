import type { RefusedDatabase } from "../../sql/database.ts";

const oracle: RefusedDatabase = {
  dialects: ["oracle"],
  refusal:
    "Python's SDK cannot make its table in an Oracle database, for which SQLAlchemy has no JSON column, so that there is none to be shared. Name another database.",
};

export default oracle;
