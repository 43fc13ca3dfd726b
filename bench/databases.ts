import type { DatabaseFixture, TestDatabase, TestServer } from "../src/sql/database-fixture.ts";
import { allFixtures } from "../test/databases/fixtures.ts";
import type { Floor } from "./floor/floor.ts";

/** A database that is measured. Disposing of it ends the server that was started for it. */
export interface BenchDatabase extends AsyncDisposable {
  /** The name of its folder. */
  readonly name: string;
  /** What it is called in tables. */
  readonly title: string;
  /** An empty database. Whoever makes it disposes of it. */
  createDatabase(): Promise<TestDatabase>;
  /** What is in it and how, in a few words. */
  version(): Promise<string>;
  /** The floor on a database that has the tables of `prepareFloor`. */
  openFloor(url: string): Promise<Floor>;
}

const titles: Readonly<Record<string, string>> = {
  sqlite: "SQLite",
  postgresql: "PostgreSQL",
  mysql: "MariaDB",
};
const versions: Readonly<Record<string, string>> = {
  sqlite: "select 'SQLite ' || sqlite_version() as version",
  postgresql: "select split_part(version(), ' (', 1) as version",
  mysql: "select concat('MariaDB ', version()) as version",
};

/**
 * The databases that a floor is there for, by their folders' names, each on a server of its own
 * with nearly its defaults, which is started on first use.
 */
export async function findDatabases(names: readonly string[]): Promise<readonly BenchDatabase[]> {
  const fixtures = await allFixtures();
  return names.map((name) => {
    const fixture = fixtures.get(name);
    if (fixture === undefined || titles[name] === undefined) {
      throw new Error(
        `There is no database ${JSON.stringify(name)} to measure. There are ${Object.keys(titles).join(", ")}.`,
      );
    }
    return new OwnDatabase(name, fixture);
  });
}

class OwnDatabase implements BenchDatabase {
  readonly name: string;
  readonly title: string;
  readonly #fixture: DatabaseFixture;
  #server: Promise<TestServer> | undefined;

  constructor(name: string, fixture: DatabaseFixture) {
    this.name = name;
    this.title = titles[name] ?? name;
    this.#fixture = fixture;
  }

  async createDatabase(): Promise<TestDatabase> {
    const { servers } = this.#fixture;
    if (servers === undefined) return this.#fixture.createDatabase();
    this.#server ??= servers.startServer();
    return (await this.#server).createDatabase();
  }

  async version(): Promise<string> {
    await using database = await this.createDatabase();
    const [row] = await database.execute(versions[this.name] ?? "");
    return String(row?.["version"]);
  }

  async openFloor(url: string): Promise<Floor> {
    const { openFloor } = (await import(`./floor/${this.name}.ts`)) as {
      readonly openFloor: (url: string) => Floor | Promise<Floor>;
    };
    return openFloor(url);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await (await this.#server?.catch(() => undefined))?.[Symbol.asyncDispose]();
  }
}
