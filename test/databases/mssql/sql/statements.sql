-- messages.history
select top (@1) "id", "request_id", "message_key", "message_value", "created_at", "updated_at" from "dbo"."appbuilder_session_messages" where ("session_id" = @2 and datalength("session_id") = datalength(@3)) and ("message_key" = @4 and datalength("message_key") = datalength(@5)) and "deleted" = @6 order by "updated_at" desc, "id" desc;
--   @1 int = 10
--   @2 nvarchar(4000) = "session"
--   @3 nvarchar(4000) = "session"
--   @4 nvarchar(4000) = "query"
--   @5 nvarchar(4000) = "query"
--   @6 bit = false

-- messages.appending
select (select top (1) "row"."message_key" from "dbo"."appbuilder_session_messages" as "row" where ("row"."session_id" = @1 and datalength("row"."session_id") = datalength(@2)) order by "row"."message_key") as "first_key", (select top (1) "row"."message_key" from "dbo"."appbuilder_session_messages" as "row" where ("row"."session_id" = @3 and datalength("row"."session_id") = datalength(@4)) and "row"."message_key" > (@5) order by "row"."message_key") as "next_0", (select top (1) "row"."updated_at" from "dbo"."appbuilder_session_messages" as "row" where ("row"."session_id" = @6 and datalength("row"."session_id") = datalength(@7)) and "row"."message_key" = (@8) order by "row"."updated_at" desc) as "newest_0", (select top (1) "row"."message_key" from "dbo"."appbuilder_session_messages" as "row" where ("row"."session_id" = @9 and datalength("row"."session_id") = datalength(@10)) and "row"."message_key" > (@11) order by "row"."message_key") as "next_1", (select top (1) "row"."updated_at" from "dbo"."appbuilder_session_messages" as "row" where ("row"."session_id" = @12 and datalength("row"."session_id") = datalength(@13)) and "row"."message_key" = (@14) order by "row"."updated_at" desc) as "newest_1", (select "session"."last_time" from "dbo"."appbuilder_sessions" as "session" where ("session"."session_id" = @15 and "session"."session_id_length" = datalength(@16))) as "last_time", (select "session"."deleted" from "dbo"."appbuilder_sessions" as "session" where ("session"."session_id" = @17 and "session"."session_id_length" = datalength(@18))) as "deleted";
--   @1 nvarchar(4000) = "session"
--   @2 nvarchar(4000) = "session"
--   @3 nvarchar(4000) = "session"
--   @4 nvarchar(4000) = "session"
--   @5 nvarchar(4000) = "query"
--   @6 nvarchar(4000) = "session"
--   @7 nvarchar(4000) = "session"
--   @8 nvarchar(4000) = "query"
--   @9 nvarchar(4000) = "session"
--   @10 nvarchar(4000) = "session"
--   @11 nvarchar(4000) = "answer"
--   @12 nvarchar(4000) = "session"
--   @13 nvarchar(4000) = "session"
--   @14 nvarchar(4000) = "answer"
--   @15 nvarchar(4000) = "session"
--   @16 nvarchar(4000) = "session"
--   @17 nvarchar(4000) = "session"
--   @18 nvarchar(4000) = "session"

-- messages.newestTime
with "keys"("message_key") as (select (select top (1) "row"."message_key" from "dbo"."appbuilder_session_messages" as "row" where ("row"."session_id" = @1 and datalength("row"."session_id") = datalength(@2)) order by "row"."message_key") as "message_key" union all select "next"."message_key" from (select "row"."message_key" as "message_key", row_number() over (order by "row"."message_key") as "place" from "dbo"."appbuilder_session_messages" as "row" inner join "keys" on ("row"."session_id" = @3 and datalength("row"."session_id") = datalength(@4)) and "row"."message_key" > "keys"."message_key" and "keys"."message_key" is not null) as "next" where "next"."place" = 1) select (select max("newest_of_key"."time") as "newest" from (select (select top (1) "row"."updated_at" from "dbo"."appbuilder_session_messages" as "row" where ("row"."session_id" = @5 and datalength("row"."session_id") = datalength(@6)) and "row"."message_key" = "keys"."message_key" order by "row"."updated_at" desc) as "time" from "keys") as "newest_of_key") as "newest", (select "session"."last_time" from "dbo"."appbuilder_sessions" as "session" where ("session"."session_id" = @7 and "session"."session_id_length" = datalength(@8))) as "last_time", (select "session"."deleted" from "dbo"."appbuilder_sessions" as "session" where ("session"."session_id" = @9 and "session"."session_id_length" = datalength(@10))) as "deleted" option (maxrecursion 0);
--   @1 nvarchar(4000) = "session"
--   @2 nvarchar(4000) = "session"
--   @3 nvarchar(4000) = "session"
--   @4 nvarchar(4000) = "session"
--   @5 nvarchar(4000) = "session"
--   @6 nvarchar(4000) = "session"
--   @7 nvarchar(4000) = "session"
--   @8 nvarchar(4000) = "session"
--   @9 nvarchar(4000) = "session"
--   @10 nvarchar(4000) = "session"

-- messages.lastIdsAt
select "id" from (select top (1) "id" from "dbo"."appbuilder_session_messages" where ("session_id" = @1 and datalength("session_id") = datalength(@2)) and "message_key" = (@3) and "updated_at" = @4 order by "id" desc) as "of_key";
--   @1 nvarchar(4000) = "session"
--   @2 nvarchar(4000) = "session"
--   @3 nvarchar(4000) = "query"
--   @4 nvarchar(4000) = "2026-11-23 08:44:42.123456"

-- messages.historyBefore
select top (@1) "id", "request_id", "message_key", "message_value", "created_at", "updated_at" from "dbo"."appbuilder_session_messages" where ("session_id" = @2 and datalength("session_id") = datalength(@3)) and ("message_key" = @4 and datalength("message_key") = datalength(@5)) and "deleted" = @6 and "updated_at" <= @7 and ("updated_at" < @8 or "id" < @9) order by "updated_at" desc, "id" desc;
--   @1 int = 10
--   @2 nvarchar(4000) = "session"
--   @3 nvarchar(4000) = "session"
--   @4 nvarchar(4000) = "query"
--   @5 nvarchar(4000) = "query"
--   @6 bit = false
--   @7 nvarchar(4000) = "2026-11-23 08:44:42.123456"
--   @8 nvarchar(4000) = "2026-11-23 08:44:42.123456"
--   @9 nvarchar(4000) = "record"

-- messages.keys
with "keys"("message_key") as (select (select top (1) "row"."message_key" from "dbo"."appbuilder_session_messages" as "row" where ("row"."session_id" = @1 and datalength("row"."session_id") = datalength(@2)) order by "row"."message_key") as "message_key" union all select "next"."message_key" from (select "row"."message_key" as "message_key", row_number() over (order by "row"."message_key") as "place" from "dbo"."appbuilder_session_messages" as "row" inner join "keys" on ("row"."session_id" = @3 and datalength("row"."session_id") = datalength(@4)) and "row"."message_key" > "keys"."message_key" and "keys"."message_key" is not null) as "next" where "next"."place" = 1) select "keys"."message_key" as "message_key" from "keys" where "keys"."message_key" is not null option (maxrecursion 0);
--   @1 nvarchar(4000) = "session"
--   @2 nvarchar(4000) = "session"
--   @3 nvarchar(4000) = "session"
--   @4 nvarchar(4000) = "session"

