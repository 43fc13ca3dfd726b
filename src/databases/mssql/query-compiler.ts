import {
  type BinaryOperationNode,
  ColumnNode,
  type CommonTableExpressionNode,
  type CompiledQuery,
  type CreateIndexNode,
  type CreateTableNode,
  type DeleteQueryNode,
  type InsertQueryNode,
  MssqlQueryCompiler,
  type OperationNode,
  OperatorNode,
  type OrderByItemNode,
  ParensNode,
  PrimaryKeyConstraintNode,
  PrimitiveValueListNode,
  type QueryId,
  RawNode,
  ReferenceNode,
  type RootOperationNode,
  type SelectQueryNode,
  type TableNode,
  type UpdateQueryNode,
  ValueListNode,
  ValueNode,
  ValuesNode,
  type WithNode,
} from "kysely";
import { messagesTable } from "../../sql/tables.ts";
import { TableScopes } from "../../sql/table-scopes.ts";
import {
  type CoarseTime,
  exactCollation,
  type InexactText,
  type MessageTable,
} from "./message-table.ts";
import { isExact, isTable, lengthOf, measuredColumns, withLengths } from "./own-tables.ts";
import { withLockHints, withRankedSteps, withTop } from "./select-forms.ts";

/** What makes a statement's SQL differ. */
export interface Place {
  /** The schema that the tables are in. */
  readonly schema: string;
  readonly messageTable: MessageTable;
}

interface Column {
  readonly table: string;
  readonly name: string;
}

/**
 * Compiles queries for SQL Server. What that says otherwise than other databases is put in its way
 * (see `select-forms.ts`), and the tables are named with their schema.
 *
 * Ids and keys compare exactly, though the server takes two texts for the same that differ in the
 * spaces at their end: their lengths are compared too. Of a table of messages that others made, with
 * columns that fold case or hold the characters of a code page alone, each is compared once as the
 * column's index has it, which finds the rows, and once exactly; its order, and what goes along it,
 * stay the column's own. Times are put as such a table keeps them.
 */
export class SqlServerQueryCompiler extends MssqlQueryCompiler {
  readonly #place: () => Place;
  readonly #scopes = new TableScopes();
  #isRecursive = false;
  /** The columns of the rows that are being inserted into the table of messages. */
  #inserted: readonly string[] | undefined;

  /** @param place asked whenever something is compiled. */
  constructor(place: () => Place) {
    super();
    this.#place = place;
  }

  override compileQuery(node: RootOperationNode, queryId: QueryId): CompiledQuery {
    this.#isRecursive = false;
    this.#inserted = undefined;
    const compiled = super.compileQuery(node, queryId);
    // A step is one key of a session, of which there may be more than the hundred that are usual.
    return this.#isRecursive
      ? { ...compiled, sql: `${compiled.sql} option (maxrecursion 0)` }
      : compiled;
  }

  protected override visitSelectQuery(node: SelectQueryNode): void {
    this.#scopes.within(node, () => super.visitSelectQuery(withLockHints(withTop(node))));
  }

  protected override visitUpdateQuery(node: UpdateQueryNode): void {
    this.#scopes.within(node, () => super.visitUpdateQuery(node));
  }

  protected override visitDeleteQuery(node: DeleteQueryNode): void {
    this.#scopes.within(node, () => super.visitDeleteQuery(node));
  }

  protected override visitWith(node: WithNode): void {
    if (node.recursive !== true) {
      super.visitWith(node);
      return;
    }
    this.#isRecursive = true;
    const expressions: readonly CommonTableExpressionNode[] = node.expressions.map(withRankedSteps);
    super.visitWith({ ...node, expressions, recursive: false });
  }

  protected override visitTable(node: TableNode): void {
    const { schema, identifier } = node.table;
    if (schema === undefined && isTable(identifier.name) && !this.#isOfColumn()) {
      this.append(`${quoted(this.#place().schema)}.`);
    }
    super.visitTable(node);
  }

