import { inspect } from "node:util";
import { describe, TurnkeepError } from "../errors.ts";

/** The parts of a {@link DatabaseUrl}, decoded. */
export interface DatabaseUrlParts {
  readonly dialect: string;
  readonly driver?: string | undefined;
  readonly username?: string | undefined;
  readonly password?: string | undefined;
  readonly host?: string | undefined;
  readonly port?: number | undefined;
  /** All hosts in their order, where there are several; `host` and `port` are the first. */
  readonly hosts?: readonly DatabaseHost[] | undefined;
  readonly database?: string | undefined;
  readonly options?: ReadonlyMap<string, readonly string[]>;
}

/** A host that a database is on. */
export interface DatabaseHost {
  /** A name or an address; an IPv6 address without its brackets. */
  readonly host: string;
  /** Undefined for the database's ordinary one. */
  readonly port: number | undefined;
}

// The grammar of SQLAlchemy's `make_url`.
const grammar =
  /^(?<scheme>[\w+]+):\/\/(?:(?<username>[^:/]*)(?::(?<password>[^@]*))?@)?(?:(?:\[(?<bracketed>[^/?]+)\]|(?<host>[^/:?]+))?(?::(?<port>[^/?]*))?)?(?:\/(?<database>[^?]*))?(?:\?(?<query>.*))?/s;

// oxlint-disable-next-line no-control-regex -- they are what is refused
const control = /[\u0000-\u001f\u007f]/;
const secretName = /pass|pwd|secret|token|key|credential/i;
const form = "dialect[+driver]://user:password@host:port/database?option=value";

/**
 * Where a database is: `dialect[+driver]://user:password@host:port/database?option=value`, in
 * SQLAlchemy's grammar; several hosts stand with commas between them. Printed, logged or turned into JSON it shows `***` for the password and for
 * the options that are named like secrets.
 */
export class DatabaseUrl {
  readonly dialect: string;
  readonly driver: string | undefined;
  readonly username: string | undefined;
  /** A name or an address; an IPv6 address without its brackets. */
  readonly host: string | undefined;
  readonly port: number | undefined;
  /** The hosts in the order in which they stand; empty where none is given. */
  readonly hosts: readonly DatabaseHost[];
  readonly database: string | undefined;
  /** The options behind `?`, each with its values in the order they were given. */
  readonly options: ReadonlyMap<string, readonly string[]>;
  readonly #password: string | undefined;

  constructor({ dialect, driver, username, password, ...parts }: DatabaseUrlParts) {
    this.dialect = dialect;
    this.driver = driver;
    this.username = username;
    this.#password = password;
    this.host = parts.host;
    this.port = parts.port;
    this.hosts =
      parts.hosts ?? (parts.host === undefined ? [] : [{ host: parts.host, port: parts.port }]);
    this.database = parts.database;
    this.options = parts.options ?? new Map();
    Object.defineProperty(this, inspect.custom, { value: () => this.toString() });
  }

  get password(): string | undefined {
    return this.#password;
  }

  /**
   * The value of an option, or undefined where it is absent.
   * @throws TurnkeepError `database_url_invalid` where it is given more than once.
   */
  option(name: string): string | undefined {
    const [value, ...more] = this.options.get(name) ?? [];
    if (more.length > 0) {
      throw invalid(`gives the option ${describe(name)} more than once. Give it once`);
    }
    return value;
  }

  /** @throws TurnkeepError `database_url_invalid` naming the options that are not among `known`. */
  requireOptions(known: readonly string[]): void {
    const unknown = [...this.options.keys()].filter((name) => !known.includes(name));
    if (unknown.length > 0) {
      throw invalid(
        `is given options that ${this.dialect} does not know: ${unknown.map(describe).join(", ")}. It knows ${known.length === 0 ? "none" : known.join(", ")}`,
      );
    }
  }

  /** The URL with `***` in the place of each secret. */
  toString(): string {
    const scheme = this.driver === undefined ? this.dialect : `${this.dialect}+${this.driver}`;
    const user = this.username === undefined ? "" : encodeURIComponent(this.username);
    const password = this.#password === undefined ? "" : ":***";
    const at = user === "" && password === "" ? "" : "@";
    const port = this.port === undefined ? "" : `:${this.port}`;
    const hosts = this.hosts.length === 0 ? port : this.hosts.map(toAuthority).join(",");
    const database =
      this.database === undefined
        ? ""
        : `/${this.database.replaceAll(/[%?@]/g, encodeURIComponent)}`;
    const options = [...this.options].flatMap(([name, values]) =>
      values.map((value) => {
        const shown = secretName.test(name) ? "***" : encodeURIComponent(value);
        return `${encodeURIComponent(name)}=${shown}`;
      }),
    );
    const query = options.length === 0 ? "" : `?${options.join("&")}`;
    return `${scheme}://${user}${password}${at}${hosts}${database}${query}`;
  }

  toJSON(): string {
    return this.toString();
  }
}

/**
 * Reads a database URL as SQLAlchemy does: percent-encoding is decoded in the user, the password,
 * the database and the options; `+` is a space in the options alone; an option may be repeated,
 * and one without a value counts for nothing; an IPv6 address stands in brackets.
 * @throws TurnkeepError `database_url_invalid` naming the part at fault. The message never shows
 * the URL, of which any part may be a misplaced password.
 */
