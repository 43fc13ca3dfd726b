import { describe, TurnkeepError } from "../errors.ts";
import { DatabaseUrl, invalid, parseDatabaseUrl, parseHosts } from "./database-url.ts";

/**
 * A database by its URL, with the URL's options by name. What is given here must not stand in the
 * URL too. Times are in milliseconds, files are paths. Which options a database has, its README says.
 */
export interface DatabaseConfig {
  readonly url: string;
  /** The password of the URL's user, as it is: nothing of it is encoded. */
  readonly password?: string | undefined;
  /** The hosts, `name` or `name:port`, in the order in which they are tried; at least one. */
  readonly hosts?: readonly string[] | undefined;
  readonly schema?: string | undefined;
  /** How many connections there are at the most: 1 to 1,000. */
  readonly poolSize?: number | undefined;
  /** How long to wait for a free connection. */
  readonly poolTimeout?: number | undefined;
  /** How long to wait for a new connection, a host. */
  readonly connectTimeout?: number | undefined;
  /** How long a statement may take. */
  readonly statementTimeout?: number | undefined;
  /** How long reads and writes wait while the database cannot be reached; 0 for not at all. */
  readonly outageTimeout?: number | undefined;
  /** Whether connections are encrypted, and the server's certificate checked. */
  readonly tls?: "off" | "verify" | "no-verify" | undefined;
  /** The file of the authority that signed the server's certificate. */
  readonly tlsCa?: string | undefined;
  /** The files of the client's own certificate and its key. */
  readonly tlsCert?: string | undefined;
  readonly tlsKey?: string | undefined;
}

/** What an option is, and what it is called in a URL. */
interface OptionForm {
  readonly name: string;
  readonly kind: "text" | "count" | "time" | "tls";
}

const optionForms: Readonly<
  Record<keyof Omit<DatabaseConfig, "url" | "password" | "hosts">, OptionForm>
> = {
  schema: { name: "schema", kind: "text" },
  poolSize: { name: "pool_size", kind: "count" },
  poolTimeout: { name: "pool_timeout", kind: "time" },
  connectTimeout: { name: "connect_timeout", kind: "time" },
  statementTimeout: { name: "statement_timeout", kind: "time" },
  outageTimeout: { name: "outage_timeout", kind: "time" },
  tls: { name: "tls", kind: "tls" },
  tlsCa: { name: "tls_ca", kind: "text" },
  tlsCert: { name: "tls_cert", kind: "text" },
  tlsKey: { name: "tls_key", kind: "text" },
};
const parts = ["url", "password", "hosts", ...Object.keys(optionForms)];
const tlsModes = ["off", "verify", "no-verify"];
/** As many as a URL can say: six digits of seconds. */
const longest = 999_999_000;
const mostConnections = 1000;
const maxTextLength = 4096;

/**
 * Where a database is, from a URL alone or from one with options beside it.
 * @throws TurnkeepError `database_url_invalid` for the URL, and for what stands in it and beside it;
 * `invalid_argument` naming an option that is unknown or has a value that it cannot have. No message
 * shows a password.
 */
export function toDatabaseUrl(config: string | DatabaseConfig): DatabaseUrl {
  if (typeof config !== "object" || config === null) return parseDatabaseUrl(config);
  requireKnown(config);
  const { url: text, password, hosts, ...others } = config;
  const url = parseDatabaseUrl(text);
  const options = new Map(url.options);
  for (const [key, { name, kind }] of Object.entries(optionForms)) {
    const value = others[key as keyof typeof others];
    if (value === undefined) continue;
    if (options.has(name)) throw twice(`the option ${name}`, key);
    options.set(name, [toText(key, kind, value)]);
  }
  if (password !== undefined) {
    if (url.password !== undefined) throw twice("a password", "password");
    requireText("password", password);
  }
  if (hosts !== undefined && (url.host !== undefined || options.has("host"))) {
    throw twice("a host", "hosts");
  }
  const places = hosts === undefined ? {} : toHosts(hosts);
  return new DatabaseUrl({
    dialect: url.dialect,
    driver: url.driver,
    username: url.username,
    password: password ?? url.password,
    host: url.host,
    port: url.port,
    hosts: url.hosts,
    database: url.database,
    ...places,
    options,
  });
}

function requireKnown(config: object): void {
  const unknown = Object.keys(config).filter((key) => !parts.includes(key));
  if (unknown.length > 0) {
    throw wrong(
      `The database has options that there are not: ${unknown.map(describe).join(", ")}. There are ${parts.join(", ")}; others are written in its URL.`,
    );
  }
}

function toText(key: string, kind: OptionForm["kind"], value: unknown): string {
  switch (kind) {
    case "text":
      return requireText(key, value);
    case "count":
      return String(requireWhole(key, value, 1, mostConnections));
    case "time":
      return String(requireWhole(key, value, key === "outageTimeout" ? 0 : 1, longest) / 1000);
    case "tls":
      if (typeof value === "string" && tlsModes.includes(value)) return value;
      throw wrong(
        `The option ${key} of the database must be one of ${tlsModes.join(", ")}, but it is ${describe(value)}.`,
      );
  }
}

function requireText(key: string, value: unknown): string {
  if (typeof value === "string" && value !== "" && value.length <= maxTextLength) return value;
  // It may be a secret, or stand where one should.
  const found = typeof value === "string" ? `has ${value.length}` : `is a ${typeof value}`;
  throw wrong(
    `The option ${key} of the database must be a text of 1 to ${maxTextLength} characters, but it ${found}.`,
  );
}

function requireWhole(key: string, value: unknown, least: number, most: number): number {
  if (Number.isSafeInteger(value)) {
    const number = value as number;
    if (number >= least && number <= most) return number;
  }
  throw wrong(
    `The option ${key} of the database must be a whole number from ${least} to ${most}, but it is ${describe(value)}.`,
  );
}

function toHosts(hosts: unknown): ReturnType<typeof parseHosts> {
  const isList =
    Array.isArray(hosts) &&
    hosts.length > 0 &&
    hosts.every((host) => typeof host === "string" && host !== "" && !/[,/?@]/.test(host));
  if (!isList) {
    throw wrong(
      'The option hosts of the database must be a list of at least one "name" or "name:port".',
    );
  }
  return parseHosts(hosts as readonly string[]);
}

function twice(what: string, key: string): TurnkeepError {
  return invalid(`has ${what}, which is given beside it as ${key}, too. Give it once`);
}

function wrong(message: string): TurnkeepError {
  return new TurnkeepError("invalid_argument", message);
}
