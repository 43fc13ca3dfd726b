import { describe } from "../../errors.ts";
import { DatabaseUrl, invalid } from "../../sql/database-url.ts";
import { toServerOptions } from "../../sql/server/server-options.ts";
import type { MSSQLOptions } from "./connection.ts";

// The names that Microsoft's drivers give to what is called otherwise here. Each is read whatever its
// case, and with or without spaces.
const aliases = {
  connection_timeout: "connect_timeout",
  connectiontimeout: "connect_timeout",
  login_timeout: "connect_timeout",
  logintimeout: "connect_timeout",
} as const;
const otherNames: Readonly<Record<string, string>> = {
  app: "application_name",
  appname: "application_name",
  applicationname: "application_name",
  trust_server_certificate: "trustservercertificate",
  multi_subnet_failover: "multisubnetfailover",
  application_intent: "applicationintent",
};
// What a Python service says to its own driver, and what holds here in any case.
const withoutEffect = ["driver", "charset", "mars_connection", "longasmax", "tds_version"];
const own = ["schema", "application_name", "multisubnetfailover", ...withoutEffect];

/** What cannot be had, by the option that asks for it, and what to do. */
const refusals: Readonly<Record<string, string>> = {
  odbc_connect: "which is a connection string. Write its parts as a URL",
  failover_partner: "which is of database mirroring. Name both hosts, with a comma between them",
};

const encryptions: Readonly<Record<string, "off" | "verify" | "strict">> = {
  yes: "verify",
  true: "verify",
  "1": "verify",
  mandatory: "verify",
  no: "off",
  false: "off",
  "0": "off",
  optional: "off",
  strict: "strict",
};
const truths: Readonly<Record<string, boolean>> = {
  yes: true,
  true: true,
  "1": true,
  no: false,
  false: false,
  "0": false,
};

/**
 * Reads a URL of SQL Server. Without a word about encryption the connection is encrypted and the
 * server's certificate checked: otherwise the password could be read on its way.
 * @throws TurnkeepError `database_url_invalid` naming the part at fault.
 */
export function toOptions(url: DatabaseUrl): MSSQLOptions {
  requireHosts(url);
  const options = toPlainNames(url.options);
  for (const [name, reason] of Object.entries(refusals)) {
    if (options.has(name)) throw invalid(`has the option ${name}, ${reason}`);
  }
  requireLogin(options);
  const { mode, isStrict } = toEncryption(options);
  const readable = new DatabaseUrl({
    dialect: url.dialect,
    driver: url.driver,
    username: url.username,
    password: url.password,
    host: url.host,
    port: url.port,
    hosts: url.hosts,
    database: url.database,
    options: mode === undefined ? options : new Map([...options, ["tls", [mode]]]),
  });
  const server = toServerOptions(readable, { port: 1433, options: own, aliases });
  const { username = process.env["SQLCMDUSER"], database } = server;
  if (database === undefined) {
    throw invalid(`names no database. Write ${url.dialect}://user:password@host:1433/database`);
  }
  if (username === undefined) {
    throw invalid(`names no user. Write ${url.dialect}://user:password@host:1433/database`);
  }
  requireUnicode(readable);
  return {
    ...server,
    username,
    password: server.password ?? process.env["SQLCMDPASSWORD"],
    database,
    schema: readable.option("schema"),
    applicationName: readable.option("application_name") ?? "turnkeep",
    isStrict,
    triesAllAddresses: toTruth("multisubnetfailover", readable.option("multisubnetfailover")),
  };
}

function toPlainNames(
  options: ReadonlyMap<string, readonly string[]>,
): Map<string, readonly string[]> {
  const plain = new Map<string, readonly string[]>();
  for (const [name, values] of options) {
    const lower = name.toLowerCase().replaceAll(" ", "_");
    const known = otherNames[lower] ?? otherNames[lower.replaceAll("_", "")] ?? lower;
    plain.set(known, [...(plain.get(known) ?? []), ...values]);
  }
  return plain;
}

