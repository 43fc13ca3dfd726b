import {
  AliasNode,
  type DeleteQueryNode,
  IdentifierNode,
  type OperationNode,
  type ReferenceNode,
  type SelectQueryNode,
  TableNode,
  type UpdateQueryNode,
} from "kysely";

/** Which tables the columns of a query stand for that is being compiled. */
export class TableScopes {
  /** The tables by their names or aliases, of each query that is being compiled, the innermost last. */
  readonly #scopes: ReadonlyMap<string, string>[] = [];

  /** Does the work while the query is the innermost one. */
  within(query: SelectQueryNode | UpdateQueryNode | DeleteQueryNode, work: () => void): void {
    this.#scopes.push(new Map(tablesOf(query).flatMap(toNames)));
    try {
      work();
    } finally {
      this.#scopes.pop();
    }
  }

  /** The name of the table that a column is of; undefined where it is not a table's. */
  tableOf({ table }: ReferenceNode): string | undefined {
    if (table === undefined) {
      const tables = [...(this.#scopes.at(-1)?.values() ?? [])];
      return tables.length === 1 ? tables[0] : undefined;
    }
    const name = table.table.identifier.name;
    return this.#scopes.findLast((scope) => scope.has(name))?.get(name);
  }
}

function tablesOf(
  query: SelectQueryNode | UpdateQueryNode | DeleteQueryNode,
): readonly OperationNode[] {
  const joined = query.joins?.map(({ table }) => table) ?? [];
  switch (query.kind) {
    case "SelectQueryNode":
      return [...(query.from?.froms ?? []), ...joined];
    case "UpdateQueryNode":
      return query.table === undefined ? joined : [query.table, ...joined];
    case "DeleteQueryNode":
      return [...query.from.froms, ...joined];
  }
}

/** The name by which a query refers to a table, and the table's own; none for what is no table. */
function toNames(node: OperationNode): [name: string, table: string][] {
  if (TableNode.is(node)) {
    const { name } = node.table.identifier;
    return [[name, name]];
  }
  if (!AliasNode.is(node) || !TableNode.is(node.node) || !IdentifierNode.is(node.alias)) return [];
  return [[node.alias.name, node.node.table.identifier.name]];
}
