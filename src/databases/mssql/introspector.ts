import {
  type DatabaseIntrospector,
  type Kysely,
  type SchemaMetadata,
  sql,
  type TableMetadata,
} from "kysely";

interface ColumnRow {
  readonly table: string;
  readonly column: string;
  readonly type: string;
  readonly isNullable: boolean;
  readonly isOptional: boolean;
  readonly isIdentity: boolean;
}

/** Sees the tables of one schema, and their columns in the order in which they stand. */
export class SchemaIntrospector implements DatabaseIntrospector {
  readonly #kysely: Kysely<unknown>;
  readonly #schema: () => string;

  constructor(kysely: Kysely<unknown>, schema: () => string) {
    this.#kysely = kysely;
    this.#schema = schema;
  }

  async getSchemas(): Promise<SchemaMetadata[]> {
    return [{ name: this.#schema() }];
  }

  async getTables(): Promise<TableMetadata[]> {
    const schema = this.#schema();
    const { rows } = await sql<ColumnRow>`
      select tables.name as "table", columns.name as "column",
        type_name(columns.user_type_id) as "type", columns.is_nullable as "isNullable",
        cast(case when columns.default_object_id <> 0 or columns.is_computed = 1 then 1 else 0 end
          as bit) as "isOptional",
        columns.is_identity as "isIdentity"
      from sys.tables as tables
      inner join sys.columns as columns on columns.object_id = tables.object_id
      where tables.schema_id = schema_id(${schema})
      order by tables.name, columns.column_id`.execute(this.#kysely);
    return Array.from(
      Map.groupBy(rows, ({ table }) => table),
      ([name, columns]) => ({
        name,
        schema,
        isView: false,
        isForeign: false,
        columns: columns.map(({ column, type, isNullable, isOptional, isIdentity }) => ({
          name: column,
          dataType: type,
          isNullable,
          isAutoIncrementing: isIdentity,
          hasDefaultValue: isOptional,
        })),
      }),
    );
  }
}