-- messages.list
select top (@1) * from (select "id", "request_id", "message_key", "message_value", "created_at", "updated_at" from (select top (@2) "id", "request_id", "message_key", "message_value", "created_at", "updated_at" from "dbo"."appbuilder_session_messages" where ("session_id" = @3 and datalength("session_id") = datalength(@4)) and "message_key" = (@5) and "updated_at" <= @6 and ("updated_at" < @7 or "id" < @8) and "deleted" = @9 order by "updated_at" desc, "id" desc) as "of_key" union all select "id", "request_id", "message_key", "message_value", "created_at", "updated_at" from (select top (@10) "id", "request_id", "message_key", "message_value", "created_at", "updated_at" from "dbo"."appbuilder_session_messages" where ("session_id" = @11 and datalength("session_id") = datalength(@12)) and "message_key" = (@13) and "updated_at" <= @14 and ("updated_at" < @15 or "id" < @16) and "deleted" = @17 order by "updated_at" desc, "id" desc) as "of_key" union all select "id", "request_id", "message_key", "message_value", "created_at", "updated_at" from (select top (@18) "id", "request_id", "message_key", "message_value", "created_at", "updated_at" from "dbo"."appbuilder_session_messages" where ("session_id" = @19 and datalength("session_id") = datalength(@20)) and "message_key" = (@21) and "updated_at" <= @22 and ("updated_at" < @23 or "id" < @24) and "deleted" = @25 order by "updated_at" desc, "id" desc) as "of_key" union all select "id", "request_id", "message_key", "message_value", "created_at", "updated_at" from (select top (@26) "id", "request_id", "message_key", "message_value", "created_at", "updated_at" from "dbo"."appbuilder_session_messages" where ("session_id" = @27 and datalength("session_id") = datalength(@28)) and "message_key" = (@29) and "updated_at" <= @30 and ("updated_at" < @31 or "id" < @32) and "deleted" = @33 order by "updated_at" desc, "id" desc) as "of_key") as "all" order by "updated_at" desc, "id" desc;
--   @1 int = 10
--   @2 int = 10
--   @3 nvarchar(4000) = "session"
--   @4 nvarchar(4000) = "session"
--   @5 nvarchar(4000) = "query"
--   @6 nvarchar(4000) = "2026-11-23 08:44:42.123456"
--   @7 nvarchar(4000) = "2026-11-23 08:44:42.123456"
--   @8 nvarchar(4000) = "record"
--   @9 bit = false
--   @10 int = 10
--   @11 nvarchar(4000) = "session"
--   @12 nvarchar(4000) = "session"
--   @13 nvarchar(4000) = "answer"
--   @14 nvarchar(4000) = "2026-11-23 08:44:42.123456"
--   @15 nvarchar(4000) = "2026-11-23 08:44:42.123456"
--   @16 nvarchar(4000) = "record"
--   @17 bit = false
--   @18 int = 10
--   @19 nvarchar(4000) = "session"
--   @20 nvarchar(4000) = "session"
--   @21 nvarchar(4000) = "plan"
--   @22 nvarchar(4000) = "2026-11-23 08:44:42.123456"
--   @23 nvarchar(4000) = "2026-11-23 08:44:42.123456"
--   @24 nvarchar(4000) = "record"
--   @25 bit = false
--   @26 int = 10
--   @27 nvarchar(4000) = "session"
--   @28 nvarchar(4000) = "session"
--   @29 nvarchar(4000) = null
--   @30 nvarchar(4000) = "2026-11-23 08:44:42.123456"
--   @31 nvarchar(4000) = "2026-11-23 08:44:42.123456"
--   @32 nvarchar(4000) = "record"
--   @33 bit = false

-- messages.rows
select top (@1) * from (select "id", "session_id", "request_id", "message_key", "message_value", "created_at", "updated_at", "deleted" from (select top (@2) "id", "session_id", "request_id", "message_key", "message_value", "created_at", "updated_at", "deleted" from "dbo"."appbuilder_session_messages" where ("session_id" = @3 and datalength("session_id") = datalength(@4)) and "message_key" = (@5) and "updated_at" <= @6 and ("updated_at" < @7 or "id" < @8) order by "updated_at" desc, "id" desc) as "of_key" union all select "id", "session_id", "request_id", "message_key", "message_value", "created_at", "updated_at", "deleted" from (select top (@9) "id", "session_id", "request_id", "message_key", "message_value", "created_at", "updated_at", "deleted" from "dbo"."appbuilder_session_messages" where ("session_id" = @10 and datalength("session_id") = datalength(@11)) and "message_key" = (@12) and "updated_at" <= @13 and ("updated_at" < @14 or "id" < @15) order by "updated_at" desc, "id" desc) as "of_key" union all select "id", "session_id", "request_id", "message_key", "message_value", "created_at", "updated_at", "deleted" from (select top (@16) "id", "session_id", "request_id", "message_key", "message_value", "created_at", "updated_at", "deleted" from "dbo"."appbuilder_session_messages" where ("session_id" = @17 and datalength("session_id") = datalength(@18)) and "message_key" = (@19) and "updated_at" <= @20 and ("updated_at" < @21 or "id" < @22) order by "updated_at" desc, "id" desc) as "of_key" union all select "id", "session_id", "request_id", "message_key", "message_value", "created_at", "updated_at", "deleted" from (select top (@23) "id", "session_id", "request_id", "message_key", "message_value", "created_at", "updated_at", "deleted" from "dbo"."appbuilder_session_messages" where ("session_id" = @24 and datalength("session_id") = datalength(@25)) and "message_key" = (@26) and "updated_at" <= @27 and ("updated_at" < @28 or "id" < @29) order by "updated_at" desc, "id" desc) as "of_key") as "all" order by "updated_at" desc, "id" desc;
--   @1 int = 10
--   @2 int = 10
--   @3 nvarchar(4000) = "session"
--   @4 nvarchar(4000) = "session"
--   @5 nvarchar(4000) = "query"
--   @6 nvarchar(4000) = "2026-11-23 08:44:42.123456"
--   @7 nvarchar(4000) = "2026-11-23 08:44:42.123456"
--   @8 nvarchar(4000) = "record"
--   @9 int = 10
--   @10 nvarchar(4000) = "session"
--   @11 nvarchar(4000) = "session"
--   @12 nvarchar(4000) = "answer"
--   @13 nvarchar(4000) = "2026-11-23 08:44:42.123456"
--   @14 nvarchar(4000) = "2026-11-23 08:44:42.123456"
--   @15 nvarchar(4000) = "record"
--   @16 int = 10
--   @17 nvarchar(4000) = "session"
--   @18 nvarchar(4000) = "session"
--   @19 nvarchar(4000) = "plan"
--   @20 nvarchar(4000) = "2026-11-23 08:44:42.123456"
--   @21 nvarchar(4000) = "2026-11-23 08:44:42.123456"
--   @22 nvarchar(4000) = "record"
--   @23 int = 10
--   @24 nvarchar(4000) = "session"
--   @25 nvarchar(4000) = "session"
--   @26 nvarchar(4000) = null
--   @27 nvarchar(4000) = "2026-11-23 08:44:42.123456"
--   @28 nvarchar(4000) = "2026-11-23 08:44:42.123456"
--   @29 nvarchar(4000) = "record"

-- messages.timeOf
select "updated_at" from "dbo"."appbuilder_session_messages" where ("id" = @1 and datalength("id") = datalength(@2)) and ("session_id" = @3 and datalength("session_id") = datalength(@4));
--   @1 nvarchar(4000) = "record"
--   @2 nvarchar(4000) = "record"
--   @3 nvarchar(4000) = "session"
--   @4 nvarchar(4000) = "session"

-- messages.idsOfTurn
select "id" from "dbo"."appbuilder_session_messages" where ("session_id" = @1 and datalength("session_id") = datalength(@2)) and "message_key" = (@3) and "updated_at" >= @4 and ("request_id" = @5 and datalength("request_id") = datalength(@6)) and "deleted" = @7;
--   @1 nvarchar(4000) = "session"
--   @2 nvarchar(4000) = "session"
--   @3 nvarchar(4000) = "query"
--   @4 nvarchar(4000) = "2026-11-23 08:44:42.123456"
--   @5 nvarchar(4000) = "request"
--   @6 nvarchar(4000) = "request"
--   @7 bit = false

