import { inspect } from "node:util";
import fc from "fast-check";
import { HttpRuntime, MemoryStore } from "turnkeep";
import { describe, expect, test } from "vitest";
import { type DatabaseConfig, toDatabaseUrl } from "../../src/sql/database-config.ts";
import { openSqlStore } from "../../src/sql/sql-store.ts";
import { contentsOf, turnOf } from "../../src/testing/store-contract/cases.ts";
import { chatRequest, inProcess } from "../helpers/http-client.ts";
import { recordingLogger } from "../helpers/recording-logger.ts";
import { temporaryFolder } from "../helpers/temporary-folder.ts";
import { turnkeepError } from "../helpers/turnkeep-error.ts";
import { counting } from "../field/counting.ts";

const url = "postgresql://user@host:5433/chat?application_name=a";

describe("a database with options beside its URL", () => {
  test("is as one with all of them in it", () => {
    const config: DatabaseConfig = {
      url,
      schema: "s",
      poolSize: 3,
      poolTimeout: 1500,
      connectTimeout: 1,
      statementTimeout: 60_000,
      outageTimeout: 0,
      tls: "verify",
      tlsCa: "/ca file.pem",
      tlsCert: "/cert.pem",
      tlsKey: "/key.pem",
    };
    expect(String(toDatabaseUrl(config))).toBe(
      `${url}&schema=s&pool_size=3&pool_timeout=1.5&connect_timeout=0.001&statement_timeout=60&outage_timeout=0&tls=verify&tls_ca=%2Fca%20file.pem&tls_cert=%2Fcert.pem&tls_key=***`,
    );
    expect(String(toDatabaseUrl({ url }))).toBe(url);
    expect(String(toDatabaseUrl({ url, poolSize: undefined }))).toBe(url);
  });

  test("has its hosts beside it, in their order", () => {
    const { hosts, host, port } = toDatabaseUrl({
      url: "postgresql://user@/chat",
      hosts: ["one", "two:5433", "[::1]:5434", "[::2]"],
    });
    expect(hosts).toEqual([
      { host: "one", port: undefined },
      { host: "two", port: 5433 },
      { host: "::1", port: 5434 },
      { host: "::2", port: undefined },
    ]);
    expect([host, port]).toEqual(["one", undefined]);
  });

  test("has its password beside it, whatever that is, and never shows it", () => {
    fc.assert(
      fc.property(fc.string({ minLength: 1, maxLength: 100 }), (password) => {
        const secret = `hunter2${password}`;
        const parsed = toDatabaseUrl({ url, password: secret });
        expect(parsed.password).toBe(secret);
        for (const shown of [String(parsed), JSON.stringify(parsed), inspect(parsed)]) {
          expect(shown).not.toContain("hunter2");
        }
      }),
    );
  });

  test.each<readonly [object, string]>([
    [{ url, password: 5 }, "password of the database must be a text"],
    [{ url, password: "" }, "password of the database must be a text"],
    [{ url, schema: "" }, "schema"],
    [{ url, schema: "x".repeat(4097) }, "has 4097"],
    [{ url, poolSize: 0 }, "poolSize of the database must be a whole number from 1 to 1000"],
    [{ url, poolSize: 1001 }, "it is 1001"],
    [{ url, poolSize: "5" }, 'it is "5"'],
    [{ url, poolTimeout: 0 }, "poolTimeout"],
    [{ url, connectTimeout: 1.5 }, "connectTimeout"],
    [{ url, statementTimeout: Number.POSITIVE_INFINITY }, "statementTimeout"],
    [{ url, outageTimeout: -1 }, "from 0"],
    [{ url, tls: true }, "one of off, verify, no-verify, but it is true"],
    [{ url, tls: "perhaps" }, '"perhaps"'],
    [{ url: "postgresql:///d", hosts: [] }, "at least one"],
    [{ url: "postgresql:///d", hosts: "one" }, "at least one"],
    [{ url: "postgresql:///d", hosts: ["one,two"] }, "at least one"],
    [{ url: "postgresql:///d", hosts: [5] }, "at least one"],
    [{ url, pool_size: 3 }, '"pool_size"'],
  ])("%j is refused", (config, part) => {
    expect(() => toDatabaseUrl(config as DatabaseConfig)).toThrow(
      turnkeepError("invalid_argument", part),
    );
  });

  test.each<readonly [object | null, string]>([
    [
      { url: `${url}&pool_size=3`, poolSize: 4 },
      "the option pool_size, which is given beside it as poolSize",
    ],
    [{ url: "postgresql://u:hunter2@h/d", password: "hunter2" }, "a password"],
    [{ url, hosts: ["one"] }, "a host"],
    [{ url: "postgresql:///d?host=h", hosts: ["one"] }, "a host"],
    [{ url: "postgresql:///d", hosts: ["one:"] }, "a port"],
    [{ url: "postgresql:///d", hosts: ["one]"] }, "brackets"],
    [{ url: "nothing" }, "no scheme"],
    [{ url: undefined }, "must be a string"],
    [{ poolSize: 3 }, "must be a string"],
    [null, "must be a string"],
  ])("%j is refused for its URL", (config, part) => {
    expect(() => toDatabaseUrl(config as DatabaseConfig)).toThrow(
      turnkeepError("database_url_invalid", part),
    );
    expect(() => toDatabaseUrl(config as DatabaseConfig)).not.toThrow("hunter2");
  });

  test("that it does not know is refused when it is opened", async () => {
    await using folder = await temporaryFolder();
    const sqlite = `sqlite:///${folder.path}/s.db`;
    await expect(openSqlStore({ url: sqlite, poolSize: 3 })).rejects.toEqual(
      turnkeepError("database_url_invalid", "does not know", '"pool_size"'),
    );
    await expect(openSqlStore({ url: `${folder.path}/s.db` })).rejects.toEqual(
      turnkeepError("database_url_invalid", "for that file"),
    );
    await using store = await openSqlStore({ url: sqlite });
    await store.appendTurn(turnOf("session", { query: 1 }));
    expect(await contentsOf(store, "session", "query")).toEqual([1]);
  });
});

