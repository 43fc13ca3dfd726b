import {
  type BinaryOperationNode,
  ColumnNode,
  type DeleteQueryNode,
  type JoinNode,
  MysqlQueryCompiler,
  type OperationNode,
  OperatorNode,
  ParensNode,
  ReferenceNode,
  type SelectQueryNode,
  type UpdateQueryNode,
} from "kysely";
import {
  chunksTable,
  hiddenTable,
  messagesTable,
  schemaTable,
  sessionsTable,
  settingsTable,
  turnsTable,
  versionsTable,
} from "../../sql/tables.ts";
import { TableScopes } from "../../sql/table-scopes.ts";
import type { Collation, MessageTable } from "./message-table.ts";

const ownTables = new Set<string>([
  sessionsTable,
  turnsTable,
  versionsTable,
  chunksTable,
  hiddenTable,
  settingsTable,
  schemaTable,
]);

/** What makes a statement's SQL differ. */
export interface Exactness {
  readonly exactCollation: string;
  readonly messageTable: MessageTable;
}

/**
 * Compiles queries so that texts of a table of messages that others made compare byte by byte, though
 * its columns fold case or leave out spaces at the end: each comparison of such a column with a value
 * is made twice, once as the column's index has it, which finds the rows, and once exactly. The order
 * of such a column, and what goes along it, stay the column's own.
 *
 * Joins that are to keep their order keep it.
 */
export class ExactQueryCompiler extends MysqlQueryCompiler {
  readonly #exactness: () => Exactness;
  readonly #scopes = new TableScopes();

  /** @param exactness asked whenever something is compiled. */
  constructor(exactness: () => Exactness) {
    super();
    this.#exactness = exactness;
  }

  protected override visitSelectQuery(node: SelectQueryNode): void {
    this.#scopes.within(node, () => super.visitSelectQuery(node));
  }

  protected override visitUpdateQuery(node: UpdateQueryNode): void {
    this.#scopes.within(node, () => super.visitUpdateQuery(node));
  }

  protected override visitDeleteQuery(node: DeleteQueryNode): void {
    this.#scopes.within(node, () => super.visitDeleteQuery(node));
  }

  // The server would begin a cross join with the table that it takes for the smaller one.
  protected override visitJoin(node: JoinNode): void {
    if (node.joinType !== "CrossJoin") {
      super.visitJoin(node);
      return;
    }
    this.append("straight_join ");
    this.visitNode(node.table);
  }

  protected override visitBinaryOperation(node: BinaryOperationNode): void {
    const { leftOperand, operator, rightOperand } = node;
    const isEquality = OperatorNode.is(operator) && operator.operator === "=";
    const collation = isEquality ? this.#inexactCollation(leftOperand) : undefined;
    if (collation === undefined || this.#comparesAlike(rightOperand)) {
      super.visitBinaryOperation(node);
      return;
    }
    const { charset, collation: name } = collation;
    const { exactCollation } = this.#exactness();
    this.append("(");
    this.visitNode(leftOperand);
    this.append(" = convert(");
    this.visitNode(rightOperand);
    this.append(` using ${charset}) collate ${name} and convert(`);
    this.visitNode(leftOperand);
    this.append(` using utf8mb4) collate ${exactCollation} = `);
    this.visitNode(rightOperand);
    this.append(")");
  }

  /** How a column of the table of messages compares, where that is not exactly. */
  #inexactCollation(operand: OperationNode): Collation | undefined {
    if (!ReferenceNode.is(operand) || !ColumnNode.is(operand.column)) return undefined;
    if (this.#scopes.tableOf(operand) !== messagesTable) return undefined;
    return this.#exactness().messageTable.inexact.get(operand.column.column.name);
  }

  /** Whether it comes from the table of messages, so that it is to compare as that does. */
  #comparesAlike(operand: OperationNode): boolean {
    if (ParensNode.is(operand)) return true;
    if (!ReferenceNode.is(operand)) return false;
    const table = this.#scopes.tableOf(operand);
    return table === undefined || !ownTables.has(table);
  }
}