-- messages.markOneDeleted
update "dbo"."appbuilder_session_messages" set "deleted" = @1 where ("id" = @2 and datalength("id") = datalength(@3)) and ("session_id" = @4 and datalength("session_id") = datalength(@5));
--   @1 bit = true
--   @2 nvarchar(4000) = "record"
--   @3 nvarchar(4000) = "record"
--   @4 nvarchar(4000) = "session"
--   @5 nvarchar(4000) = "session"

-- messages.noteDeleted
insert into "dbo"."appbuilder_session_hidden" ("session_id", "record_id") select "session_id", "id" from "dbo"."appbuilder_session_messages" where ("session_id" = @1 and datalength("session_id") = datalength(@2)) and "deleted" = @3 and "id" not in (select "record_id" from "dbo"."appbuilder_session_hidden" where ("session_id" = @4 and "session_id_length" = datalength(@5)));
--   @1 nvarchar(4000) = "session"
--   @2 nvarchar(4000) = "session"
--   @3 bit = true
--   @4 nvarchar(4000) = "session"
--   @5 nvarchar(4000) = "session"

-- messages.markDeleted
update "dbo"."appbuilder_session_messages" set "deleted" = @1 where ("session_id" = @2 and datalength("session_id") = datalength(@3)) and "deleted" = @4;
--   @1 bit = true
--   @2 nvarchar(4000) = "session"
--   @3 nvarchar(4000) = "session"
--   @4 bit = false

-- messages.unmarkDeleted
update "dbo"."appbuilder_session_messages" set "deleted" = @1 where ("session_id" = @2 and datalength("session_id") = datalength(@3)) and "deleted" = @4 and "id" not in (select "record_id" from "dbo"."appbuilder_session_hidden" where ("session_id" = @5 and "session_id_length" = datalength(@6)));
--   @1 bit = false
--   @2 nvarchar(4000) = "session"
--   @3 nvarchar(4000) = "session"
--   @4 bit = true
--   @5 nvarchar(4000) = "session"
--   @6 nvarchar(4000) = "session"

-- messages.forgetDeleted
delete from "dbo"."appbuilder_session_hidden" where ("session_id" = @1 and "session_id_length" = datalength(@2)) and "turn" is null;
--   @1 nvarchar(4000) = "session"
--   @2 nvarchar(4000) = "session"

-- messages.probe
select top (@1) "id", "session_id", "request_id", "message_key", "message_value", "created_at", "updated_at", "deleted" from "dbo"."appbuilder_session_messages";
--   @1 int = 1

-- messages.inserts
insert into "dbo"."appbuilder_session_messages" ("id", "session_id", "request_id", "message_key", "message_value", "created_at", "updated_at", "deleted") values (@1, @2, @3, @4, @5, @6, @7, @8), (@9, @10, @11, @12, @13, @14, @15, @16);
--   @1 nvarchar(4000) = "record"
--   @2 nvarchar(4000) = "session"
--   @3 nvarchar(4000) = "request"
--   @4 nvarchar(4000) = "query"
--   @5 nvarchar(4000) = "{\"content\":\"海😀\"}"
--   @6 nvarchar(4000) = "2026-11-23 08:44:42.123456"
--   @7 nvarchar(4000) = "2026-11-23 08:44:42.123456"
--   @8 bit = false
--   @9 nvarchar(4000) = "record"
--   @10 nvarchar(4000) = "session"
--   @11 nvarchar(4000) = "request"
--   @12 nvarchar(4000) = "query"
--   @13 nvarchar(4000) = "{\"content\":\"海😀\"}"
--   @14 nvarchar(4000) = "2026-11-23 08:44:42.123456"
--   @15 nvarchar(4000) = "2026-11-23 08:44:42.123456"
--   @16 bit = false

-- sessions.session
select "session_id", "user_id", "title", "turn_count", "live_from", "created_at", "updated_at", "last_time", "deleted", "head" from "dbo"."appbuilder_sessions" where ("session_id" = @1 and "session_id_length" = datalength(@2));
--   @1 nvarchar(4000) = "session"
--   @2 nvarchar(4000) = "session"

-- sessions.list
select top (@1) "session_id", "user_id", "title", "turn_count", "live_from", "created_at", "updated_at", "last_time", "deleted", "head" from "dbo"."appbuilder_sessions" where "deleted" = @2 and "updated_at" <= @3 and ("updated_at" < @4 or ("session_id" < @5 or "session_id" = @6 and "session_id_length" < datalength(@7))) and ("user_id" = @8 and datalength("user_id") = datalength(@9)) order by "updated_at" desc, "session_id" desc, "session_id_length" desc;
--   @1 int = 10
--   @2 bit = true
--   @3 nvarchar(4000) = "2026-11-23 08:44:42.123456"
--   @4 nvarchar(4000) = "2026-11-23 08:44:42.123456"
--   @5 nvarchar(4000) = "record"
--   @6 nvarchar(4000) = "record"
--   @7 nvarchar(4000) = "record"
--   @8 nvarchar(4000) = "user"
--   @9 nvarchar(4000) = "user"

-- sessions.listOfNobody
select top (@1) "session_id", "user_id", "title", "turn_count", "live_from", "created_at", "updated_at", "last_time", "deleted", "head" from "dbo"."appbuilder_sessions" where "deleted" = @2 and "updated_at" <= @3 and ("updated_at" < @4 or ("session_id" < @5 or "session_id" = @6 and "session_id_length" < datalength(@7))) and "user_id" is null order by "updated_at" desc, "session_id" desc, "session_id_length" desc;
--   @1 int = 10
--   @2 bit = true
--   @3 nvarchar(4000) = "2026-11-23 08:44:42.123456"
--   @4 nvarchar(4000) = "2026-11-23 08:44:42.123456"
--   @5 nvarchar(4000) = "record"
--   @6 nvarchar(4000) = "record"
--   @7 nvarchar(4000) = "record"

-- sessions.lock
select "session_id" from "dbo"."appbuilder_sessions" with (updlock, rowlock, readcommittedlock) where ("session_id" = @1 and "session_id_length" = datalength(@2));
--   @1 nvarchar(4000) = "session"
--   @2 nvarchar(4000) = "session"

-- sessions.lockOfTurn
select "session_id" from "dbo"."appbuilder_sessions" with (updlock, rowlock, readcommittedlock) where ("session_id" = (select "session_id" from "dbo"."appbuilder_session_turns" where ("request_id" = @1 and "request_id_length" = datalength(@2))) and "session_id_length" = datalength((select "session_id" from "dbo"."appbuilder_session_turns" where ("request_id" = @3 and "request_id_length" = datalength(@4)))));
--   @1 nvarchar(4000) = "request"
--   @2 nvarchar(4000) = "request"
--   @3 nvarchar(4000) = "request"
--   @4 nvarchar(4000) = "request"

-- sessions.insert
insert into "dbo"."appbuilder_sessions" ("session_id", "user_id", "title", "turn_count", "live_from", "created_at", "updated_at", "last_time", "deleted") values (@1, @2, @3, @4, @5, @6, @7, @8, @9);
--   @1 nvarchar(4000) = "session"
--   @2 nvarchar(4000) = "user"
--   @3 nvarchar(4000) = "title"
--   @4 int = 1
--   @5 int = 1
--   @6 nvarchar(4000) = "2026-11-23 08:44:42.123456"
--   @7 nvarchar(4000) = "2026-11-23 08:44:42.123456"
--   @8 nvarchar(4000) = "2026-11-23 08:44:42.123456"
--   @9 bit = false