  protected override visitBinaryOperation(node: BinaryOperationNode): void {
    const { leftOperand: left, operator, rightOperand: right } = node;
    const column = this.#columnOf(left);
    const compared = OperatorNode.is(operator) ? operator.operator : "";
    if (column === undefined) {
      super.visitBinaryOperation(node);
      return;
    }
    const time = this.#timeOf(column);
    const text = this.#textOf(column);
    if (time !== undefined && !ReferenceNode.is(right)) {
      this.#compare(left, compared, () => this.#around(time.compared, right));
    } else if (!isExact(column.table, column.name)) {
      super.visitBinaryOperation(node);
    } else if (compared === "=" && !this.#comparesAlike(column, right)) {
      this.#visitEquality(column, left, right);
    } else if (compared === "in" && isList(right)) {
      this.#visitMembership(column, left, toNodes(right));
    } else if ((compared === "<" || compared === ">") && this.#isMeasured(column)) {
      this.#visitOrder(left, compared, right);
    } else if (text !== undefined && (compared === "in" || compared === "not in")) {
      this.#visitExactly(text, left);
      this.append(` ${compared} `);
      this.visitNode(right);
    } else if (text !== undefined && !ReferenceNode.is(right)) {
      this.#compare(left, compared, () => this.#visitAsStored(text, right));
    } else {
      super.visitBinaryOperation(node);
    }
  }

  // Without the N it would be of a code page, which lacks most characters and has other lengths.
  protected override appendStringLiteral(value: string): void {
    this.append("N");
    super.appendStringLiteral(value);
  }

  protected override visitOrderByItem(node: OrderByItemNode): void {
    super.visitOrderByItem(node);
    const column = this.#columnOf(node.orderBy);
    if (column === undefined || !this.#isMeasured(column)) return;
    this.append(", ");
    this.#visitLength(node.orderBy);
    if (node.direction === undefined) return;
    this.append(" ");
    this.visitNode(node.direction);
  }

  protected override visitInsertQuery(node: InsertQueryNode): void {
    if (node.into?.table.identifier.name === messagesTable) {
      this.#inserted = node.columns?.map(({ column }) => column.name);
    }
    super.visitInsertQuery(node);
    this.#inserted = undefined;
  }

  protected override visitValueList(node: ValueListNode): void {
    if (this.#inserted === undefined || !this.#isRow()) super.visitValueList(node);
    else this.#visitMessageRow(this.#inserted, node.values);
  }

  protected override visitPrimitiveValueList(node: PrimitiveValueListNode): void {
    if (this.#inserted === undefined || !this.#isRow()) super.visitPrimitiveValueList(node);
    else this.#visitMessageRow(this.#inserted, toNodes(node));
  }

  protected override visitCreateTable(node: CreateTableNode): void {
    const { name } = node.table.table.identifier;
    const lengths = measuredColumns(name).map((column) =>
      RawNode.createWithSql(
        `${quoted(lengthOf(column))} as (datalength(${quoted(column)})) persisted not null`,
      ),
    );
    const constraints = (node.constraints ?? []).map((constraint) =>
      PrimaryKeyConstraintNode.is(constraint)
        ? PrimaryKeyConstraintNode.cloneWith(constraint, {
            columns: withLengths(name, namesOf(constraint.columns)).map(toColumn),
          })
        : constraint,
    );
    const columns = [...node.columns, ...lengths] as CreateTableNode["columns"];
    super.visitCreateTable({ ...node, columns, constraints });
  }

  protected override visitCreateIndex(node: CreateIndexNode): void {
    const table = node.table?.table.identifier.name ?? "";
    const { columns = [] } = node;
    super.visitCreateIndex(
      node.unique === true && columns.every((column) => ColumnNode.is(column))
        ? { ...node, columns: withLengths(table, namesOf(columns)).map(toColumn) }
        : node,
    );
  }

  /** Compares both the values and their lengths, or the values as texts that end in the same way. */
  #visitEquality(column: Column, left: OperationNode, right: OperationNode): void {
    const text = this.#textOf(column);
    this.append("(");
    if (text === undefined) {
      this.#compare(left, "=", () => this.visitNode(right));
      this.append(" and ");
      this.#visitLength(left);
      this.append(" = ");
      this.#visitLength(right);
    } else {
      this.#compare(left, "=", () => this.#visitAsStored(text, right));
      this.append(" and ");
      this.#visitExactly(text, left);
      this.append(" + N'.' = ");
      this.visitNode(right);
      this.append(" + N'.'");
    }
    this.append(")");
  }

  #visitMembership(column: Column, left: OperationNode, values: readonly OperationNode[]): void {
    this.append("(");
    for (const [index, value] of values.entries()) {
      if (index > 0) this.append(" or ");
      this.#visitEquality(column, left, value);
    }
    this.append(")");
  }

  #visitOrder(left: OperationNode, operator: string, right: OperationNode): void {
    this.append("(");
    this.#compare(left, operator, () => this.visitNode(right));
    this.append(" or ");
    this.#compare(left, "=", () => this.visitNode(right));
    this.append(" and ");
    this.#visitLength(left);
    this.append(` ${operator} `);
    this.#visitLength(right);
    this.append(")");
  }

