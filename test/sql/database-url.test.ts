import { inspect } from "node:util";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  DatabaseUrl,
  type DatabaseUrlParts,
  parseDatabaseUrl,
  redactDatabaseUrl,
} from "../../src/sql/database-url.ts";
import { turnkeepError } from "../helpers/turnkeep-error.ts";

function partsOf(url: DatabaseUrl): object {
  const { dialect, driver, username, password, host, port, database, options } = url;
  const parts = { dialect, driver, username, password, host, port, database };
  const given = Object.entries(parts).filter(([, value]) => value !== undefined);
  return { ...Object.fromEntries(given), ...Object.fromEntries(options) };
}

describe("a database URL is read as SQLAlchemy 2.1 reads it", () => {
  test.each<[string, object]>([
    ["one://", { dialect: "one" }],
    ["one:///", { dialect: "one", database: "" }],
    ["one:///relative.db", { dialect: "one", database: "relative.db" }],
    ["one:////absolute/a.db", { dialect: "one", database: "/absolute/a.db" }],
    ["one:///:memory:", { dialect: "one", database: ":memory:" }],
    ["one:///C:\\path\\a.db", { dialect: "one", database: "C:\\path\\a.db" }],
    ["one:///a%20b.db", { dialect: "one", database: "a b.db" }],
    ["one:///a+b.db", { dialect: "one", database: "a+b.db" }],
    ["one:///a@b.db?timeout=1", { dialect: "one", database: "a@b.db", timeout: ["1"] }],
    ["one:///海.db", { dialect: "one", database: "海.db" }],
    ["one+driver_2:///a", { dialect: "one", driver: "driver_2", database: "a" }],
    [
      "one+two://user:p%40ss%2Fw@host:3306/db?charset=utf8mb4",
      {
        dialect: "one",
        driver: "two",
        username: "user",
        password: "p@ss/w",
        host: "host",
        port: 3306,
        database: "db",
        charset: ["utf8mb4"],
      },
    ],
    ["one://u:@h/d", { dialect: "one", username: "u", password: "", host: "h", database: "d" }],
    ["one://:p@h", { dialect: "one", username: "", password: "p", host: "h" }],
    ["one://u:p+w@h", { dialect: "one", username: "u", password: "p+w", host: "h" }],
    ["one://u%40h:%E6%B5%B7@h", { dialect: "one", username: "u@h", password: "海", host: "h" }],
    ["one://us@er@h", { dialect: "one", username: "us@er", host: "h" }],
    [
      "one://u:p/w?d:e@h/x",
      { dialect: "one", username: "u", password: "p/w?d:e", host: "h", database: "x" },
    ],
    [
      "one://u@/d?host=/var/run",
      { dialect: "one", username: "u", database: "d", host: ["/var/run"] },
    ],
    [
      "one://u:p@[2001:db8::1]:5432/d",
      {
        dialect: "one",
        username: "u",
        password: "p",
        host: "2001:db8::1",
        port: 5432,
        database: "d",
      },
    ],
    ["one://[::1]", { dialect: "one", host: "::1" }],
    ["one://h:1", { dialect: "one", host: "h", port: 1 }],
    ["one://h/", { dialect: "one", host: "h", database: "" }],
    ["one://h?a=1", { dialect: "one", host: "h", a: ["1"] }],
    [
      "one://h/d?a=1&b=x+y%2Bz%3D=&a=2&none&empty=&c=%E6%B5%B7",
      { dialect: "one", host: "h", database: "d", a: ["1", "2"], b: ["x y+z=="], c: ["海"] },
    ],
  ])("%s", (text, parts) => {
    expect(partsOf(parseDatabaseUrl(text))).toEqual(parts);
  });

  test("whatever its parts hold", () => {
    const word = fc.stringMatching(/^\w{1,8}$/);
    const text = fc.string({ unit: "grapheme", maxLength: 12 }).filter((each) => {
      return each.isWellFormed();
    });
    const parts = fc.record<DatabaseUrlParts>({
      dialect: word,
      driver: fc.option(word, { nil: undefined }),
      username: text,
      password: text,
      host: fc.option(fc.domain(), { nil: undefined }),
      port: fc.option(fc.integer({ min: 1, max: 65_535 }), { nil: undefined }),
      database: fc.option(text, { nil: undefined }),
      options: fc
        .array(
          fc.tuple(
            text,
            fc.array(
              text.filter((value) => value !== ""),
              { minLength: 1 },
            ),
          ),
        )
        .map((entries) => new Map(entries)),
    });
    fc.assert(
      fc.property(parts, (given) => {
        const { dialect, driver, username = "", password = "", host = "", port, database } = given;
        const at = `${encodeURIComponent(username)}:${encodeURIComponent(password)}@`;
        const path = database === undefined ? "" : `/${encodeURIComponent(database)}`;
        const query = [...(given.options ?? [])].flatMap(([name, values]) =>
          values.map((value) => `${encodeURIComponent(name)}=${encodeURIComponent(value)}`),
        );
        const scheme = driver === undefined ? dialect : `${dialect}+${driver}`;
        const where = port === undefined ? host : `${host}:${port}`;
        const url = parseDatabaseUrl(`${scheme}://${at}${where}${path}?${query.join("&")}`);
        expect(partsOf(url)).toEqual(partsOf(new DatabaseUrl(given)));
      }),
    );
  });
});

