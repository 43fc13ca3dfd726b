import { readFileSync } from "node:fs";
import { describe } from "../../errors.ts";
import { type DatabaseHost, type DatabaseUrl, invalid } from "../database-url.ts";

/** How to reach a database server, read from its URL. */
export interface ServerOptions {
  /** The hosts, which are tried in this order; at least one. */
  readonly hosts: readonly Required<DatabaseHost & { readonly port: number }>[];
  readonly username: string | undefined;
  readonly password: string | undefined;
  readonly database: string | undefined;
  /** How many connections there are at the most. */
  readonly poolSize: number;
  /** How long to wait for a free connection, in milliseconds. */
  readonly poolTimeout: number;
  /** How long to wait for a new connection, in milliseconds. */
  readonly connectTimeout: number;
  /** How long a statement may take, in milliseconds. */
  readonly statementTimeout: number;
  /** How long work waits while the database cannot be reached, in milliseconds. */
  readonly outageTimeout: number;
  /** Undefined where the connection is not encrypted. */
  readonly tls: TlsOptions | undefined;
}

/** How a connection is encrypted, as `node:tls` takes it. */
export interface TlsOptions {
  /** Whether the server must show a certificate for its name by an authority that is trusted. */
  readonly rejectUnauthorized: boolean;
  readonly ca?: string;
  readonly cert?: string;
  readonly key?: string;
}

/** What is the database's own in its URLs. */
export interface ServerDefaults {
  readonly port: number;
  /** Further options that its URLs may have. */
  readonly options: readonly string[];
  /** Other names of options, as other programs have them: by their name, what they are called here. */
  readonly aliases: Readonly<Record<string, keyof typeof commonOptions>>;
}

/** The options that the URLs of all servers have. */
const commonOptions = {
  pool_size: "connections at the most",
  pool_timeout: "seconds",
  connect_timeout: "seconds",
  statement_timeout: "seconds",
  outage_timeout: "seconds",
  tls: "off, verify or no-verify",
  tls_ca: "a file",
  tls_cert: "a file",
  tls_key: "a file",
} as const;

const tlsModes: Readonly<Record<string, boolean | undefined>> = {
  off: undefined,
  disable: undefined,
  disabled: undefined,
  false: undefined,
  "0": undefined,
  // They encrypt where the server happens to: whoever asks for encryption gets it, checked.
  allow: undefined,
  prefer: undefined,
  preferred: undefined,
  verify: true,
  require: true,
  required: true,
  true: true,
  "1": true,
  "verify-ca": true,
  verify_ca: true,
  "verify-full": true,
  verify_identity: true,
  "no-verify": false,
};

/**
 * Reads what every server's URL may say.
 * @throws TurnkeepError `database_url_invalid` naming the option that is unknown or has a value
 * that it cannot have.
 */
export function toServerOptions(url: DatabaseUrl, defaults: ServerDefaults): ServerOptions {
  const { port: defaultPort, options, aliases } = defaults;
  url.requireOptions([
    ...Object.keys(commonOptions),
    "host",
    "port",
    ...Object.keys(aliases),
    ...options,
  ]);
  const read = (name: keyof typeof commonOptions): Found | undefined => {
    const names = [name, ...Object.keys(aliases).filter((alias) => aliases[alias] === name)];
    const given = names.flatMap((each) => {
      const value = url.option(each);
      return value === undefined ? [] : [{ name: each, value }];
    });
    if (given.length > 1) {
      throw invalid(
        `gives the options ${given.map((each) => each.name).join(" and ")}, which say the same. Give one of them`,
      );
    }
    return given[0];
  };
  return {
    hosts: toHosts(url, defaultPort),
    username: url.username === "" ? undefined : url.username,
    password: url.password,
    database: url.database === "" ? undefined : url.database,
    poolSize: toWhole(read("pool_size"), 1, 1000) ?? 10,
    poolTimeout: toMilliseconds(read("pool_timeout")) ?? 10_000,
    connectTimeout: toMilliseconds(read("connect_timeout")) ?? 5000,
    statementTimeout: toMilliseconds(read("statement_timeout")) ?? 30_000,
    outageTimeout: toMilliseconds(read("outage_timeout"), 0) ?? 10_000,
    tls: toTls(read("tls"), {
      ca: read("tls_ca"),
      cert: read("tls_cert"),
      key: read("tls_key"),
    }),
  };
}