  #compare(left: OperationNode, operator: string, visitRight: () => void): void {
    this.visitNode(left);
    this.append(` ${operator} `);
    visitRight();
  }

  /** A value as a column has it that is not {@link exactCollation}'s. */
  #visitAsStored({ type, collation }: InexactText, value: OperationNode): void {
    this.#around(["cast(", ` collate ${collation} as ${type})`], value);
  }

  /** A column that is not {@link exactCollation}'s, to be compared as if it were. */
  #visitExactly({ type }: InexactText, column: OperationNode): void {
    const exact = ` as ${type.replace(/^n?/, "n")}) collate ${exactCollation}`;
    this.#around(["cast(", exact], column);
  }

  /** The length of a value: of a column from the column beside it, where there is one. */
  #visitLength(value: OperationNode): void {
    const column = this.#columnOf(value);
    if (column === undefined || !this.#isMeasured(column)) {
      this.#around(["datalength(", ")"], value);
      return;
    }
    const { table } = value as ReferenceNode;
    this.visitNode(ReferenceNode.create(toColumn(lengthOf(column.name)), table));
  }

  /** The values of a row of messages, each as its column keeps it, and null where it cannot. */
  #visitMessageRow(columns: readonly string[], values: readonly OperationNode[]): void {
    this.append("(");
    for (const [index, value] of values.entries()) {
      const column = { table: messagesTable, name: columns[index] ?? "" };
      const time = this.#timeOf(column);
      const text = this.#textOf(column);
      if (index > 0) this.append(", ");
      if (time !== undefined) this.#around(time.stored, value);
      else if (text === undefined || text.isUnicode) this.visitNode(value);
      else this.#visitWhereKept(text, value);
    }
    this.append(")");
  }

  // What a code page lacks would be stored as a question mark.
  #visitWhereKept(text: InexactText, value: OperationNode): void {
    this.append("case when cast(");
    this.#visitAsStored(text, value);
    this.append(` as n${text.type}) collate ${exactCollation} + N'.' = `);
    this.visitNode(value);
    this.append(" + N'.' then ");
    this.visitNode(value);
    this.append(" end");
  }

  #around([before, after]: readonly [string, string], value: OperationNode): void {
    this.append(before);
    this.visitNode(value);
    this.append(after);
  }

  /** The column that an operand is, where it is one of a table of the store. */
  #columnOf(operand: OperationNode): Column | undefined {
    if (!ReferenceNode.is(operand) || !ColumnNode.is(operand.column)) return undefined;
    const table = this.#scopes.tableOf(operand);
    return table !== undefined && isTable(table)
      ? { table, name: operand.column.column.name }
      : undefined;
  }

  #textOf({ table, name }: Column): InexactText | undefined {
    return table === messagesTable ? this.#place().messageTable.texts.get(name) : undefined;
  }

  #timeOf({ table, name }: Column): CoarseTime | undefined {
    return table === messagesTable ? this.#place().messageTable.times.get(name) : undefined;
  }

  #isMeasured({ table, name }: Column): boolean {
    return measuredColumns(table).includes(name);
  }

  /** Whether what a column of the table of messages is compared with compares as that does. */
  #comparesAlike({ table }: Column, operand: OperationNode): boolean {
    if (table !== messagesTable) return false;
    if (ParensNode.is(operand)) return true;
    const other = this.#columnOf(operand);
    return ReferenceNode.is(operand) && (other === undefined || other.table === messagesTable);
  }

  /** Whether the table that is being visited says which one a column is of. */
  #isOfColumn(): boolean {
    const { parentNode } = this;
    return parentNode !== undefined && ReferenceNode.is(parentNode);
  }

  /** Whether the list that is being visited is a row to be inserted. */
  #isRow(): boolean {
    const { parentNode } = this;
    return parentNode !== undefined && ValuesNode.is(parentNode);
  }
}

function isList(node: OperationNode): node is ValueListNode | PrimitiveValueListNode {
  return ValueListNode.is(node) || PrimitiveValueListNode.is(node);
}

function toNodes(list: ValueListNode | PrimitiveValueListNode): readonly OperationNode[] {
  return ValueListNode.is(list) ? list.values : list.values.map((value) => ValueNode.create(value));
}

function namesOf(columns: readonly ColumnNode[]): readonly string[] {
  return columns.map(({ column }) => column.name);
}

function toColumn(name: string): ColumnNode {
  return ColumnNode.create(name);
}

/** A name as it stands in SQL. */
export function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}
