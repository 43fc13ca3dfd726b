import {
  AliasNode,
  AndNode,
  ColumnNode,
  type CommonTableExpressionNode,
  FromNode,
  IdentifierNode,
  JoinNode,
  type OperationNode,
  OperatorNode,
  BinaryOperationNode,
  RawNode,
  ReferenceNode,
  SelectionNode,
  SelectModifierNode,
  SelectQueryNode,
  SetOperationNode,
  TableNode,
  WhereNode,
} from "kysely";

// What other databases say in a way that SQL Server does not know, put as it does.

// Rows are locked as they were committed last, also where the database shows readers earlier versions.
const waitingLock = "updlock, rowlock, readcommittedlock";
const skippingLock = `${waitingLock}, readpast`;

/** `select ... limit n` as `select top (n) ...`. */
export function withTop(node: SelectQueryNode): SelectQueryNode {
  const { limit, ...rest } = node;
  if (limit === undefined) return node;
  if (node.setOperations === undefined) {
    const top = SelectModifierNode.createWithExpression(
      RawNode.create(["top (", ")"], [limit.limit]),
    );
    return { ...rest, frontModifiers: [...(node.frontModifiers ?? []), top] };
  }
  // There `top` would be of the first of the queries alone.
  const { orderBy, ...all } = rest;
  const list = SelectQueryNode.createFrom([AliasNode.create(all, IdentifierNode.create("all"))]);
  const whole = { ...list, limit, selections: [SelectionNode.createSelectAll()] };
  return withTop(orderBy === undefined ? whole : { ...whole, orderBy });
}

/** `select ... from table ... for update` as `select ... from table with (updlock ...)`. */
export function withLockHints(node: SelectQueryNode): SelectQueryNode {
  const { endModifiers = [], from, ...rest } = node;
  const modifiers = new Set(endModifiers.map(({ modifier }) => modifier));
  if (!modifiers.has("ForUpdate")) return node;
  const [table, ...more] = from?.froms ?? [];
  if (table === undefined || more.length > 0 || node.joins !== undefined) {
    throw new TypeError("A query that locks rows reads them from one table.");
  }
  const hints = modifiers.has("SkipLocked") ? skippingLock : waitingLock;
  return { ...rest, from: FromNode.create([RawNode.create(["", ` with (${hints})`], [table])]) };
}

/**
 * A recursive table expression whose steps are `select (select x from t where ... order by x limit 1)
 * from steps where ...`, with steps that SQL Server takes: there a step may have no `top` and may not
 * name what it goes on from in a query within it, but it may number the rows that come next, and it
 * reads no further than to the first.
 */
export function withRankedSteps(node: CommonTableExpressionNode): CommonTableExpressionNode {
  const { expression } = node;
  if (!SelectQueryNode.is(expression)) throw unforeseen();
  const setOperations = (expression.setOperations ?? []).map(({ operator, all, ...step }) =>
    SetOperationNode.create(operator, toRankedStep(step.expression), all),
  );
  return { ...node, expression: { ...expression, setOperations } as SelectQueryNode };
}

function toRankedStep(member: OperationNode): OperationNode {
  if (!SelectQueryNode.is(member)) throw unforeseen();
  const [steps, ...otherFroms] = member.from?.froms ?? [];
  const [selected, ...otherSelections] = member.selections ?? [];
  const value = selected?.selection;
  if (
    steps === undefined ||
    member.where === undefined ||
    value === undefined ||
    !AliasNode.is(value) ||
    otherFroms.length + otherSelections.length > 0
  ) {
    throw unforeseen();
  }
  const { node: first, alias } = value;
  if (!SelectQueryNode.is(first) || !IdentifierNode.is(alias)) throw unforeseen();
  const { from, where, orderBy, selections } = first;
  const next = selections?.[0]?.selection;
  if (from === undefined || where === undefined || orderBy === undefined || next === undefined) {
    throw unforeseen();
  }
  const place = RawNode.create(["row_number() over (", ")"], [orderBy]);
  const candidates: SelectQueryNode = {
    kind: "SelectQueryNode",
    from,
    joins: [
      JoinNode.createWithOn("InnerJoin", steps, AndNode.create(where.where, member.where.where)),
    ],
    selections: [
      SelectionNode.create(AliasNode.create(next, alias)),
      SelectionNode.create(AliasNode.create(place, IdentifierNode.create("place"))),
    ],
  };
  const ofNext = (name: string): ReferenceNode =>
    ReferenceNode.create(ColumnNode.create(name), TableNode.create("next"));
  const step: SelectQueryNode = {
    ...SelectQueryNode.createFrom([AliasNode.create(candidates, IdentifierNode.create("next"))]),
    selections: [SelectionNode.create(ofNext(alias.name))],
    where: WhereNode.create(
      BinaryOperationNode.create(
        ofNext("place"),
        OperatorNode.create("="),
        RawNode.createWithSql("1"),
      ),
    ),
  };
  return step;
}

function unforeseen(): TypeError {
  return new TypeError(
    "A recursive query goes on from each step to the first row of a query, and selects nothing else.",
  );
}