export function parseDatabaseUrl(text: string): DatabaseUrl {
  if (typeof text !== "string") throw invalid(`must be a string, but it is ${describe(text)}`);
  if (text === "") throw invalid(`is empty. Write one: ${form}`);
  if (control.test(text)) {
    throw invalid("holds a control character, such as a line break at its end. Remove it");
  }
  const match = grammar.exec(text);
  if (match?.groups === undefined) throw withoutScheme(text);
  const { scheme, username, password, bracketed, host, port, database, query } =
    match.groups as Readonly<Record<string, string | undefined>>;
  if (host?.startsWith("[") === true || match[0].length < text.length) {
    throw invalid("has a bracket in its host that does not match. Write an IPv6 host as [::1]");
  }
  if (host?.includes("@") === true || username?.includes("?") === true) {
    throw invalid("has an @ too many. Write an @ within the user, password or options as %40");
  }
  return new DatabaseUrl({
    ...toScheme(scheme ?? ""),
    username: decode(username, "user"),
    password: decode(password, "password"),
    ...toHosts(bracketed === undefined ? host : `[${bracketed}]`, port),
    database: decode(database, "database"),
    options: toOptions(query ?? ""),
  });
}

/** A database URL for a log: without its secrets, or `***` where it cannot be read. */
export function redactDatabaseUrl(text: string): string {
  try {
    return String(parseDatabaseUrl(text));
  } catch {
    return "***";
  }
}

/** The error that says what is wrong with a database URL; `problem` is read after "The database URL". */
export function invalid(problem: string): TurnkeepError {
  return new TurnkeepError("database_url_invalid", `The database URL ${problem}.`);
}

function withoutScheme(text: string): TurnkeepError {
  const end = text.indexOf("://");
  if (end < 0) return invalid(`has no scheme. Write it as ${form}`);
  return end === 0
    ? invalid(`has nothing before ://. Name the dialect: ${form}`)
    : invalid(`has a scheme with more than letters, digits, _ and +. Write it as ${form}`);
}

function toScheme(scheme: string): { dialect: string; driver: string | undefined } {
  const [dialect = "", driver, ...more] = scheme.split("+");
  if (dialect === "" || driver === "" || more.length > 0) {
    throw invalid(`has the scheme ${describe(scheme)}. Write it as dialect or dialect+driver`);
  }
  return { dialect, driver };
}

const hostForm = /^(?:\[(?<bracketed>[^[\]]+)\]|(?<name>[^:[\]]+))(?::(?<port>.*))?$/;

/** What stands between `@` and `/`: a host, or several with commas between them. */
function toHosts(
  host: string | undefined,
  port: string | undefined,
): Pick<DatabaseUrlParts, "host" | "port" | "hosts"> {
  const authority = `${host ?? ""}${port === undefined ? "" : `:${port}`}`;
  if (host === undefined || !authority.includes(",")) {
    return {
      host: host?.replaceAll(/^\[|\]$/g, ""),
      port: port === undefined ? undefined : toPort(port),
    };
  }
  return parseHosts(authority.split(","));
}

/**
 * Reads hosts, each of them `name` or `name:port`.
 * @throws TurnkeepError `database_url_invalid` where one is not of that form.
 */
export function parseHosts(
  texts: readonly string[],
): Required<Pick<DatabaseUrlParts, "host" | "port" | "hosts">> {
  const hosts = texts.map((each): DatabaseHost => {
    const groups = hostForm.exec(each)?.groups;
    const found = groups?.["bracketed"] ?? groups?.["name"];
    if (found === undefined) {
      throw invalid(
        "has a list of hosts of which one is empty or has brackets that do not match. Write it as host1:port1,host2:port2",
      );
    }
    const ofHost = groups?.["port"];
    return { host: found, port: ofHost === undefined ? undefined : toPort(ofHost) };
  });
  return { host: hosts[0]?.host, port: hosts[0]?.port, hosts };
}

function toAuthority({ host, port }: DatabaseHost): string {
  return `${host.includes(":") ? `[${host}]` : host}${port === undefined ? "" : `:${port}`}`;
}

function toPort(text: string): number {
  const port = /^\d{1,5}$/.test(text) ? Number(text) : 0;
  if (port < 1 || port > 65_535) {
    throw invalid(
      "has a port that is not a number from 1 to 65535. Where a password stands there, the URL lacks @host after it, or the password has a / or an @ to be written %2F or %40",
    );
  }
  return port;
}

function toOptions(query: string): ReadonlyMap<string, readonly string[]> {
  const options = new Map<string, string[]>();
  for (const pair of query.split("&")) {
    const [name = "", ...rest] = pair.split("=");
    const value = decode(rest.join("=").replaceAll("+", " "), "options") ?? "";
    if (value === "") continue;
    const key = decode(name.replaceAll("+", " "), "options") ?? "";
    const values = options.get(key);
    if (values === undefined) options.set(key, [value]);
    else values.push(value);
  }
  return options;
}

function decode(text: string | undefined, part: string): string | undefined {
  if (text === undefined || !text.includes("%")) return text;
  try {
    return decodeURIComponent(text);
  } catch {
    throw invalid(
      `has a % in its ${part} that does not begin an encoded character. Write a % as %25, and others as UTF-8 bytes`,
    );
  }
}