-- sessions.countTurn
update "dbo"."appbuilder_sessions" set "turn_count" = @1, "live_from" = @2, "updated_at" = @3, "last_time" = @4 where ("session_id" = @5 and "session_id_length" = datalength(@6));
--   @1 int = 3
--   @2 int = 2
--   @3 nvarchar(4000) = "2026-11-23 08:44:42.123456"
--   @4 nvarchar(4000) = "2026-11-23 08:44:42.123456"
--   @5 nvarchar(4000) = "session"
--   @6 nvarchar(4000) = "session"

-- sessions.setUsed
update "dbo"."appbuilder_sessions" set "updated_at" = @1, "last_time" = @2 where ("session_id" = @3 and "session_id_length" = datalength(@4));
--   @1 nvarchar(4000) = "2026-11-23 08:44:42.123456"
--   @2 nvarchar(4000) = "2026-11-23 08:44:42.123456"
--   @3 nvarchar(4000) = "session"
--   @4 nvarchar(4000) = "session"

-- sessions.setLastTime
update "dbo"."appbuilder_sessions" set "last_time" = @1 where ("session_id" = @2 and "session_id_length" = datalength(@3));
--   @1 nvarchar(4000) = "2026-11-23 08:44:42.123456"
--   @2 nvarchar(4000) = "session"
--   @3 nvarchar(4000) = "session"

-- sessions.setHead
update "dbo"."appbuilder_sessions" set "head" = @1 where ("session_id" = @2 and "session_id_length" = datalength(@3));
--   @1 int = 4
--   @2 nvarchar(4000) = "session"
--   @3 nvarchar(4000) = "session"

-- sessions.setTitle
update "dbo"."appbuilder_sessions" set "title" = @1 where ("session_id" = @2 and "session_id_length" = datalength(@3));
--   @1 nvarchar(4000) = "title"
--   @2 nvarchar(4000) = "session"
--   @3 nvarchar(4000) = "session"

-- sessions.setDeleted
update "dbo"."appbuilder_sessions" set "deleted" = @1 where ("session_id" = @2 and "session_id_length" = datalength(@3));
--   @1 bit = true
--   @2 nvarchar(4000) = "session"
--   @3 nvarchar(4000) = "session"

-- sessions.remove
delete from "dbo"."appbuilder_sessions" where ("session_id" = @1 and "session_id_length" = datalength(@2));
--   @1 nvarchar(4000) = "session"
--   @2 nvarchar(4000) = "session"

-- sessions.probe
select top (@1) "session_id", "user_id", "title", "turn_count", "live_from", "created_at", "updated_at", "last_time", "deleted", "head" from "dbo"."appbuilder_sessions";
--   @1 int = 1

-- turns.turn
select "turn"."session_id", "turn"."number", "turn"."request_id", "turn"."retry_of", "turn"."state", "turn"."question", "turn"."arguments", "turn"."answer", "turn"."error", "turn"."stop_requested", "turn"."body_hash", "turn"."replica", "turn"."created_at", "turn"."ended_at", "turn"."feedback", "turn"."feedback_comment", "session"."user_id", "session"."deleted", "session"."head", "message"."message_value" as "answer_value", case when "turn"."claim_expires" <= datediff_big(millisecond, cast('1970-01-01' as datetime2), sysutcdatetime()) then 1 else 0 end as "lapsed" from "dbo"."appbuilder_session_turns" as "turn" inner join "dbo"."appbuilder_sessions" as "session" on ("session"."session_id" = "turn"."session_id" and "session"."session_id_length" = "turn"."session_id_length") left join "dbo"."appbuilder_session_messages" as "message" on ("message"."id" = "turn"."answer_record" and datalength("message"."id") = datalength("turn"."answer_record")) and ("message"."session_id" = "turn"."session_id" and datalength("message"."session_id") = "turn"."session_id_length") where ("turn"."request_id" = @1 and "turn"."request_id_length" = datalength(@2));
--   @1 nvarchar(4000) = "request"
--   @2 nvarchar(4000) = "request"

-- turns.turns
select top (@1) "turn"."session_id", "turn"."number", "turn"."request_id", "turn"."retry_of", "turn"."state", "turn"."question", "turn"."arguments", "turn"."answer", "turn"."error", "turn"."stop_requested", "turn"."body_hash", "turn"."replica", "turn"."created_at", "turn"."ended_at", "turn"."feedback", "turn"."feedback_comment", "session"."user_id", "session"."deleted", "session"."head", "message"."message_value" as "answer_value", case when "turn"."claim_expires" <= datediff_big(millisecond, cast('1970-01-01' as datetime2), sysutcdatetime()) then 1 else 0 end as "lapsed" from "dbo"."appbuilder_session_turns" as "turn" inner join "dbo"."appbuilder_sessions" as "session" on ("session"."session_id" = "turn"."session_id" and "session"."session_id_length" = "turn"."session_id_length") left join "dbo"."appbuilder_session_messages" as "message" on ("message"."id" = "turn"."answer_record" and datalength("message"."id") = datalength("turn"."answer_record")) and ("message"."session_id" = "turn"."session_id" and datalength("message"."session_id") = "turn"."session_id_length") where ("turn"."session_id" = @2 and "turn"."session_id_length" = datalength(@3)) and "turn"."number" < @4 order by "turn"."number" desc;
--   @1 int = 10
--   @2 nvarchar(4000) = "session"
--   @3 nvarchar(4000) = "session"
--   @4 int = 7

-- turns.turnsOf
select "turn"."session_id", "turn"."number", "turn"."request_id", "turn"."retry_of", "turn"."state", "turn"."question", "turn"."arguments", "turn"."answer", "turn"."error", "turn"."stop_requested", "turn"."body_hash", "turn"."replica", "turn"."created_at", "turn"."ended_at", "turn"."feedback", "turn"."feedback_comment", "session"."user_id", "session"."deleted", "session"."head", "message"."message_value" as "answer_value", case when "turn"."claim_expires" <= datediff_big(millisecond, cast('1970-01-01' as datetime2), sysutcdatetime()) then 1 else 0 end as "lapsed" from "dbo"."appbuilder_session_turns" as "turn" inner join "dbo"."appbuilder_sessions" as "session" on ("session"."session_id" = "turn"."session_id" and "session"."session_id_length" = "turn"."session_id_length") left join "dbo"."appbuilder_session_messages" as "message" on ("message"."id" = "turn"."answer_record" and datalength("message"."id") = datalength("turn"."answer_record")) and ("message"."session_id" = "turn"."session_id" and datalength("message"."session_id") = "turn"."session_id_length") where ("turn"."session_id" = @1 and "turn"."session_id_length" = datalength(@2)) and "turn"."number" in (@3, @4, @5, @6, @7, @8, @9, @10);
--   @1 nvarchar(4000) = "session"
--   @2 nvarchar(4000) = "session"
--   @3 int = 1
--   @4 int = 2
--   @5 int = 1
--   @6 int = 1
--   @7 int = 1
--   @8 int = 1
--   @9 int = 1
--   @10 int = 1

-- turns.standing
select "session"."user_id", "session"."turn_count", "session"."last_time", "session"."deleted", "session"."head", "turn"."request_id", "turn"."number", "turn"."state", "turn"."replica", case when "turn"."claim_expires" <= datediff_big(millisecond, cast('1970-01-01' as datetime2), sysutcdatetime()) then 1 else 0 end as "lapsed" from "dbo"."appbuilder_sessions" as "session" left join "dbo"."appbuilder_session_turns" as "turn" on ("turn"."session_id" = "session"."session_id" and "turn"."session_id_length" = "session"."session_id_length") and "turn"."number" >= "session"."live_from" and "turn"."replica" is not null where ("session"."session_id" = @1 and "session"."session_id_length" = datalength(@2)) order by "turn"."number";
--   @1 nvarchar(4000) = "session"
--   @2 nvarchar(4000) = "session"

