/**
 * Python's name for the type that a JSON value has there: what AppBuilder's messages carry as
 * `mtype`. A whole number is `int`, also where Python would have written `1.0`.
 */
export function mtypeOf(content: unknown): string {
  if (content === null || content === undefined) return "NoneType";
  if (Array.isArray(content)) return "list";
  switch (typeof content) {
    case "string":
      return "str";
    case "boolean":
      return "bool";
    case "number":
      return Number.isInteger(content) ? "int" : "float";
    default:
      return "dict";
  }
}
