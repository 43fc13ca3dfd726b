import { describe, expect, test, vi } from "vitest";
import { toOptions } from "../../../src/databases/mssql/url-options.ts";
import { parseDatabaseUrl } from "../../../src/sql/database-url.ts";
import { openDatabase } from "../../../src/sql/find-database.ts";
import { turnkeepError } from "../../helpers/turnkeep-error.ts";

const read = (url: string) => toOptions(parseDatabaseUrl(url));
const python = "mssql+pyodbc://sa:p%40ss@db.example:1434/chat?driver=ODBC+Driver+18+for+SQL+Server";

describe("a URL of SQL Server", () => {
  test("says where the database is, and who comes", () => {
    expect(read("mssql://sa:p%40ss@db.example/chat")).toEqual({
      hosts: [{ host: "db.example", port: 1433 }],
      username: "sa",
      password: "p@ss",
      database: "chat",
      schema: undefined,
      applicationName: "turnkeep",
      poolSize: 10,
      poolTimeout: 10_000,
      connectTimeout: 5000,
      statementTimeout: 30_000,
      outageTimeout: 10_000,
      tls: { rejectUnauthorized: true },
      isStrict: false,
      triesAllAddresses: false,
    });
  });

  test.each([
    python,
    "sqlserver://sa:p%40ss@db.example:1434/chat",
    "mssql+pymssql://sa:p%40ss@db.example:1434/chat?charset=utf8&tds_version=7.4",
    `${python}&Encrypt=yes&TrustServerCertificate=no&LongAsMax=Yes&MARS_Connection=No`,
    `${python}&ApplicationIntent=ReadWrite&Trusted_Connection=no&Authentication=SqlPassword`,
  ])("of a Python service is taken as it is: %s", (url) => {
    const { hosts, username, password, database, tls } = read(url);
    expect({ hosts, username, password, database, tls }).toEqual({
      hosts: [{ host: "db.example", port: 1434 }],
      username: "sa",
      password: "p@ss",
      database: "chat",
      tls: { rejectUnauthorized: true },
    });
  });

  test.each([
    ["", { rejectUnauthorized: true }, false],
    ["?tls=off", undefined, false],
    ["?tls=no-verify", { rejectUnauthorized: false }, false],
    ["?Encrypt=no", undefined, false],
    ["?encrypt=Optional&TrustServerCertificate=yes", undefined, false],
    ["?encrypt=mandatory", { rejectUnauthorized: true }, false],
    ["?Encrypt=yes&TrustServerCertificate=yes", { rejectUnauthorized: false }, false],
    ["?TrustServerCertificate=yes", { rejectUnauthorized: false }, false],
    ["?Trust+Server+Certificate=true", { rejectUnauthorized: false }, false],
    ["?Encrypt=strict", { rejectUnauthorized: true }, true],
  ])(
    "%s is encrypted as it says, and checked where it says nothing else",
    (options, tls, isStrict) => {
      const { tls: read1, isStrict: read2 } = read(`mssql://sa@h/d${options}`);
      expect([read1, read2]).toEqual([tls, isStrict]);
    },
  );

  test("has the options of Microsoft's drivers by their names, whatever their case", () => {
    expect(
      read("mssql://sa@one,two:1444/d?LoginTimeout=3&APP=chat&MultiSubnetFailover=Yes&schema=s"),
    ).toMatchObject({
      hosts: [
        { host: "one", port: 1433 },
        { host: "two", port: 1444 },
      ],
      connectTimeout: 3000,
      applicationName: "chat",
      triesAllAddresses: true,
      schema: "s",
    });
    expect(read("mssql://sa@h/d?Connection+Timeout=7").connectTimeout).toBe(7000);
  });

  test("without a user takes the one that sqlcmd would", () => {
    vi.stubEnv("SQLCMDUSER", "sa");
    vi.stubEnv("SQLCMDPASSWORD", "hunter2");
    try {
      expect(read("mssql://h/d")).toMatchObject({ username: "sa", password: "hunter2" });
    } finally {
      vi.unstubAllEnvs();
    }
  });

  test.each([
    ["mssql://sa@h", "names no database"],
    ["mssql+pyodbc://sa:hunter2@a_data_source?driver=x", "names no database"],
    ["mssql://h/d", "names no user"],
    ["mssql://sa@h%5CSQLEXPRESS/d", "names an instance"],
    ["mssql://sa@h\\SQLEXPRESS/d", "names an instance"],
    ["mssql://sa@h,1433/d", "behind a colon: host:1433"],
    ["mssql://sa@h/d?Trusted_Connection=yes", "login of Windows"],
    ["mssql://sa@h/d?Integrated+Security=true", "login of Windows"],
    ["mssql://sa@h/d?Authentication=ActiveDirectoryMsi", '"ActiveDirectoryMsi"'],
    ["mssql://sa@h/d?ApplicationIntent=ReadOnly", "A store writes"],
    ["mssql://sa@h/d?Failover_Partner=other", "Name both hosts"],
    ["mssql+pyodbc:///?odbc_connect=DRIVER%3Dx%3BPWD%3Dhunter2", "Write its parts as a URL"],
    ["mssql://sa@h/d?Encrypt=perhaps", '"perhaps"'],
    ["mssql://sa@h/d?TrustServerCertificate=perhaps", '"perhaps"'],
    ["mssql://sa@h/d?tls=off&Encrypt=yes", "say the same"],
    ["mssql://sa@h/d?Encrypt=yes&encrypt=no", "more than once"],
    ["mssql://sa@h/d?Encrypt=strict&TrustServerCertificate=yes", "Give one of them"],
    ["mssql://sa@h/d?Encrypt=no&tls_ca=/etc/hostname", "tls_ca"],
    ["mssql://sa@h/d?charset=cp1252", "not utf8"],
    ["mssql://sa@h/d?pool_size=0", "pool_size"],
    ["mssql://sa@h/d?LoginTimeout=soon", "logintimeout"],
    ["mssql://sa@h/d?nothing=1", '"nothing"'],
  ])("%s is refused: %s", async (url, part) => {
    const opened = openDatabase(url);
    await expect(opened).rejects.toEqual(turnkeepError("database_url_invalid", part));
    await expect(opened).rejects.not.toEqual(turnkeepError("database_url_invalid", "hunter2"));
  });
});
