import { stat } from "node:fs/promises";
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import type { Runnable } from "../component/component.ts";
import { describe, isTurnkeepError, TurnkeepError } from "../errors.ts";

const whatToExport =
  "Export a component: export default new MyComponent(), the class itself, or a function that makes one.";

/** What a component file exports. */
export interface ComponentFile {
  /** Its default export, or what that makes. */
  readonly component: Runnable;
  /** Its export `page`, the options of the chat page, unchecked; undefined where there is none. */
  readonly page: unknown;
}

/**
 * The component in a file: its default export, or what that makes. A component (an object with
 * `run`) is taken as it is; a class is constructed without arguments; any other function is called
 * without arguments, and may answer a promise.
 * @param path the file, relative to the working directory.
 * @throws TurnkeepError, naming the file: `component_invalid` where it is missing, cannot be
 * loaded, or exports no component; `component_failed` where its own code throws.
 */
export async function loadComponent(path: string): Promise<ComponentFile> {
  const url = pathToFileURL(await requireFile(path)).href;
  const module = await within(path, () => import(url) as Promise<Record<string, unknown>>);
  if (!("default" in module)) {
    const names = Object.keys(module);
    const found = names.length === 0 ? "nothing" : `${names.join(", ")}, but no default`;
    throw new TurnkeepError("component_invalid", `${path} exports ${found}. ${whatToExport}`);
  }
  const exported = module["default"];
  const component = isFunction(exported)
    ? await within<unknown>(path, () => (isClass(exported) ? new exported() : exported()))
    : exported;
  if (!isRunnable(component)) {
    const maker = isFunction(exported)
      ? `a ${isClass(exported) ? "class" : "function"} that makes `
      : "";
    throw new TurnkeepError(
      "component_invalid",
      `The default export of ${path} is ${maker}${describe(component)}, without a method run(message, { stream }). ${whatToExport}`,
    );
  }
  return { component, page: module["page"] };
}

async function requireFile(path: string): Promise<string> {
  const absolute = resolve(path);
  const whatToName = "Name a file that exports a component.";
  let isFile: boolean;
  try {
    isFile = (await stat(absolute)).isFile();
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    const problem =
      code === "ENOENT" ? `There is no file ${path}` : `The file ${path} cannot be read (${code})`;
    throw new TurnkeepError(
      "component_invalid",
      `${problem}: looked for ${absolute}. ${whatToName}`,
      { cause: error },
    );
  }
  if (!isFile) {
    throw new TurnkeepError("component_invalid", `${path} is not a file. ${whatToName}`);
  }
  return absolute;
}

/** Does what runs the file's code; what it throws gets the file's name. */
async function within<Result>(path: string, work: () => Result | Promise<Result>): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    if (isTurnkeepError(error)) {
      throw new TurnkeepError(error.code, `${path} cannot be loaded: ${error.message}`, {
        cause: error,
      });
    }
    if (isLoaderError(error)) {
      throw new TurnkeepError(
        "component_invalid",
        `${path} cannot be loaded: ${problemOf(error)}`,
        {
          cause: error,
        },
      );
    }
    throw new TurnkeepError("component_failed", `${path} failed while it was loaded:`, {
      cause: error,
    });
  }
}

/** Whether Node's module loader threw it, rather than the module's own code. */
function isLoaderError(error: unknown): error is Error & { readonly code?: unknown } {
  const thrownIn = error instanceof Error ? /^\s+at .*$/m.exec(error.stack ?? "")?.[0] : undefined;
  return thrownIn?.includes("node:internal/modules/") === true;
}

function problemOf(error: Error & { readonly code?: unknown }): string {
  const { message, code } = error;
  switch (code) {
    case "ERR_UNKNOWN_FILE_EXTENSION":
      return /"\.[cm]?ts"/.test(message)
        ? `Node ${process.version} does not run TypeScript. Use Node 22.18 or later, set NODE_OPTIONS=--experimental-strip-types, or compile the file to JavaScript.`
        : `${message}. A component file is JavaScript (.js, .mjs, .cjs) or TypeScript (.ts, .mts, .cts).`;
    case "ERR_INVALID_TYPESCRIPT_SYNTAX":
    case "ERR_UNSUPPORTED_TYPESCRIPT_SYNTAX":
      return `${message.trim()}${placeOf(error)}\nNode removes types and compiles nothing. Write it without enum, namespace and parameter properties (the compiler option erasableSyntaxOnly finds them), or compile the file to JavaScript.`;
    case "ERR_MODULE_NOT_FOUND":
      return `${message}. Install the package beside the file, or mend the import.`;
    default: {
      const place = placeOf(error);
      return error instanceof SyntaxError && place === ""
        ? `SyntaxError: ${message}. Where it stands: node --check <file>.`
        : `${error.name}: ${message}${place}`;
    }
  }
}

/** The line that the loader puts before the stack of a syntax error, where it does. */
function placeOf({ stack = "" }: Error): string {
  const end = stack.search(/^\w*Error\b/m);
  return end <= 0 ? "" : `\n${stack.slice(0, end).trimEnd()}`;
}

function isFunction(value: unknown): value is (() => unknown) & (new () => unknown) {
  return typeof value === "function";
}

function isClass(value: { readonly prototype: unknown }): boolean {
  return isRunnable(value.prototype) || /^class\b/.test(Function.prototype.toString.call(value));
}

function isRunnable(value: unknown): value is Runnable {
  return (
    typeof value === "object" && value !== null && "run" in value && typeof value.run === "function"
  );
}
