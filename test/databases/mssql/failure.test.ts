import { Kysely, sql } from "kysely";
import { describe, expect, test } from "vitest";
import { openDatabase } from "../../../src/sql/find-database.ts";
import { openSqlStore } from "../../../src/sql/sql-store.ts";
import { makeCertificates } from "../../helpers/certificates.ts";
import { temporaryFolder } from "../../helpers/temporary-folder.ts";
import { turnkeepError } from "../../helpers/turnkeep-error.ts";
import { asServer, openOnListener, urlOf } from "./open-on-listener.ts";
import { startTdsListener } from "./tds-listener.ts";

describe("an error of the server", () => {
  test.each([
    [1205, "conflict", "database_unavailable"],
    [1222, "conflict", "database_unavailable"],
    [2601, "conflict", "database_unavailable"],
    [2627, "conflict", "database_unavailable"],
    [3960, "conflict", "database_unavailable"],
    [596, "lost", "database_unavailable"],
    [6005, "lost", "database_unavailable"],
    [10_928, "lost", "database_unavailable"],
    [40_197, "lost", "database_unavailable"],
    [40_501, "lost", "database_unavailable"],
    [40_613, "lost", "database_unavailable"],
    [49_918, "lost", "database_unavailable"],
    [976, "lost", "database_unavailable"],
    [3906, "outage", "database_read_only"],
    [207, "refused", "database_schema_mismatch"],
    [208, "refused", "database_schema_mismatch"],
    [229, "outage", "database_unavailable"],
    [916, "outage", "database_unavailable"],
    [515, "refused", "database_unavailable"],
    [2628, "refused", "database_unavailable"],
    [547, "refused", "database_unavailable"],
    [9002, "refused", "database_unavailable"],
  ])("%i means %s", async (number, kind, code) => {
    await using opened = await openOnListener({}, () => ({
      error: { number, message: "what the server says" },
    }));
    const { database } = opened;
    const kysely = new Kysely<unknown>({ dialect: database.writes });
    const failure = database.explain(
      await sql`ask`.execute(kysely).catch((error: unknown) => error),
    );
    expect(failure).toMatchObject({ kind, code });
    expect(failure?.message).toMatch(/^The SQL Server database 127\.0\.0\.1:\d+\/chat /);
    expect(failure?.message).toContain("what the server says");
  });

  test("of a replica that takes no writes is of a lost connection where there are other hosts", async () => {
    const reply = asServer({}, () => ({ error: { number: 3906, message: "is read-only" } }));
    await using listener = await startTdsListener({ reply });
    const hosts = `127.0.0.1:${listener.port},127.0.0.1:${listener.port}`;
    await using database = await openDatabase(`mssql://user@${hosts}/chat?tls=off`);
    const kysely = new Kysely<unknown>({ dialect: database.writes });
    const failure = await sql`ask`.execute(kysely).catch((error: unknown) => error);
    expect(database.explain(failure)).toMatchObject({ kind: "lost", code: "database_read_only" });
  });

  test("is not what is none of its, nor of the driver's", async () => {
    await using opened = await openOnListener();
    for (const error of [new Error("of somebody"), new TypeError("wrong"), "text", undefined]) {
      expect(opened.database.explain(error)).toBe(undefined);
    }
  });

  test("that refuses a value of a VARCHAR says what to do", async () => {
    await using opened = await openOnListener();
    const error = Object.assign(new Error("Cannot insert the value NULL"), { number: 515 });
    expect(opened.database.explain(error)?.message).toContain("make it an NVARCHAR");
  });
});