function requireHosts({ dialect, hosts }: DatabaseUrl): void {
  for (const { host } of hosts) {
    if (/\\|%5c/i.test(host)) {
      throw invalid(
        `names an instance, ${describe(host)}. Name the port that it listens on: ${dialect}://user:password@host:port/database`,
      );
    }
    if (/^\d+$/.test(host)) {
      throw invalid(`has a host ${describe(host)}. Write a port behind a colon: host:${host}`);
    }
  }
}

/** Takes away the options of how to log in, which say what is done here in any case. */
function requireLogin(options: Map<string, readonly string[]>): void {
  const { trusted_connection: trusted, integrated_security: integrated } = take(
    options,
    "trusted_connection",
    "integrated_security",
  );
  if (toTruth("trusted_connection", trusted) || toTruth("integrated_security", integrated)) {
    throw invalid(
      "asks for a login of Windows, which there is none of here. Give a user and a password of SQL Server",
    );
  }
  const { authentication } = take(options, "authentication");
  if (authentication !== undefined && authentication.toLowerCase() !== "sqlpassword") {
    throw invalid(
      `has the option authentication with the value ${describe(authentication)}. Give a user and a password of SQL Server: SqlPassword`,
    );
  }
  const { applicationintent: intent } = take(options, "applicationintent");
  if (intent !== undefined && intent.toLowerCase() !== "readwrite") {
    throw invalid(
      `has the option applicationintent with the value ${describe(intent)}. A store writes: leave it out`,
    );
  }
}

/** How the options of Microsoft's drivers ask for encryption; no mode where they do not. */
function toEncryption(options: Map<string, readonly string[]>): {
  readonly mode?: string;
  readonly isStrict: boolean;
} {
  const { encrypt, trustservercertificate: trust } = take(
    options,
    "encrypt",
    "trustservercertificate",
  );
  const trusts = toTruth("trustservercertificate", trust);
  if (encrypt === undefined && trust === undefined) {
    return options.has("tls") ? { isStrict: false } : { mode: "verify", isStrict: false };
  }
  if (options.has("tls")) {
    throw invalid(
      "gives the options tls and encrypt or trustservercertificate, which say the same. Give tls alone",
    );
  }
  const kind = encrypt === undefined ? "verify" : encryptions[encrypt.toLowerCase()];
  if (kind === undefined) {
    throw invalid(
      `has the option encrypt with the value ${describe(encrypt)}. Give one of ${Object.keys(encryptions).join(", ")}`,
    );
  }
  if (kind === "strict" && trusts) {
    throw invalid(
      "has the options encrypt=strict, which checks the certificate, and trustservercertificate=yes. Give one of them",
    );
  }
  const mode = kind !== "off" && trusts ? "no-verify" : kind;
  return kind === "strict" ? { mode: "verify", isStrict: true } : { mode, isStrict: false };
}

function requireUnicode(url: DatabaseUrl): void {
  const charset = url.option("charset");
  if (charset === undefined || /^utf-?(?:8|16)$/i.test(charset)) return;
  throw invalid("has an option charset that is not utf8. Leave it out: texts are Unicode");
}

/** Takes options away, and answers the value of each. */
function take<Name extends string>(
  options: Map<string, readonly string[]>,
  ...names: readonly Name[]
): Partial<Record<Name, string>> {
  const found: Partial<Record<Name, string>> = {};
  for (const name of names) {
    const [value, ...more] = options.get(name) ?? [];
    if (more.length > 0) throw invalid(`gives the option ${name} more than once. Give it once`);
    if (value !== undefined) found[name] = value;
    options.delete(name);
  }
  return found;
}

function toTruth(name: string, value: string | undefined): boolean {
  const truth = value === undefined ? false : truths[value.toLowerCase()];
  if (truth === undefined) {
    throw invalid(
      `has the option ${name} with the value ${describe(value)}. Give one of ${Object.keys(truths).join(", ")}`,
    );
  }
  return truth;
}