-- turns.beginning
select "session"."user_id", "session"."turn_count", "session"."last_time", "session"."deleted", "session"."head", "turn"."request_id", "turn"."number", "turn"."state", "turn"."replica", case when "turn"."claim_expires" <= datediff_big(millisecond, cast('1970-01-01' as datetime2), sysutcdatetime()) then 1 else 0 end as "lapsed", "session"."session_id", "turn"."idempotency_key", N'session' as "kind" from "dbo"."appbuilder_sessions" as "session" left join "dbo"."appbuilder_session_turns" as "turn" on ("turn"."session_id" = "session"."session_id" and "turn"."session_id_length" = "session"."session_id_length") and "turn"."number" >= "session"."live_from" and "turn"."replica" is not null where ("session"."session_id" = @1 and "session"."session_id_length" = datalength(@2)) union all select null as "user_id", null as "turn_count", null as "last_time", null as "deleted", null as "head", "turn"."request_id", "turn"."number", "turn"."state", "turn"."replica", 0 as "lapsed", "turn"."session_id", "turn"."idempotency_key", N'request' as "kind" from "dbo"."appbuilder_session_turns" as "turn" where ("turn"."request_id" = @3 and "turn"."request_id_length" = datalength(@4));
--   @1 nvarchar(4000) = "session"
--   @2 nvarchar(4000) = "session"
--   @3 nvarchar(4000) = "request"
--   @4 nvarchar(4000) = "request"

-- turns.beginningWithKey
select "session"."user_id", "session"."turn_count", "session"."last_time", "session"."deleted", "session"."head", "turn"."request_id", "turn"."number", "turn"."state", "turn"."replica", case when "turn"."claim_expires" <= datediff_big(millisecond, cast('1970-01-01' as datetime2), sysutcdatetime()) then 1 else 0 end as "lapsed", "session"."session_id", "turn"."idempotency_key", N'session' as "kind" from "dbo"."appbuilder_sessions" as "session" left join "dbo"."appbuilder_session_turns" as "turn" on ("turn"."session_id" = "session"."session_id" and "turn"."session_id_length" = "session"."session_id_length") and "turn"."number" >= "session"."live_from" and "turn"."replica" is not null where ("session"."session_id" = @1 and "session"."session_id_length" = datalength(@2)) union all select null as "user_id", null as "turn_count", null as "last_time", null as "deleted", null as "head", "turn"."request_id", "turn"."number", "turn"."state", "turn"."replica", 0 as "lapsed", "turn"."session_id", "turn"."idempotency_key", N'request' as "kind" from "dbo"."appbuilder_session_turns" as "turn" where ("turn"."request_id" = @3 and "turn"."request_id_length" = datalength(@4)) union all select null as "user_id", null as "turn_count", null as "last_time", null as "deleted", null as "head", "turn"."request_id", "turn"."number", "turn"."state", "turn"."replica", 0 as "lapsed", "turn"."session_id", "turn"."idempotency_key", N'key' as "kind" from "dbo"."appbuilder_session_turns" as "turn" where ("turn"."idempotency_key" = @5 and datalength("turn"."idempotency_key") = datalength(@6));
--   @1 nvarchar(4000) = "session"
--   @2 nvarchar(4000) = "session"
--   @3 nvarchar(4000) = "request"
--   @4 nvarchar(4000) = "request"
--   @5 nvarchar(4000) = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
--   @6 nvarchar(4000) = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"

-- turns.ending
select "turn"."request_id", "turn"."replica", "turn"."session_id", "turn"."number", "turn"."state", "session"."last_time", "session"."deleted", "session"."head", (select top (1) "chunk"."number" from "dbo"."appbuilder_session_chunks" as "chunk" where ("chunk"."request_id" = "turn"."request_id" and "chunk"."request_id_length" = "turn"."request_id_length") order by "chunk"."number" desc) as "last_chunk", (select top (1) "row"."message_key" from "dbo"."appbuilder_session_messages" as "row" where ("row"."session_id" = (select "ending"."session_id" from "dbo"."appbuilder_session_turns" as "ending" where ("ending"."request_id" = @1 and "ending"."request_id_length" = datalength(@2))) and datalength("row"."session_id") = datalength((select "ending"."session_id" from "dbo"."appbuilder_session_turns" as "ending" where ("ending"."request_id" = @3 and "ending"."request_id_length" = datalength(@4))))) order by "row"."message_key") as "first_key", (select top (1) "row"."message_key" from "dbo"."appbuilder_session_messages" as "row" where ("row"."session_id" = (select "ending"."session_id" from "dbo"."appbuilder_session_turns" as "ending" where ("ending"."request_id" = @5 and "ending"."request_id_length" = datalength(@6))) and datalength("row"."session_id") = datalength((select "ending"."session_id" from "dbo"."appbuilder_session_turns" as "ending" where ("ending"."request_id" = @7 and "ending"."request_id_length" = datalength(@8))))) and "row"."message_key" > (@9) order by "row"."message_key") as "next_0", (select top (1) "row"."updated_at" from "dbo"."appbuilder_session_messages" as "row" where ("row"."session_id" = (select "ending"."session_id" from "dbo"."appbuilder_session_turns" as "ending" where ("ending"."request_id" = @10 and "ending"."request_id_length" = datalength(@11))) and datalength("row"."session_id") = datalength((select "ending"."session_id" from "dbo"."appbuilder_session_turns" as "ending" where ("ending"."request_id" = @12 and "ending"."request_id_length" = datalength(@13))))) and "row"."message_key" = (@14) order by "row"."updated_at" desc) as "newest_0", (select top (1) "row"."message_key" from "dbo"."appbuilder_session_messages" as "row" where ("row"."session_id" = (select "ending"."session_id" from "dbo"."appbuilder_session_turns" as "ending" where ("ending"."request_id" = @15 and "ending"."request_id_length" = datalength(@16))) and datalength("row"."session_id") = datalength((select "ending"."session_id" from "dbo"."appbuilder_session_turns" as "ending" where ("ending"."request_id" = @17 and "ending"."request_id_length" = datalength(@18))))) and "row"."message_key" > (@19) order by "row"."message_key") as "next_1", (select top (1) "row"."updated_at" from "dbo"."appbuilder_session_messages" as "row" where ("row"."session_id" = (select "ending"."session_id" from "dbo"."appbuilder_session_turns" as "ending" where ("ending"."request_id" = @20 and "ending"."request_id_length" = datalength(@21))) and datalength("row"."session_id") = datalength((select "ending"."session_id" from "dbo"."appbuilder_session_turns" as "ending" where ("ending"."request_id" = @22 and "ending"."request_id_length" = datalength(@23))))) and "row"."message_key" = (@24) order by "row"."updated_at" desc) as "newest_1", (select top (1) "row"."message_key" from "dbo"."appbuilder_session_messages" as "row" where ("row"."session_id" = (select "ending"."session_id" from "dbo"."appbuilder_session_turns" as "ending" where ("ending"."request_id" = @25 and "ending"."request_id_length" = datalength(@26))) and datalength("row"."session_id") = datalength((select "ending"."session_id" from "dbo"."appbuilder_session_turns" as "ending" where ("ending"."request_id" = @27 and "ending"."request_id_length" = datalength(@28))))) and "row"."message_key" > (@29) order by "row"."message_key") as "next_2", (select top (1) "row"."updated_at" from "dbo"."appbuilder_session_messages" as "row" where ("row"."session_id" = (select "ending"."session_id" from "dbo"."appbuilder_session_turns" as "ending" where ("ending"."request_id" = @30 and "ending"."request_id_length" = datalength(@31))) and datalength("row"."session_id") = datalength((select "ending"."session_id" from "dbo"."appbuilder_session_turns" as "ending" where ("ending"."request_id" = @32 and "ending"."request_id_length" = datalength(@33))))) and "row"."message_key" = (@34) order by "row"."updated_at" desc) as "newest_2", (select top (1) "row"."message_key" from "dbo"."appbuilder_session_messages" as "row" where ("row"."session_id" = (select "ending"."session_id" from "dbo"."appbuilder_session_turns" as "ending" where ("ending"."request_id" = @35 and "ending"."request_id_length" = datalength(@36))) and datalength("row"."session_id") = datalength((select "ending"."session_id" from "dbo"."appbuilder_session_turns" as "ending" where ("ending"."request_id" = @37 and "ending"."request_id_length" = datalength(@38))))) and "row"."message_key" > (@39) order by "row"."message_key") as "next_3", (select top (1) "row"."updated_at" from "dbo"."appbuilder_session_messages" as "row" where ("row"."session_id" = (select "ending"."session_id" from "dbo"."appbuilder_session_turns" as "ending" where ("ending"."request_id" = @40 and "ending"."request_id_length" = datalength(@41))) and datalength("row"."session_id") = datalength((select "ending"."session_id" from "dbo"."appbuilder_session_turns" as "ending" where ("ending"."request_id" = @42 and "ending"."request_id_length" = datalength(@43))))) and "row"."message_key" = (@44) order by "row"."updated_at" desc) as "newest_3" from "dbo"."appbuilder_session_turns" as "turn" inner join "dbo"."appbuilder_sessions" as "session" on ("session"."session_id" = "turn"."session_id" and "session"."session_id_length" = "turn"."session_id_length") where ("turn"."request_id" = @45 and "turn"."request_id_length" = datalength(@46)) and "turn"."claim_expires" > datediff_big(millisecond, cast('1970-01-01' as datetime2), sysutcdatetime());
--   @1 nvarchar(4000) = "request"
--   @2 nvarchar(4000) = "request"
--   @3 nvarchar(4000) = "request"
--   @4 nvarchar(4000) = "request"
--   @5 nvarchar(4000) = "request"
--   @6 nvarchar(4000) = "request"
--   @7 nvarchar(4000) = "request"
--   @8 nvarchar(4000) = "request"
--   @9 nvarchar(4000) = "query"
--   @10 nvarchar(4000) = "request"
--   @11 nvarchar(4000) = "request"
--   @12 nvarchar(4000) = "request"
--   @13 nvarchar(4000) = "request"
--   @14 nvarchar(4000) = "query"
--   @15 nvarchar(4000) = "request"
--   @16 nvarchar(4000) = "request"
--   @17 nvarchar(4000) = "request"
--   @18 nvarchar(4000) = "request"
--   @19 nvarchar(4000) = "answer"
--   @20 nvarchar(4000) = "request"
--   @21 nvarchar(4000) = "request"
--   @22 nvarchar(4000) = "request"
--   @23 nvarchar(4000) = "request"
--   @24 nvarchar(4000) = "answer"
--   @25 nvarchar(4000) = "request"
--   @26 nvarchar(4000) = "request"
--   @27 nvarchar(4000) = "request"
--   @28 nvarchar(4000) = "request"
--   @29 nvarchar(4000) = "plan"
--   @30 nvarchar(4000) = "request"
--   @31 nvarchar(4000) = "request"
--   @32 nvarchar(4000) = "request"
--   @33 nvarchar(4000) = "request"
--   @34 nvarchar(4000) = "plan"
--   @35 nvarchar(4000) = "request"
--   @36 nvarchar(4000) = "request"
--   @37 nvarchar(4000) = "request"
--   @38 nvarchar(4000) = "request"
--   @39 nvarchar(4000) = null
--   @40 nvarchar(4000) = "request"
--   @41 nvarchar(4000) = "request"
--   @42 nvarchar(4000) = "request"
--   @43 nvarchar(4000) = "request"
--   @44 nvarchar(4000) = null
--   @45 nvarchar(4000) = "request"
--   @46 nvarchar(4000) = "request"