describe("a server that cannot be had", () => {
  test.each([
    [18_456, "Login failed for user 'user'.", "Check the user, the password"],
    [4060, 'Cannot open database "chat" requested by the login.', "the name of the database"],
    [40_613, "Database 'chat' is not currently available.", "cannot be reached"],
    [18_401, "Server is in script upgrade mode.", "cannot be reached"],
  ])("for its refusal %i is explained, without the password", async (number, message, advice) => {
    await using listener = await startTdsListener({ refusal: { number, message } });
    const opened = openDatabase(urlOf(listener));
    await expect(opened).rejects.toEqual(
      turnkeepError("database_unavailable", `127.0.0.1:${listener.port}/chat`, message, advice),
    );
    await expect(opened).rejects.not.toEqual(turnkeepError("database_unavailable", "hunter2"));
  });

  test("since nothing listens there is named", async () => {
    const listener = await startTdsListener();
    await listener[Symbol.asyncDispose]();
    const opened = openSqlStore(urlOf(listener));
    await expect(opened).rejects.toEqual(
      turnkeepError("database_unavailable", `127.0.0.1:${listener.port}/chat`, "cannot be reached"),
    );
    await expect(opened).rejects.not.toEqual(turnkeepError("database_unavailable", "hunter2"));
    await expect(
      openDatabase(urlOf(listener).replace("/chat", ",127.0.0.1:6/chat")),
    ).rejects.toEqual(
      turnkeepError("database_unavailable", `127.0.0.1:${listener.port},127.0.0.1:6/chat`),
    );
  });

  test("since it says nothing is given up in time", async () => {
    await using listener = await startTdsListener({ isSilent: true });
    const start = performance.now();
    await expect(openDatabase(urlOf(listener, "&connect_timeout=0.3"))).rejects.toEqual(
      turnkeepError("database_unavailable", "300ms", "cannot be reached"),
    );
    expect(performance.now() - start).toBeLessThan(5000);
  });
});

describe("encryption", () => {
  test("is asked for where the URL says nothing of it, and a server without it refused", async () => {
    await using listener = await startTdsListener();
    const opened = openDatabase(urlOf(listener).replace("?tls=off", ""));
    await expect(opened).rejects.toEqual(
      turnkeepError("database_unavailable", "did not negotiate encryption", "?tls=off"),
    );
    await expect(opened).rejects.not.toEqual(turnkeepError("database_unavailable", "hunter2"));
    expect(listener.beginnings).toEqual([]);
  });

  test("checks the server's certificate", async () => {
    await using folder = await temporaryFolder();
    const { authority, certificate, key } = await makeCertificates(folder.path);
    await using listener = await startTdsListener({
      reply: asServer({}),
      tls: { certificate, key },
    });
    const plain = urlOf(listener).replace("?tls=off", "");
    const named = plain.replace("127.0.0.1", "localhost");
    await expect(openDatabase(named)).rejects.toEqual(
      turnkeepError("database_unavailable", "over TLS", "?tls_ca=<file>"),
    );
    // By its address it is not the server that the certificate is for.
    await expect(openDatabase(`${plain}?tls_ca=${authority}`)).rejects.toEqual(
      turnkeepError("database_unavailable", "over TLS", "127.0.0.1"),
    );
    await expect(openDatabase(`${named}?tls=off`)).rejects.toEqual(
      turnkeepError("database_unavailable", "requires encryption"),
    );
    for (const options of [
      `tls_ca=${authority}`,
      "tls=no-verify",
      "Encrypt=yes&TrustServerCertificate=yes",
    ]) {
      await using database = await openDatabase(`${named}?${options}`);
      await sql`encrypted ${options}`.execute(new Kysely<unknown>({ dialect: database.writes }));
      expect(listener.statements.at(-1)?.values).toEqual([options]);
    }
    await using strict = await startTdsListener({
      reply: asServer({}),
      tls: { certificate, key, isStrict: true },
    });
    const first = urlOf(strict, "&Encrypt=strict").replace("tls=off&", "");
    await expect(openDatabase(first.replace("127.0.0.1", "localhost"))).rejects.toEqual(
      turnkeepError("database_unavailable", "over TLS", "?tls_ca=<file>"),
    );
    const trusted = `${first.replace("127.0.0.1", "localhost")}&tls_ca=${authority}`;
    await using _database = await openDatabase(trusted);
    expect(strict.beginnings.length).toBe(1);
  });
});
