import type { SentStatement } from "./tds-requests.ts";

/** Statements as a file has them: each with its name, its text, and its parameters with their types. */
export function toSqlFile(statements: readonly (readonly [name: string, SentStatement])[]): string {
  return statements
    .map(([name, statement]) => `-- ${name}\n${statement.text};\n${toParameters(statement)}`)
    .join("\n");
}

function toParameters({ declaration, values }: SentStatement): string {
  const types = declaration.split(", ");
  return values
    .map((value, index) => `--   ${types[index] ?? "?"} = ${JSON.stringify(value)}\n`)
    .join("");
}