-- turns.end
update "dbo"."appbuilder_session_turns" set "state" = @1, "answer" = @2, "answer_record" = @3, "error" = @4, "ended_at" = @5, "replica" = @6, "claim_expires" = @7, "key_ended" = case when "idempotency_key" is not null then datediff_big(millisecond, cast('1970-01-01' as datetime2), sysutcdatetime()) end where "replica" is not null and ("session_id" = @8 and "session_id_length" = datalength(@9)) and "number" = @10;
--   @1 nvarchar(4000) = "running"
--   @2 nvarchar(4000) = null
--   @3 nvarchar(4000) = "record"
--   @4 nvarchar(4000) = null
--   @5 nvarchar(4000) = "2026-11-23 08:44:42.123456"
--   @6 nvarchar(4000) = null
--   @7 nvarchar(4000) = null
--   @8 nvarchar(4000) = "session"
--   @9 nvarchar(4000) = "session"
--   @10 int = 3

-- turns.interrupt
update "dbo"."appbuilder_session_turns" set "state" = @1, "answer" = @2, "answer_record" = @3, "error" = @4, "ended_at" = @5, "replica" = @6, "claim_expires" = @7, "key_ended" = case when "idempotency_key" is not null then datediff_big(millisecond, cast('1970-01-01' as datetime2), sysutcdatetime()) end where ("session_id" = @8 and "session_id_length" = datalength(@9)) and "number" = @10 and ("replica" = @11 and datalength("replica") = datalength(@12)) and "claim_expires" <= datediff_big(millisecond, cast('1970-01-01' as datetime2), sysutcdatetime());
--   @1 nvarchar(4000) = "running"
--   @2 nvarchar(4000) = null
--   @3 nvarchar(4000) = "record"
--   @4 nvarchar(4000) = null
--   @5 nvarchar(4000) = "2026-11-23 08:44:42.123456"
--   @6 nvarchar(4000) = null
--   @7 nvarchar(4000) = null
--   @8 nvarchar(4000) = "session"
--   @9 nvarchar(4000) = "session"
--   @10 int = 3
--   @11 nvarchar(4000) = "replica"
--   @12 nvarchar(4000) = "replica"

-- turns.claim
update "dbo"."appbuilder_session_turns" set "state" = @1, "claim_expires" = datediff_big(millisecond, cast('1970-01-01' as datetime2), sysutcdatetime()) + @2 where ("session_id" = @3 and "session_id_length" = datalength(@4)) and "number" = @5 and ("replica" = @6 and datalength("replica") = datalength(@7)) and "claim_expires" > datediff_big(millisecond, cast('1970-01-01' as datetime2), sysutcdatetime());
--   @1 nvarchar(4000) = "running"
--   @2 int = 15000
--   @3 nvarchar(4000) = "session"
--   @4 nvarchar(4000) = "session"
--   @5 int = 3
--   @6 nvarchar(4000) = "replica"
--   @7 nvarchar(4000) = "replica"

-- turns.renew
update "dbo"."appbuilder_session_turns" set "claim_expires" = datediff_big(millisecond, cast('1970-01-01' as datetime2), sysutcdatetime()) + @1 where ("replica" = @2 and datalength("replica") = datalength(@3)) and "claim_expires" > datediff_big(millisecond, cast('1970-01-01' as datetime2), sysutcdatetime());
--   @1 int = 15000
--   @2 nvarchar(4000) = "replica"
--   @3 nvarchar(4000) = "replica"