interface Found {
  readonly name: string;
  readonly value: string;
}

function toHosts(url: DatabaseUrl, defaultPort: number): ServerOptions["hosts"] {
  const inOptions = (url.options.get("host") ?? []).flatMap((each) => each.split(","));
  if (inOptions.length > 0 && url.hosts.length > 0) {
    throw invalid("names hosts before its path and again in the option host. Name them once");
  }
  const port = toWhole(toFound("port", url.option("port")), 1, 65_535) ?? url.port ?? defaultPort;
  if (inOptions.length > 0) {
    return inOptions.map((text) => {
      const [, host = text, ownPort] = /^([^:]+|\[[^\]]+\]):(\d+)$/.exec(text) ?? [];
      return { host, port: ownPort === undefined ? port : Number(ownPort) };
    });
  }
  if (url.hosts.length === 0) return [{ host: "localhost", port }];
  return url.hosts.map((each) => ({ host: each.host, port: each.port ?? port }));
}

function toFound(name: string, value: string | undefined): Found | undefined {
  return value === undefined ? undefined : { name, value };
}

function toWhole(found: Found | undefined, least: number, most: number): number | undefined {
  if (found === undefined) return undefined;
  const number = /^\d{1,7}$/.test(found.value) ? Number(found.value) : Number.NaN;
  if (Number.isNaN(number) || number < least || number > most) {
    throw invalid(
      `has the option ${found.name} with the value ${describe(found.value)}. Give a whole number from ${least} to ${most}`,
    );
  }
  return number;
}

function toMilliseconds(found: Found | undefined, least = 0.001): number | undefined {
  if (found === undefined) return undefined;
  const number = /^\d{1,6}(?:\.\d{1,3})?$/.test(found.value) ? Number(found.value) : Number.NaN;
  if (Number.isNaN(number) || number < least) {
    throw invalid(
      `has the option ${found.name} with the value ${describe(found.value)}. Give a number of seconds, such as 5 or 0.5`,
    );
  }
  return Math.round(number * 1000);
}

function toTls(
  mode: Found | undefined,
  files: Readonly<Record<"ca" | "cert" | "key", Found | undefined>>,
): TlsOptions | undefined {
  const named = Object.values(files).filter((file) => file !== undefined);
  if (mode !== undefined && !Object.hasOwn(tlsModes, mode.value.toLowerCase())) {
    throw invalid(
      `has the option ${mode.name} with the value ${describe(mode.value)}. Give one of ${Object.keys(tlsModes).join(", ")}`,
    );
  }
  // Whoever names a certificate wants it to be used.
  const verifies =
    mode === undefined ? named.length > 0 || undefined : tlsModes[mode.value.toLowerCase()];
  if (verifies === undefined) {
    if (named.length > 0) {
      throw invalid(
        `has the option ${named[0]?.name}, which counts only with encryption, and turns that off. Give tls=verify`,
      );
    }
    return undefined;
  }
  const texts = Object.entries(files).flatMap(([name, file]) =>
    file === undefined ? [] : [[name, readFile(file)] as const],
  );
  return { rejectUnauthorized: verifies, ...Object.fromEntries(texts) };
}

function readFile({ name, value }: Found): string {
  try {
    return readFileSync(value, "utf8");
  } catch (error) {
    throw invalid(
      `has the option ${name} with the file ${describe(value)}, which cannot be read (${(error as Error).message})`,
    );
  }
}
