import { type RawBuilder, sql } from "kysely";

/**
 * 1 where the claim that a column holds has lapsed, else 0; also where there is no claim.
 * @param now the expression for the present time of the database's clock.
 */
export function isLapsed(claimExpires: string, now: RawBuilder<number>): RawBuilder<0 | 1> {
  // A truth value would come as a number from one database, and as a boolean from another.
  return sql`case when ${sql.ref(claimExpires)} <= ${now} then 1 else 0 end`;
}
