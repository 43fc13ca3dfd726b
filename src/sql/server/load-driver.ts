import { TurnkeepError } from "../../errors.ts";

/**
 * Loads the package that speaks to a database.
 * @throws TurnkeepError `database_driver_missing` where it is not installed.
 */
export async function loadDriver<Module>(
  name: string,
  load: () => Promise<Module>,
): Promise<Module> {
  try {
    return await load();
  } catch (error) {
    const code = error instanceof Error && "code" in error ? error.code : undefined;
    const isMissing = code === "ERR_MODULE_NOT_FOUND" && String(error).includes(`'${name}'`);
    if (!isMissing) throw error;
    throw new TurnkeepError(
      "database_driver_missing",
      `The package ${name}, which speaks to this database, is not installed. Install it: npm install ${name}`,
      { cause: error },
    );
  }
}