-- turns.renewSome
update "dbo"."appbuilder_session_turns" set "claim_expires" = datediff_big(millisecond, cast('1970-01-01' as datetime2), sysutcdatetime()) + @1 where ("replica" = @2 and datalength("replica") = datalength(@3)) and "claim_expires" > datediff_big(millisecond, cast('1970-01-01' as datetime2), sysutcdatetime()) and (("request_id" = @4 and "request_id_length" = datalength(@5)) or ("request_id" = @6 and "request_id_length" = datalength(@7)) or ("request_id" = @8 and "request_id_length" = datalength(@9)) or ("request_id" = @10 and "request_id_length" = datalength(@11)) or ("request_id" = @12 and "request_id_length" = datalength(@13)) or ("request_id" = @14 and "request_id_length" = datalength(@15)) or ("request_id" = @16 and "request_id_length" = datalength(@17)) or ("request_id" = @18 and "request_id_length" = datalength(@19)));
--   @1 int = 15000
--   @2 nvarchar(4000) = "replica"
--   @3 nvarchar(4000) = "replica"
--   @4 nvarchar(4000) = "one"
--   @5 nvarchar(4000) = "one"
--   @6 nvarchar(4000) = "two"
--   @7 nvarchar(4000) = "two"
--   @8 nvarchar(4000) = "one"
--   @9 nvarchar(4000) = "one"
--   @10 nvarchar(4000) = "one"
--   @11 nvarchar(4000) = "one"
--   @12 nvarchar(4000) = "one"
--   @13 nvarchar(4000) = "one"
--   @14 nvarchar(4000) = "one"
--   @15 nvarchar(4000) = "one"
--   @16 nvarchar(4000) = "one"
--   @17 nvarchar(4000) = "one"
--   @18 nvarchar(4000) = "one"
--   @19 nvarchar(4000) = "one"

-- turns.lockHeld
select "request_id" from "dbo"."appbuilder_session_turns" with (updlock, rowlock, readcommittedlock, readpast) where ("replica" = @1 and datalength("replica") = datalength(@2)) and "claim_expires" > datediff_big(millisecond, cast('1970-01-01' as datetime2), sysutcdatetime());
--   @1 nvarchar(4000) = "replica"
--   @2 nvarchar(4000) = "replica"

-- turns.lock
select "state" from "dbo"."appbuilder_session_turns" with (updlock, rowlock, readcommittedlock) where ("session_id" = @1 and "session_id_length" = datalength(@2)) and "number" = @3;
--   @1 nvarchar(4000) = "session"
--   @2 nvarchar(4000) = "session"
--   @3 int = 3

-- turns.held
select "request_id", "stop_requested" from "dbo"."appbuilder_session_turns" where ("replica" = @1 and datalength("replica") = datalength(@2)) and "claim_expires" > datediff_big(millisecond, cast('1970-01-01' as datetime2), sysutcdatetime());
--   @1 nvarchar(4000) = "replica"
--   @2 nvarchar(4000) = "replica"

-- turns.stopRequested
select "request_id" from "dbo"."appbuilder_session_turns" where ("replica" = @1 and datalength("replica") = datalength(@2)) and "claim_expires" > datediff_big(millisecond, cast('1970-01-01' as datetime2), sysutcdatetime()) and "stop_requested" = @3;
--   @1 nvarchar(4000) = "replica"
--   @2 nvarchar(4000) = "replica"
--   @3 bit = true

-- turns.setFeedback
update "dbo"."appbuilder_session_turns" set "feedback" = @1, "feedback_comment" = @2 where ("session_id" = @3 and "session_id_length" = datalength(@4)) and "number" = @5;
--   @1 nvarchar(4000) = "down"
--   @2 nvarchar(4000) = "海"
--   @3 nvarchar(4000) = "session"
--   @4 nvarchar(4000) = "session"
--   @5 int = 3

-- turns.requestStops
update "dbo"."appbuilder_session_turns" set "stop_requested" = @1 where ("session_id" = @2 and "session_id_length" = datalength(@3)) and "number" >= @4 and "number" <= @5 and "claim_expires" > datediff_big(millisecond, cast('1970-01-01' as datetime2), sysutcdatetime());
--   @1 bit = true
--   @2 nvarchar(4000) = "session"
--   @3 nvarchar(4000) = "session"
--   @4 int = 1
--   @5 int = 2

-- turns.lapsed
select top (@1) "session_id" from "dbo"."appbuilder_session_turns" where "replica" > @2 and "claim_expires" <= datediff_big(millisecond, cast('1970-01-01' as datetime2), sysutcdatetime());
--   @1 int = 10
--   @2 nvarchar(4000) = ""

-- turns.oldKeys
select top (@1) "session_id", "number" from "dbo"."appbuilder_session_turns" where "key_ended" <= datediff_big(millisecond, cast('1970-01-01' as datetime2), sysutcdatetime()) - @2 order by "key_ended";
--   @1 int = 10
--   @2 int = 86400000

-- turns.forgetKey
update "dbo"."appbuilder_session_turns" set "idempotency_key" = @1, "key_ended" = @2 where ("session_id" = @3 and "session_id_length" = datalength(@4)) and "number" = @5 and "key_ended" is not null;
--   @1 nvarchar(4000) = null
--   @2 nvarchar(4000) = null
--   @3 nvarchar(4000) = "session"
--   @4 nvarchar(4000) = "session"
--   @5 int = 3

-- turns.probe
select top (@1) "session_id", "number", "request_id", "retry_of", "state", "question", "arguments", "answer", "answer_record", "error", "stop_requested", "idempotency_key", "body_hash", "key_ended", "replica", "claim_expires", "created_at", "ended_at", "feedback", "feedback_comment" from "dbo"."appbuilder_session_turns";
--   @1 int = 1

-- versions.placed
select "version"."number", "version"."parent", "turn"."request_id" as "requestId" from "dbo"."appbuilder_session_versions" as "version" inner join "dbo"."appbuilder_session_turns" as "turn" on ("turn"."session_id" = "version"."session_id" and "turn"."session_id_length" = "version"."session_id_length") and "turn"."number" = "version"."number" where ("version"."session_id" = @1 and "version"."session_id_length" = datalength(@2));
--   @1 nvarchar(4000) = "session"
--   @2 nvarchar(4000) = "session"

-- versions.places
insert into "dbo"."appbuilder_session_versions" ("session_id", "number", "parent") values (@1, @2, @3);
--   @1 nvarchar(4000) = "session"
--   @2 int = 3
--   @3 int = 1

-- versions.times
select "number", "created_at", "ended_at" from "dbo"."appbuilder_session_turns" where ("session_id" = @1 and "session_id_length" = datalength(@2)) and "number" >= @3 order by "number";
--   @1 nvarchar(4000) = "session"
--   @2 nvarchar(4000) = "session"
--   @3 int = 1

-- versions.numbers
select "request_id", "session_id", "number" from "dbo"."appbuilder_session_turns" where (("request_id" = @1 and "request_id_length" = datalength(@2)) or ("request_id" = @3 and "request_id_length" = datalength(@4)) or ("request_id" = @5 and "request_id_length" = datalength(@6)) or ("request_id" = @7 and "request_id_length" = datalength(@8)) or ("request_id" = @9 and "request_id_length" = datalength(@10)) or ("request_id" = @11 and "request_id_length" = datalength(@12)) or ("request_id" = @13 and "request_id_length" = datalength(@14)) or ("request_id" = @15 and "request_id_length" = datalength(@16)));
--   @1 nvarchar(4000) = "one"
--   @2 nvarchar(4000) = "one"
--   @3 nvarchar(4000) = "two"
--   @4 nvarchar(4000) = "two"
--   @5 nvarchar(4000) = "one"
--   @6 nvarchar(4000) = "one"
--   @7 nvarchar(4000) = "one"
--   @8 nvarchar(4000) = "one"
--   @9 nvarchar(4000) = "one"
--   @10 nvarchar(4000) = "one"
--   @11 nvarchar(4000) = "one"
--   @12 nvarchar(4000) = "one"
--   @13 nvarchar(4000) = "one"
--   @14 nvarchar(4000) = "one"
--   @15 nvarchar(4000) = "one"
--   @16 nvarchar(4000) = "one"