describe("a runtime", () => {
  const logger = recordingLogger();

  test("keeps its sessions in a database with options", async () => {
    await using folder = await temporaryFolder();
    const config = { url: `sqlite:///${folder.path}/s.db?timeout=2` };
    await using runtime = new HttpRuntime({
      component: counting,
      userSessionConfig: config,
      logger,
    });
    const answer = await inProcess(runtime.fetch)(chatRequest({ message: "m", session_id: "s" }));
    expect(answer.status).toBe(200);
    await using store = await openSqlStore(config);
    expect(await contentsOf(store, "s", "query")).toEqual(["m"]);
  });

  test("says which option of its database is wrong, and no password", async () => {
    const config = { url: "postgresql://u@h/d", password: "hunter2", poolSize: 0 };
    await using runtime = new HttpRuntime({
      component: counting,
      userSessionConfig: config,
      logger,
    });
    const opened = runtime.open();
    await expect(opened).rejects.toEqual(turnkeepError("invalid_argument", "poolSize"));
    expect(JSON.stringify(logger.entries)).not.toContain("hunter2");
  });

  test("takes an open store, and nothing else", async () => {
    await using _runtime = new HttpRuntime({
      component: counting,
      userSessionConfig: new MemoryStore(),
      logger,
    });
    for (const config of [5, null, {}, [], () => undefined]) {
      expect(
        () => new HttpRuntime({ component: counting, userSessionConfig: config as never, logger }),
      ).toThrow(
        turnkeepError(
          "invalid_argument",
          "userSessionConfig must be a database URL, { url, ...options }",
        ),
      );
    }
  });
});
