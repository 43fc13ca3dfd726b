import type { JSX } from "preact";
import { texts } from "../i18n/language.ts";
import type { RowPage } from "../wire/sessions.ts";

/** The rows, with the names of their columns; those marked as deleted are struck through. */
export function RowTable({ page }: { readonly page: RowPage }): JSX.Element {
  const { columns, rows } = page;
  const deleted = columns.indexOf("deleted");
  const id = columns.indexOf("id");
  return (
    <section class="rows" aria-label={texts.value.rowsTable} tabIndex={0}>
      <table>
        <thead>
          <tr>
            {columns.map((column) => (
              <th key={column} scope="col">
                {column}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr key={row[id]} class={Number(row[deleted]) === 1 ? "deleted" : ""}>
              {columns.map((column, index) => (
                <td
                  key={column}
                  class={column === "message_value" ? "wide" : isId(column) ? "id" : ""}
                  title={isId(column) ? String(row[index]) : undefined}
                >
                  {column === "message_value" ? (
                    <div tabIndex={0}>
                      <Cell value={row[index]} />
                    </div>
                  ) : (
                    <Cell value={row[index]} />
                  )}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

function Cell({ value }: { readonly value: unknown }): JSX.Element {
  if (value === null || value === undefined) return <em>NULL</em>;
  return <>{typeof value === "string" ? value : JSON.stringify(value)}</>;
}

/** Whether a column holds ids, which are cut off: nobody reads them to their end. */
function isId(column: string): boolean {
  return column.endsWith("id");
}