-- versions.shownFrom
select "id", "request_id", "updated_at" from "dbo"."appbuilder_session_messages" where ("session_id" = @1 and datalength("session_id") = datalength(@2)) and "message_key" = (@3) and "updated_at" >= @4 and "deleted" = @5;
--   @1 nvarchar(4000) = "session"
--   @2 nvarchar(4000) = "session"
--   @3 nvarchar(4000) = "query"
--   @4 nvarchar(4000) = "2026-11-23 08:44:42.123456"
--   @5 bit = false

-- versions.ofKey
select "id", "request_id", "message_key", "message_value", "created_at", "updated_at" from "dbo"."appbuilder_session_messages" where ("id" = @1 and datalength("id") = datalength(@2)) and ("session_id" = @3 and datalength("session_id") = datalength(@4)) and ("message_key" = @5 and datalength("message_key") = datalength(@6));
--   @1 nvarchar(4000) = "record"
--   @2 nvarchar(4000) = "record"
--   @3 nvarchar(4000) = "session"
--   @4 nvarchar(4000) = "session"
--   @5 nvarchar(4000) = "query"
--   @6 nvarchar(4000) = "query"

-- versions.aside
select "record_id", "turn" as "turn" from "dbo"."appbuilder_session_hidden" where ("session_id" = @1 and "session_id_length" = datalength(@2)) and "turn" is not null;
--   @1 nvarchar(4000) = "session"
--   @2 nvarchar(4000) = "session"

-- versions.notes
insert into "dbo"."appbuilder_session_hidden" ("session_id", "record_id", "turn") values (@1, @2, @3);
--   @1 nvarchar(4000) = "session"
--   @2 nvarchar(4000) = "a"
--   @3 int = 2

-- versions.removeNote
delete from "dbo"."appbuilder_session_hidden" where ("session_id" = @1 and "session_id_length" = datalength(@2)) and ("record_id" = @3 and datalength("record_id") = datalength(@4));
--   @1 nvarchar(4000) = "session"
--   @2 nvarchar(4000) = "session"
--   @3 nvarchar(4000) = "record"
--   @4 nvarchar(4000) = "record"

-- versions.unmarkDeleted
update "dbo"."appbuilder_session_messages" set "deleted" = @1 where ("id" = @2 and datalength("id") = datalength(@3)) and ("session_id" = @4 and datalength("session_id") = datalength(@5));
--   @1 bit = false
--   @2 nvarchar(4000) = "record"
--   @3 nvarchar(4000) = "record"
--   @4 nvarchar(4000) = "session"
--   @5 nvarchar(4000) = "session"

-- versions.probe
select top (@1) "session_id", "number", "parent" from "dbo"."appbuilder_session_versions";
--   @1 int = 1

-- chunks.chunks
select "request_id", "number", "chunk" from "dbo"."appbuilder_session_chunks" where ("request_id" = @1 and "request_id_length" = datalength(@2)) and "number" >= @3 order by "number";
--   @1 nvarchar(4000) = "request"
--   @2 nvarchar(4000) = "request"
--   @3 int = 0

-- chunks.remove
delete from "dbo"."appbuilder_session_chunks" where ("request_id" = @1 and "request_id_length" = datalength(@2));
--   @1 nvarchar(4000) = "request"
--   @2 nvarchar(4000) = "request"

-- chunks.inserts
insert into "dbo"."appbuilder_session_chunks" ("request_id", "number", "chunk") values (@1, @2, @3);
--   @1 nvarchar(4000) = "request"
--   @2 int = 0
--   @3 nvarchar(4000) = "{\"content\":\"海\"}"

-- chunks.probe
select top (@1) "request_id", "number", "chunk" from "dbo"."appbuilder_session_chunks";
--   @1 int = 1

-- setting
select "setting" from "dbo"."appbuilder_session_settings" where "name" = @1;
--   @1 nvarchar(4000) = "name"

-- insertSetting
insert into "dbo"."appbuilder_session_settings" ("name", "setting") values (@1, @2);
--   @1 nvarchar(4000) = "name"
--   @2 nvarchar(4000) = "setting"

-- madeVersions
select "version", "made_by" from "dbo"."appbuilder_session_schema" order by "version" desc;

-- chunks.heldAmong
select "request_id", "state" from "dbo"."appbuilder_session_turns" with (updlock, rowlock, readcommittedlock, readpast) where (("request_id" = @1 and "request_id_length" = datalength(@2)) or ("request_id" = @3 and "request_id_length" = datalength(@4)) or ("request_id" = @5 and "request_id_length" = datalength(@6)) or ("request_id" = @7 and "request_id_length" = datalength(@8)) or ("request_id" = @9 and "request_id_length" = datalength(@10)) or ("request_id" = @11 and "request_id_length" = datalength(@12)) or ("request_id" = @13 and "request_id_length" = datalength(@14)) or ("request_id" = @15 and "request_id_length" = datalength(@16)));
--   @1 nvarchar(4000) = "one"
--   @2 nvarchar(4000) = "one"
--   @3 nvarchar(4000) = "two"
--   @4 nvarchar(4000) = "two"
--   @5 nvarchar(4000) = "one"
--   @6 nvarchar(4000) = "one"
--   @7 nvarchar(4000) = "one"
--   @8 nvarchar(4000) = "one"
--   @9 nvarchar(4000) = "one"
--   @10 nvarchar(4000) = "one"
--   @11 nvarchar(4000) = "one"
--   @12 nvarchar(4000) = "one"
--   @13 nvarchar(4000) = "one"
--   @14 nvarchar(4000) = "one"
--   @15 nvarchar(4000) = "one"
--   @16 nvarchar(4000) = "one"

-- chunks.heldAmong
select "turn"."request_id", "turn"."replica", case when "turn"."claim_expires" <= datediff_big(millisecond, cast('1970-01-01' as datetime2), sysutcdatetime()) then 1 else 0 end as "lapsed", (select top (1) "chunk"."number" from "dbo"."appbuilder_session_chunks" as "chunk" where ("chunk"."request_id" = "turn"."request_id" and "chunk"."request_id_length" = "turn"."request_id_length") order by "chunk"."number" desc) as "last_chunk" from "dbo"."appbuilder_session_turns" as "turn" where (("turn"."request_id" = @1 and "turn"."request_id_length" = datalength(@2)) or ("turn"."request_id" = @3 and "turn"."request_id_length" = datalength(@4)) or ("turn"."request_id" = @5 and "turn"."request_id_length" = datalength(@6)) or ("turn"."request_id" = @7 and "turn"."request_id_length" = datalength(@8)) or ("turn"."request_id" = @9 and "turn"."request_id_length" = datalength(@10)) or ("turn"."request_id" = @11 and "turn"."request_id_length" = datalength(@12)) or ("turn"."request_id" = @13 and "turn"."request_id_length" = datalength(@14)) or ("turn"."request_id" = @15 and "turn"."request_id_length" = datalength(@16)));
--   @1 nvarchar(4000) = "one"
--   @2 nvarchar(4000) = "one"
--   @3 nvarchar(4000) = "two"
--   @4 nvarchar(4000) = "two"
--   @5 nvarchar(4000) = "one"
--   @6 nvarchar(4000) = "one"
--   @7 nvarchar(4000) = "one"
--   @8 nvarchar(4000) = "one"
--   @9 nvarchar(4000) = "one"
--   @10 nvarchar(4000) = "one"
--   @11 nvarchar(4000) = "one"
--   @12 nvarchar(4000) = "one"
--   @13 nvarchar(4000) = "one"
--   @14 nvarchar(4000) = "one"
--   @15 nvarchar(4000) = "one"
--   @16 nvarchar(4000) = "one"
