import { execFileSync } from "node:child_process";
import { copyFile } from "node:fs/promises";
import { expect, test } from "vitest";
import { fixture } from "../../../src/databases/postgresql/fixture.ts";
import { openSqlStore } from "../../../src/sql/sql-store.ts";
import { contentsOf, turnOf } from "../../../src/testing/store-contract/cases.ts";
import { makeCertificates } from "../../helpers/certificates.ts";
import { temporaryFolder } from "../../helpers/temporary-folder.ts";
import { turnkeepError } from "../../helpers/turnkeep-error.ts";

test("a connection is encrypted where it is asked for, and its certificate checked", async () => {
  await using folder = await temporaryFolder();
  const { authority, certificate, key } = await makeCertificates(folder.path);
  await using server = await fixture.servers?.startServer();
  if (server === undefined) throw new Error("there is no server");
  const database = await server.createDatabase();
  const [row] = await database.execute("show data_directory");
  const directory = String(row?.["data_directory"]);
  for (const [from, to] of [
    [certificate, "server.crt"],
    [key, "server.key"],
  ] as const) {
    await copyFile(from, `${directory}/${to}`);
    execFileSync("chown", [`--reference=${directory}`, `${directory}/${to}`]);
    execFileSync("chmod", ["600", `${directory}/${to}`]);
  }
  const plain = database.url.replace("127.0.0.1", "localhost");
  await expect(openSqlStore(`${plain}&tls=verify`)).rejects.toEqual(
    turnkeepError("database_unavailable", "SSL"),
  );
  await database.execute("alter system set ssl to on", "select pg_reload_conf()");
  await database.execute("select pg_sleep(0.5)");

  await expect(openSqlStore(`${plain}&sslmode=require`)).rejects.toEqual(
    turnkeepError("database_unavailable", "over TLS", "?tls_ca=<file>"),
  );
  // By its address it is not the server that the certificate is for.
  await expect(openSqlStore(`${database.url}&tls_ca=${authority}`)).rejects.toEqual(
    turnkeepError("database_unavailable", "127.0.0.1"),
  );
  for (const options of [
    `tls_ca=${authority}`,
    `sslmode=verify-full&sslrootcert=${authority}`,
    "tls=no-verify",
  ]) {
    await using store = await openSqlStore(`${plain}&${options}&application_name=encrypted`);
    await store.appendTurn(turnOf("s", { query: options }));
    expect(await contentsOf(store, "s", "query", 1)).toEqual([options]);
    const rows = await database.execute(
      "select distinct ssl from pg_stat_ssl join pg_stat_activity using (pid) where application_name = 'encrypted'",
    );
    expect(rows).toEqual([{ ssl: true }]);
  }
});