describe("an error names the part at fault and shows nothing of the URL", () => {
  test.each([
    ["", "is empty"],
    ["hunter2.db", "has no scheme"],
    ["user:hunter2@host/db", "has no scheme"],
    ["://user:hunter2@host", "nothing before ://"],
    ["my-db://user:hunter2@host", "a scheme with more than"],
    [" one://user:hunter2@host", "a scheme with more than"],
    ["one+://user:hunter2@host", "has the scheme"],
    ["+two://user:hunter2@host", "has the scheme"],
    ["one+two+three://user:hunter2@host", "has the scheme"],
    ["one://user:hunter2/db", "a port that is not a number"],
    ["one://host:hunter2", "a port that is not a number"],
    ["one://u:hunter2@host:/db", "a port that is not a number"],
    ["one://u:hunter2@host:0", "a port that is not a number"],
    ["one://u:hunter2@host:65536", "a port that is not a number"],
    ["one://u:hunter2@host:+80", "a port that is not a number"],
    ["one://u:p@hunter2@host/db", "an @ too many"],
    ["one://u:p@hunter2@host:80/db", "an @ too many"],
    ["one://host?password=hunter2@x", "an @ too many"],
    ["one://u:hunter2@[::1/db", "a bracket in its host"],
    ["one://u:hunter2@[::1]5432/db", "a bracket in its host"],
    ["one://u:hunter2@::1/db", "a port that is not a number"],
    ["one://u%:hunter2@host", "a % in its user"],
    ["one://u:hunter2%@host", "a % in its password"],
    ["one://u:hunter2%f@host", "a % in its password"],
    ["one://u:hunter2%ff@host", "a % in its password"],
    ["one://u:hunter2@host/%zz", "a % in its database"],
    ["one://u:hunter2@host/?a=%", "a % in its options"],
    ["one://u:hunter2@host/?%=a", "a % in its options"],
    ["one://u:hunter2@host/db\n", "a control character"],
    ["one://u:hunter2@host/d\u0000b", "a control character"],
  ])("%j", (text, problem) => {
    const error = errorOf(() => parseDatabaseUrl(text));
    expect(error).toEqual(turnkeepError("database_url_invalid", problem));
    expect(`${error.message}${inspect(error)}`).not.toContain("hunter2");
  });

  test.each([undefined, null, 5, ["one://"]])("%j, which is not a string", (value) => {
    expect(() => parseDatabaseUrl(value as unknown as string)).toThrow(
      turnkeepError("database_url_invalid", "must be a string"),
    );
  });
});

describe("a database URL hides its secrets", () => {
  const text = "one+two://us%40er:hunter2@[::1]:80/d%3Fb?sslmode=a+b&sslpassword=hunter2&n=1&n=2";
  const shown = "one+two://us%40er:***@[::1]:80/d%3Fb?sslmode=a%20b&sslpassword=***&n=1&n=2";

  test("as text, in JSON and in a log", () => {
    const url = parseDatabaseUrl(text);
    expect(String(url)).toBe(shown);
    expect(JSON.stringify({ url })).toBe(JSON.stringify({ url: shown }));
    expect(inspect([url], { breakLength: Infinity })).toBe(`[ ${shown} ]`);
    expect(url.password).toBe("hunter2");
  });

  test.each([
    [text, shown],
    ["one:///a.db", "one:///a.db"],
    ["one://:hunter2@h", "one://:***@h"],
    ["one://u@h/", "one://u@h/"],
    ["one://?token=hunter2&api_key=hunter2", "one://?token=***&api_key=***"],
    ["one://u:hunter2@h:bad", "***"],
    ["hunter2", "***"],
  ])("%s is logged as %s", (given, redacted) => {
    expect(redactDatabaseUrl(given)).toBe(redacted);
  });
});

describe("options", () => {
  test("are read by name, once", () => {
    const url = parseDatabaseUrl("one://h/d?a=1&b=2&b=3");
    expect(url.option("a")).toBe("1");
    expect(url.option("c")).toBeUndefined();
    expect(() => url.option("b")).toThrow(
      turnkeepError("database_url_invalid", 'the option "b" more than once'),
    );
  });

  test("that are not known are named, without their values", () => {
    const url = parseDatabaseUrl("one://h/d?a=1&x=hunter2&y=hunter2");
    url.requireOptions(["a", "x", "y"]);
    const error = errorOf(() => url.requireOptions(["a", "b"]));
    expect(error).toEqual(
      turnkeepError("database_url_invalid", 'one does not know: "x", "y"', "It knows a, b"),
    );
    expect(error.message).not.toContain("hunter2");
  });
});

function errorOf(work: () => unknown): Error {
  try {
    work();
  } catch (error) {
    return error as Error;
  }
  throw new Error("nothing was thrown");
}
