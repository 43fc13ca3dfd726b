-- messages.history
select top (@1) "id", "request_id", "message_key", "message_value", "created_at", "updated_at" from "dbo"."appbuilder_session_messages" where ("session_id" = cast(@2 collate SQL_Latin1_General_CP1_CI_AS as varchar(36)) and cast("session_id" as nvarchar(36)) collate Latin1_General_100_BIN2 + N'.' = @3 + N'.') and ("message_key" = cast(@4 collate SQL_Latin1_General_CP1_CI_AS as varchar(128)) and cast("message_key" as nvarchar(128)) collate Latin1_General_100_BIN2 + N'.' = @5 + N'.') and "deleted" = @6 order by "updated_at" desc, "id" desc;
--   @1 int = 10
--   @2 nvarchar(4000) = "session"
--   @3 nvarchar(4000) = "session"
--   @4 nvarchar(4000) = "query"
--   @5 nvarchar(4000) = "query"
--   @6 bit = false

-- messages.appending
select (select top (1) "row"."message_key" from "dbo"."appbuilder_session_messages" as "row" where ("row"."session_id" = cast(@1 collate SQL_Latin1_General_CP1_CI_AS as varchar(36)) and cast("row"."session_id" as nvarchar(36)) collate Latin1_General_100_BIN2 + N'.' = @2 + N'.') order by "row"."message_key") as "first_key", (select top (1) "row"."message_key" from "dbo"."appbuilder_session_messages" as "row" where ("row"."session_id" = cast(@3 collate SQL_Latin1_General_CP1_CI_AS as varchar(36)) and cast("row"."session_id" as nvarchar(36)) collate Latin1_General_100_BIN2 + N'.' = @4 + N'.') and "row"."message_key" > cast((@5) collate SQL_Latin1_General_CP1_CI_AS as varchar(128)) order by "row"."message_key") as "next_0", (select top (1) "row"."updated_at" from "dbo"."appbuilder_session_messages" as "row" where ("row"."session_id" = cast(@6 collate SQL_Latin1_General_CP1_CI_AS as varchar(36)) and cast("row"."session_id" as nvarchar(36)) collate Latin1_General_100_BIN2 + N'.' = @7 + N'.') and "row"."message_key" = cast((@8) collate SQL_Latin1_General_CP1_CI_AS as varchar(128)) order by "row"."updated_at" desc) as "newest_0", (select top (1) "row"."message_key" from "dbo"."appbuilder_session_messages" as "row" where ("row"."session_id" = cast(@9 collate SQL_Latin1_General_CP1_CI_AS as varchar(36)) and cast("row"."session_id" as nvarchar(36)) collate Latin1_General_100_BIN2 + N'.' = @10 + N'.') and "row"."message_key" > cast((@11) collate SQL_Latin1_General_CP1_CI_AS as varchar(128)) order by "row"."message_key") as "next_1", (select top (1) "row"."updated_at" from "dbo"."appbuilder_session_messages" as "row" where ("row"."session_id" = cast(@12 collate SQL_Latin1_General_CP1_CI_AS as varchar(36)) and cast("row"."session_id" as nvarchar(36)) collate Latin1_General_100_BIN2 + N'.' = @13 + N'.') and "row"."message_key" = cast((@14) collate SQL_Latin1_General_CP1_CI_AS as varchar(128)) order by "row"."updated_at" desc) as "newest_1", (select "session"."last_time" from "dbo"."appbuilder_sessions" as "session" where ("session"."session_id" = @15 and "session"."session_id_length" = datalength(@16))) as "last_time", (select "session"."deleted" from "dbo"."appbuilder_sessions" as "session" where ("session"."session_id" = @17 and "session"."session_id_length" = datalength(@18))) as "deleted";
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
with "keys"("message_key") as (select (select top (1) "row"."message_key" from "dbo"."appbuilder_session_messages" as "row" where ("row"."session_id" = cast(@1 collate SQL_Latin1_General_CP1_CI_AS as varchar(36)) and cast("row"."session_id" as nvarchar(36)) collate Latin1_General_100_BIN2 + N'.' = @2 + N'.') order by "row"."message_key") as "message_key" union all select "next"."message_key" from (select "row"."message_key" as "message_key", row_number() over (order by "row"."message_key") as "place" from "dbo"."appbuilder_session_messages" as "row" inner join "keys" on ("row"."session_id" = cast(@3 collate SQL_Latin1_General_CP1_CI_AS as varchar(36)) and cast("row"."session_id" as nvarchar(36)) collate Latin1_General_100_BIN2 + N'.' = @4 + N'.') and "row"."message_key" > "keys"."message_key" and "keys"."message_key" is not null) as "next" where "next"."place" = 1) select (select max("newest_of_key"."time") as "newest" from (select (select top (1) "row"."updated_at" from "dbo"."appbuilder_session_messages" as "row" where ("row"."session_id" = cast(@5 collate SQL_Latin1_General_CP1_CI_AS as varchar(36)) and cast("row"."session_id" as nvarchar(36)) collate Latin1_General_100_BIN2 + N'.' = @6 + N'.') and "row"."message_key" = "keys"."message_key" order by "row"."updated_at" desc) as "time" from "keys") as "newest_of_key") as "newest", (select "session"."last_time" from "dbo"."appbuilder_sessions" as "session" where ("session"."session_id" = @7 and "session"."session_id_length" = datalength(@8))) as "last_time", (select "session"."deleted" from "dbo"."appbuilder_sessions" as "session" where ("session"."session_id" = @9 and "session"."session_id_length" = datalength(@10))) as "deleted" option (maxrecursion 0);
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
select "id" from (select top (1) "id" from "dbo"."appbuilder_session_messages" where ("session_id" = cast(@1 collate SQL_Latin1_General_CP1_CI_AS as varchar(36)) and cast("session_id" as nvarchar(36)) collate Latin1_General_100_BIN2 + N'.' = @2 + N'.') and "message_key" = cast((@3) collate SQL_Latin1_General_CP1_CI_AS as varchar(128)) and "updated_at" = cast(cast(left(@4, 23) as datetime2(3)) as datetime) order by "id" desc) as "of_key";
--   @1 nvarchar(4000) = "session"
--   @2 nvarchar(4000) = "session"
--   @3 nvarchar(4000) = "query"
--   @4 nvarchar(4000) = "2026-11-23 08:44:42.123456"

-- messages.historyBefore
select top (@1) "id", "request_id", "message_key", "message_value", "created_at", "updated_at" from "dbo"."appbuilder_session_messages" where ("session_id" = cast(@2 collate SQL_Latin1_General_CP1_CI_AS as varchar(36)) and cast("session_id" as nvarchar(36)) collate Latin1_General_100_BIN2 + N'.' = @3 + N'.') and ("message_key" = cast(@4 collate SQL_Latin1_General_CP1_CI_AS as varchar(128)) and cast("message_key" as nvarchar(128)) collate Latin1_General_100_BIN2 + N'.' = @5 + N'.') and "deleted" = @6 and "updated_at" <= cast(cast(left(@7, 23) as datetime2(3)) as datetime) and ("updated_at" < cast(cast(left(@8, 23) as datetime2(3)) as datetime) or "id" < cast(@9 collate SQL_Latin1_General_CP1_CI_AS as varchar(36))) order by "updated_at" desc, "id" desc;
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
with "keys"("message_key") as (select (select top (1) "row"."message_key" from "dbo"."appbuilder_session_messages" as "row" where ("row"."session_id" = cast(@1 collate SQL_Latin1_General_CP1_CI_AS as varchar(36)) and cast("row"."session_id" as nvarchar(36)) collate Latin1_General_100_BIN2 + N'.' = @2 + N'.') order by "row"."message_key") as "message_key" union all select "next"."message_key" from (select "row"."message_key" as "message_key", row_number() over (order by "row"."message_key") as "place" from "dbo"."appbuilder_session_messages" as "row" inner join "keys" on ("row"."session_id" = cast(@3 collate SQL_Latin1_General_CP1_CI_AS as varchar(36)) and cast("row"."session_id" as nvarchar(36)) collate Latin1_General_100_BIN2 + N'.' = @4 + N'.') and "row"."message_key" > "keys"."message_key" and "keys"."message_key" is not null) as "next" where "next"."place" = 1) select "keys"."message_key" as "message_key" from "keys" where "keys"."message_key" is not null option (maxrecursion 0);
--   @1 nvarchar(4000) = "session"
--   @2 nvarchar(4000) = "session"
--   @3 nvarchar(4000) = "session"
--   @4 nvarchar(4000) = "session"

-- messages.list
select top (@1) * from (select "id", "request_id", "message_key", "message_value", "created_at", "updated_at" from (select top (@2) "id", "request_id", "message_key", "message_value", "created_at", "updated_at" from "dbo"."appbuilder_session_messages" where ("session_id" = cast(@3 collate SQL_Latin1_General_CP1_CI_AS as varchar(36)) and cast("session_id" as nvarchar(36)) collate Latin1_General_100_BIN2 + N'.' = @4 + N'.') and "message_key" = cast((@5) collate SQL_Latin1_General_CP1_CI_AS as varchar(128)) and "updated_at" <= cast(cast(left(@6, 23) as datetime2(3)) as datetime) and ("updated_at" < cast(cast(left(@7, 23) as datetime2(3)) as datetime) or "id" < cast(@8 collate SQL_Latin1_General_CP1_CI_AS as varchar(36))) and "deleted" = @9 order by "updated_at" desc, "id" desc) as "of_key" union all select "id", "request_id", "message_key", "message_value", "created_at", "updated_at" from (select top (@10) "id", "request_id", "message_key", "message_value", "created_at", "updated_at" from "dbo"."appbuilder_session_messages" where ("session_id" = cast(@11 collate SQL_Latin1_General_CP1_CI_AS as varchar(36)) and cast("session_id" as nvarchar(36)) collate Latin1_General_100_BIN2 + N'.' = @12 + N'.') and "message_key" = cast((@13) collate SQL_Latin1_General_CP1_CI_AS as varchar(128)) and "updated_at" <= cast(cast(left(@14, 23) as datetime2(3)) as datetime) and ("updated_at" < cast(cast(left(@15, 23) as datetime2(3)) as datetime) or "id" < cast(@16 collate SQL_Latin1_General_CP1_CI_AS as varchar(36))) and "deleted" = @17 order by "updated_at" desc, "id" desc) as "of_key" union all select "id", "request_id", "message_key", "message_value", "created_at", "updated_at" from (select top (@18) "id", "request_id", "message_key", "message_value", "created_at", "updated_at" from "dbo"."appbuilder_session_messages" where ("session_id" = cast(@19 collate SQL_Latin1_General_CP1_CI_AS as varchar(36)) and cast("session_id" as nvarchar(36)) collate Latin1_General_100_BIN2 + N'.' = @20 + N'.') and "message_key" = cast((@21) collate SQL_Latin1_General_CP1_CI_AS as varchar(128)) and "updated_at" <= cast(cast(left(@22, 23) as datetime2(3)) as datetime) and ("updated_at" < cast(cast(left(@23, 23) as datetime2(3)) as datetime) or "id" < cast(@24 collate SQL_Latin1_General_CP1_CI_AS as varchar(36))) and "deleted" = @25 order by "updated_at" desc, "id" desc) as "of_key" union all select "id", "request_id", "message_key", "message_value", "created_at", "updated_at" from (select top (@26) "id", "request_id", "message_key", "message_value", "created_at", "updated_at" from "dbo"."appbuilder_session_messages" where ("session_id" = cast(@27 collate SQL_Latin1_General_CP1_CI_AS as varchar(36)) and cast("session_id" as nvarchar(36)) collate Latin1_General_100_BIN2 + N'.' = @28 + N'.') and "message_key" = cast((@29) collate SQL_Latin1_General_CP1_CI_AS as varchar(128)) and "updated_at" <= cast(cast(left(@30, 23) as datetime2(3)) as datetime) and ("updated_at" < cast(cast(left(@31, 23) as datetime2(3)) as datetime) or "id" < cast(@32 collate SQL_Latin1_General_CP1_CI_AS as varchar(36))) and "deleted" = @33 order by "updated_at" desc, "id" desc) as "of_key") as "all" order by "updated_at" desc, "id" desc;
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
select top (@1) * from (select "id", "session_id", "request_id", "message_key", "message_value", "created_at", "updated_at", "deleted" from (select top (@2) "id", "session_id", "request_id", "message_key", "message_value", "created_at", "updated_at", "deleted" from "dbo"."appbuilder_session_messages" where ("session_id" = cast(@3 collate SQL_Latin1_General_CP1_CI_AS as varchar(36)) and cast("session_id" as nvarchar(36)) collate Latin1_General_100_BIN2 + N'.' = @4 + N'.') and "message_key" = cast((@5) collate SQL_Latin1_General_CP1_CI_AS as varchar(128)) and "updated_at" <= cast(cast(left(@6, 23) as datetime2(3)) as datetime) and ("updated_at" < cast(cast(left(@7, 23) as datetime2(3)) as datetime) or "id" < cast(@8 collate SQL_Latin1_General_CP1_CI_AS as varchar(36))) order by "updated_at" desc, "id" desc) as "of_key" union all select "id", "session_id", "request_id", "message_key", "message_value", "created_at", "updated_at", "deleted" from (select top (@9) "id", "session_id", "request_id", "message_key", "message_value", "created_at", "updated_at", "deleted" from "dbo"."appbuilder_session_messages" where ("session_id" = cast(@10 collate SQL_Latin1_General_CP1_CI_AS as varchar(36)) and cast("session_id" as nvarchar(36)) collate Latin1_General_100_BIN2 + N'.' = @11 + N'.') and "message_key" = cast((@12) collate SQL_Latin1_General_CP1_CI_AS as varchar(128)) and "updated_at" <= cast(cast(left(@13, 23) as datetime2(3)) as datetime) and ("updated_at" < cast(cast(left(@14, 23) as datetime2(3)) as datetime) or "id" < cast(@15 collate SQL_Latin1_General_CP1_CI_AS as varchar(36))) order by "updated_at" desc, "id" desc) as "of_key" union all select "id", "session_id", "request_id", "message_key", "message_value", "created_at", "updated_at", "deleted" from (select top (@16) "id", "session_id", "request_id", "message_key", "message_value", "created_at", "updated_at", "deleted" from "dbo"."appbuilder_session_messages" where ("session_id" = cast(@17 collate SQL_Latin1_General_CP1_CI_AS as varchar(36)) and cast("session_id" as nvarchar(36)) collate Latin1_General_100_BIN2 + N'.' = @18 + N'.') and "message_key" = cast((@19) collate SQL_Latin1_General_CP1_CI_AS as varchar(128)) and "updated_at" <= cast(cast(left(@20, 23) as datetime2(3)) as datetime) and ("updated_at" < cast(cast(left(@21, 23) as datetime2(3)) as datetime) or "id" < cast(@22 collate SQL_Latin1_General_CP1_CI_AS as varchar(36))) order by "updated_at" desc, "id" desc) as "of_key" union all select "id", "session_id", "request_id", "message_key", "message_value", "created_at", "updated_at", "deleted" from (select top (@23) "id", "session_id", "request_id", "message_key", "message_value", "created_at", "updated_at", "deleted" from "dbo"."appbuilder_session_messages" where ("session_id" = cast(@24 collate SQL_Latin1_General_CP1_CI_AS as varchar(36)) and cast("session_id" as nvarchar(36)) collate Latin1_General_100_BIN2 + N'.' = @25 + N'.') and "message_key" = cast((@26) collate SQL_Latin1_General_CP1_CI_AS as varchar(128)) and "updated_at" <= cast(cast(left(@27, 23) as datetime2(3)) as datetime) and ("updated_at" < cast(cast(left(@28, 23) as datetime2(3)) as datetime) or "id" < cast(@29 collate SQL_Latin1_General_CP1_CI_AS as varchar(36))) order by "updated_at" desc, "id" desc) as "of_key") as "all" order by "updated_at" desc, "id" desc;
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
select "updated_at" from "dbo"."appbuilder_session_messages" where ("id" = cast(@1 collate SQL_Latin1_General_CP1_CI_AS as varchar(36)) and cast("id" as nvarchar(36)) collate Latin1_General_100_BIN2 + N'.' = @2 + N'.') and ("session_id" = cast(@3 collate SQL_Latin1_General_CP1_CI_AS as varchar(36)) and cast("session_id" as nvarchar(36)) collate Latin1_General_100_BIN2 + N'.' = @4 + N'.');
--   @1 nvarchar(4000) = "record"
--   @2 nvarchar(4000) = "record"
--   @3 nvarchar(4000) = "session"
--   @4 nvarchar(4000) = "session"

-- messages.idsOfTurn
select "id" from "dbo"."appbuilder_session_messages" where ("session_id" = cast(@1 collate SQL_Latin1_General_CP1_CI_AS as varchar(36)) and cast("session_id" as nvarchar(36)) collate Latin1_General_100_BIN2 + N'.' = @2 + N'.') and "message_key" = cast((@3) collate SQL_Latin1_General_CP1_CI_AS as varchar(128)) and "updated_at" >= cast(cast(left(@4, 23) as datetime2(3)) as datetime) and ("request_id" = cast(@5 collate SQL_Latin1_General_CP1_CI_AS as varchar(36)) and cast("request_id" as nvarchar(36)) collate Latin1_General_100_BIN2 + N'.' = @6 + N'.') and "deleted" = @7;
--   @1 nvarchar(4000) = "session"
--   @2 nvarchar(4000) = "session"
--   @3 nvarchar(4000) = "query"
--   @4 nvarchar(4000) = "2026-11-23 08:44:42.123456"
--   @5 nvarchar(4000) = "request"
--   @6 nvarchar(4000) = "request"
--   @7 bit = false

-- messages.markOneDeleted
update "dbo"."appbuilder_session_messages" set "deleted" = @1 where ("id" = cast(@2 collate SQL_Latin1_General_CP1_CI_AS as varchar(36)) and cast("id" as nvarchar(36)) collate Latin1_General_100_BIN2 + N'.' = @3 + N'.') and ("session_id" = cast(@4 collate SQL_Latin1_General_CP1_CI_AS as varchar(36)) and cast("session_id" as nvarchar(36)) collate Latin1_General_100_BIN2 + N'.' = @5 + N'.');
--   @1 bit = true
--   @2 nvarchar(4000) = "record"
--   @3 nvarchar(4000) = "record"
--   @4 nvarchar(4000) = "session"
--   @5 nvarchar(4000) = "session"

-- messages.noteDeleted
insert into "dbo"."appbuilder_session_hidden" ("session_id", "record_id") select "session_id", "id" from "dbo"."appbuilder_session_messages" where ("session_id" = cast(@1 collate SQL_Latin1_General_CP1_CI_AS as varchar(36)) and cast("session_id" as nvarchar(36)) collate Latin1_General_100_BIN2 + N'.' = @2 + N'.') and "deleted" = @3 and cast("id" as nvarchar(36)) collate Latin1_General_100_BIN2 not in (select "record_id" from "dbo"."appbuilder_session_hidden" where ("session_id" = @4 and "session_id_length" = datalength(@5)));
--   @1 nvarchar(4000) = "session"
--   @2 nvarchar(4000) = "session"
--   @3 bit = true
--   @4 nvarchar(4000) = "session"
--   @5 nvarchar(4000) = "session"

-- messages.markDeleted
update "dbo"."appbuilder_session_messages" set "deleted" = @1 where ("session_id" = cast(@2 collate SQL_Latin1_General_CP1_CI_AS as varchar(36)) and cast("session_id" as nvarchar(36)) collate Latin1_General_100_BIN2 + N'.' = @3 + N'.') and "deleted" = @4;
--   @1 bit = true
--   @2 nvarchar(4000) = "session"
--   @3 nvarchar(4000) = "session"
--   @4 bit = false

-- messages.unmarkDeleted
update "dbo"."appbuilder_session_messages" set "deleted" = @1 where ("session_id" = cast(@2 collate SQL_Latin1_General_CP1_CI_AS as varchar(36)) and cast("session_id" as nvarchar(36)) collate Latin1_General_100_BIN2 + N'.' = @3 + N'.') and "deleted" = @4 and cast("id" as nvarchar(36)) collate Latin1_General_100_BIN2 not in (select "record_id" from "dbo"."appbuilder_session_hidden" where ("session_id" = @5 and "session_id_length" = datalength(@6)));
--   @1 bit = false
--   @2 nvarchar(4000) = "session"
--   @3 nvarchar(4000) = "session"
--   @4 bit = true
--   @5 nvarchar(4000) = "session"
--   @6 nvarchar(4000) = "session"

-- messages.inserts
insert into "dbo"."appbuilder_session_messages" ("id", "session_id", "request_id", "message_key", "message_value", "created_at", "updated_at", "deleted") values (case when cast(cast(@1 collate SQL_Latin1_General_CP1_CI_AS as varchar(36)) as nvarchar(36)) collate Latin1_General_100_BIN2 + N'.' = @2 + N'.' then @3 end, case when cast(cast(@4 collate SQL_Latin1_General_CP1_CI_AS as varchar(36)) as nvarchar(36)) collate Latin1_General_100_BIN2 + N'.' = @5 + N'.' then @6 end, case when cast(cast(@7 collate SQL_Latin1_General_CP1_CI_AS as varchar(36)) as nvarchar(36)) collate Latin1_General_100_BIN2 + N'.' = @8 + N'.' then @9 end, case when cast(cast(@10 collate SQL_Latin1_General_CP1_CI_AS as varchar(128)) as nvarchar(128)) collate Latin1_General_100_BIN2 + N'.' = @11 + N'.' then @12 end, @13, cast(cast(left(@14, 22) as datetime2(2)) as datetime), cast(cast(left(@15, 22) as datetime2(2)) as datetime), @16), (case when cast(cast(@17 collate SQL_Latin1_General_CP1_CI_AS as varchar(36)) as nvarchar(36)) collate Latin1_General_100_BIN2 + N'.' = @18 + N'.' then @19 end, case when cast(cast(@20 collate SQL_Latin1_General_CP1_CI_AS as varchar(36)) as nvarchar(36)) collate Latin1_General_100_BIN2 + N'.' = @21 + N'.' then @22 end, case when cast(cast(@23 collate SQL_Latin1_General_CP1_CI_AS as varchar(36)) as nvarchar(36)) collate Latin1_General_100_BIN2 + N'.' = @24 + N'.' then @25 end, case when cast(cast(@26 collate SQL_Latin1_General_CP1_CI_AS as varchar(128)) as nvarchar(128)) collate Latin1_General_100_BIN2 + N'.' = @27 + N'.' then @28 end, @29, cast(cast(left(@30, 22) as datetime2(2)) as datetime), cast(cast(left(@31, 22) as datetime2(2)) as datetime), @32);
--   @1 nvarchar(4000) = "record"
--   @2 nvarchar(4000) = "record"
--   @3 nvarchar(4000) = "record"
--   @4 nvarchar(4000) = "session"
--   @5 nvarchar(4000) = "session"
--   @6 nvarchar(4000) = "session"
--   @7 nvarchar(4000) = "request"
--   @8 nvarchar(4000) = "request"
--   @9 nvarchar(4000) = "request"
--   @10 nvarchar(4000) = "query"
--   @11 nvarchar(4000) = "query"
--   @12 nvarchar(4000) = "query"
--   @13 nvarchar(4000) = "{\"content\":\"海😀\"}"
--   @14 nvarchar(4000) = "2026-11-23 08:44:42.123456"
--   @15 nvarchar(4000) = "2026-11-23 08:44:42.123456"
--   @16 bit = false
--   @17 nvarchar(4000) = "record"
--   @18 nvarchar(4000) = "record"
--   @19 nvarchar(4000) = "record"
--   @20 nvarchar(4000) = "session"
--   @21 nvarchar(4000) = "session"
--   @22 nvarchar(4000) = "session"
--   @23 nvarchar(4000) = "request"
--   @24 nvarchar(4000) = "request"
--   @25 nvarchar(4000) = "request"
--   @26 nvarchar(4000) = "query"
--   @27 nvarchar(4000) = "query"
--   @28 nvarchar(4000) = "query"
--   @29 nvarchar(4000) = "{\"content\":\"海😀\"}"
--   @30 nvarchar(4000) = "2026-11-23 08:44:42.123456"
--   @31 nvarchar(4000) = "2026-11-23 08:44:42.123456"
--   @32 bit = false

-- turns.turn
select "turn"."session_id", "turn"."number", "turn"."request_id", "turn"."retry_of", "turn"."state", "turn"."question", "turn"."arguments", "turn"."answer", "turn"."error", "turn"."stop_requested", "turn"."body_hash", "turn"."replica", "turn"."created_at", "turn"."ended_at", "turn"."feedback", "turn"."feedback_comment", "session"."user_id", "session"."deleted", "session"."head", "message"."message_value" as "answer_value", case when "turn"."claim_expires" <= datediff_big(millisecond, cast('1970-01-01' as datetime2), sysutcdatetime()) then 1 else 0 end as "lapsed" from "dbo"."appbuilder_session_turns" as "turn" inner join "dbo"."appbuilder_sessions" as "session" on ("session"."session_id" = "turn"."session_id" and "session"."session_id_length" = "turn"."session_id_length") left join "dbo"."appbuilder_session_messages" as "message" on ("message"."id" = cast("turn"."answer_record" collate SQL_Latin1_General_CP1_CI_AS as varchar(36)) and cast("message"."id" as nvarchar(36)) collate Latin1_General_100_BIN2 + N'.' = "turn"."answer_record" + N'.') and ("message"."session_id" = cast("turn"."session_id" collate SQL_Latin1_General_CP1_CI_AS as varchar(36)) and cast("message"."session_id" as nvarchar(36)) collate Latin1_General_100_BIN2 + N'.' = "turn"."session_id" + N'.') where ("turn"."request_id" = @1 and "turn"."request_id_length" = datalength(@2));
--   @1 nvarchar(4000) = "request"
--   @2 nvarchar(4000) = "request"

-- turns.turns
select top (@1) "turn"."session_id", "turn"."number", "turn"."request_id", "turn"."retry_of", "turn"."state", "turn"."question", "turn"."arguments", "turn"."answer", "turn"."error", "turn"."stop_requested", "turn"."body_hash", "turn"."replica", "turn"."created_at", "turn"."ended_at", "turn"."feedback", "turn"."feedback_comment", "session"."user_id", "session"."deleted", "session"."head", "message"."message_value" as "answer_value", case when "turn"."claim_expires" <= datediff_big(millisecond, cast('1970-01-01' as datetime2), sysutcdatetime()) then 1 else 0 end as "lapsed" from "dbo"."appbuilder_session_turns" as "turn" inner join "dbo"."appbuilder_sessions" as "session" on ("session"."session_id" = "turn"."session_id" and "session"."session_id_length" = "turn"."session_id_length") left join "dbo"."appbuilder_session_messages" as "message" on ("message"."id" = cast("turn"."answer_record" collate SQL_Latin1_General_CP1_CI_AS as varchar(36)) and cast("message"."id" as nvarchar(36)) collate Latin1_General_100_BIN2 + N'.' = "turn"."answer_record" + N'.') and ("message"."session_id" = cast("turn"."session_id" collate SQL_Latin1_General_CP1_CI_AS as varchar(36)) and cast("message"."session_id" as nvarchar(36)) collate Latin1_General_100_BIN2 + N'.' = "turn"."session_id" + N'.') where ("turn"."session_id" = @2 and "turn"."session_id_length" = datalength(@3)) and "turn"."number" < @4 order by "turn"."number" desc;
--   @1 int = 10
--   @2 nvarchar(4000) = "session"
--   @3 nvarchar(4000) = "session"
--   @4 int = 7

-- turns.turnsOf
select "turn"."session_id", "turn"."number", "turn"."request_id", "turn"."retry_of", "turn"."state", "turn"."question", "turn"."arguments", "turn"."answer", "turn"."error", "turn"."stop_requested", "turn"."body_hash", "turn"."replica", "turn"."created_at", "turn"."ended_at", "turn"."feedback", "turn"."feedback_comment", "session"."user_id", "session"."deleted", "session"."head", "message"."message_value" as "answer_value", case when "turn"."claim_expires" <= datediff_big(millisecond, cast('1970-01-01' as datetime2), sysutcdatetime()) then 1 else 0 end as "lapsed" from "dbo"."appbuilder_session_turns" as "turn" inner join "dbo"."appbuilder_sessions" as "session" on ("session"."session_id" = "turn"."session_id" and "session"."session_id_length" = "turn"."session_id_length") left join "dbo"."appbuilder_session_messages" as "message" on ("message"."id" = cast("turn"."answer_record" collate SQL_Latin1_General_CP1_CI_AS as varchar(36)) and cast("message"."id" as nvarchar(36)) collate Latin1_General_100_BIN2 + N'.' = "turn"."answer_record" + N'.') and ("message"."session_id" = cast("turn"."session_id" collate SQL_Latin1_General_CP1_CI_AS as varchar(36)) and cast("message"."session_id" as nvarchar(36)) collate Latin1_General_100_BIN2 + N'.' = "turn"."session_id" + N'.') where ("turn"."session_id" = @1 and "turn"."session_id_length" = datalength(@2)) and "turn"."number" in (@3, @4, @5, @6, @7, @8, @9, @10);
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

-- turns.ending
select "turn"."request_id", "turn"."replica", "turn"."session_id", "turn"."number", "turn"."state", "session"."last_time", "session"."deleted", "session"."head", (select top (1) "chunk"."number" from "dbo"."appbuilder_session_chunks" as "chunk" where ("chunk"."request_id" = "turn"."request_id" and "chunk"."request_id_length" = "turn"."request_id_length") order by "chunk"."number" desc) as "last_chunk", (select top (1) "row"."message_key" from "dbo"."appbuilder_session_messages" as "row" where ("row"."session_id" = cast((select "ending"."session_id" from "dbo"."appbuilder_session_turns" as "ending" where ("ending"."request_id" = @1 and "ending"."request_id_length" = datalength(@2))) collate SQL_Latin1_General_CP1_CI_AS as varchar(36)) and cast("row"."session_id" as nvarchar(36)) collate Latin1_General_100_BIN2 + N'.' = (select "ending"."session_id" from "dbo"."appbuilder_session_turns" as "ending" where ("ending"."request_id" = @3 and "ending"."request_id_length" = datalength(@4))) + N'.') order by "row"."message_key") as "first_key", (select top (1) "row"."message_key" from "dbo"."appbuilder_session_messages" as "row" where ("row"."session_id" = cast((select "ending"."session_id" from "dbo"."appbuilder_session_turns" as "ending" where ("ending"."request_id" = @5 and "ending"."request_id_length" = datalength(@6))) collate SQL_Latin1_General_CP1_CI_AS as varchar(36)) and cast("row"."session_id" as nvarchar(36)) collate Latin1_General_100_BIN2 + N'.' = (select "ending"."session_id" from "dbo"."appbuilder_session_turns" as "ending" where ("ending"."request_id" = @7 and "ending"."request_id_length" = datalength(@8))) + N'.') and "row"."message_key" > cast((@9) collate SQL_Latin1_General_CP1_CI_AS as varchar(128)) order by "row"."message_key") as "next_0", (select top (1) "row"."updated_at" from "dbo"."appbuilder_session_messages" as "row" where ("row"."session_id" = cast((select "ending"."session_id" from "dbo"."appbuilder_session_turns" as "ending" where ("ending"."request_id" = @10 and "ending"."request_id_length" = datalength(@11))) collate SQL_Latin1_General_CP1_CI_AS as varchar(36)) and cast("row"."session_id" as nvarchar(36)) collate Latin1_General_100_BIN2 + N'.' = (select "ending"."session_id" from "dbo"."appbuilder_session_turns" as "ending" where ("ending"."request_id" = @12 and "ending"."request_id_length" = datalength(@13))) + N'.') and "row"."message_key" = cast((@14) collate SQL_Latin1_General_CP1_CI_AS as varchar(128)) order by "row"."updated_at" desc) as "newest_0", (select top (1) "row"."message_key" from "dbo"."appbuilder_session_messages" as "row" where ("row"."session_id" = cast((select "ending"."session_id" from "dbo"."appbuilder_session_turns" as "ending" where ("ending"."request_id" = @15 and "ending"."request_id_length" = datalength(@16))) collate SQL_Latin1_General_CP1_CI_AS as varchar(36)) and cast("row"."session_id" as nvarchar(36)) collate Latin1_General_100_BIN2 + N'.' = (select "ending"."session_id" from "dbo"."appbuilder_session_turns" as "ending" where ("ending"."request_id" = @17 and "ending"."request_id_length" = datalength(@18))) + N'.') and "row"."message_key" > cast((@19) collate SQL_Latin1_General_CP1_CI_AS as varchar(128)) order by "row"."message_key") as "next_1", (select top (1) "row"."updated_at" from "dbo"."appbuilder_session_messages" as "row" where ("row"."session_id" = cast((select "ending"."session_id" from "dbo"."appbuilder_session_turns" as "ending" where ("ending"."request_id" = @20 and "ending"."request_id_length" = datalength(@21))) collate SQL_Latin1_General_CP1_CI_AS as varchar(36)) and cast("row"."session_id" as nvarchar(36)) collate Latin1_General_100_BIN2 + N'.' = (select "ending"."session_id" from "dbo"."appbuilder_session_turns" as "ending" where ("ending"."request_id" = @22 and "ending"."request_id_length" = datalength(@23))) + N'.') and "row"."message_key" = cast((@24) collate SQL_Latin1_General_CP1_CI_AS as varchar(128)) order by "row"."updated_at" desc) as "newest_1", (select top (1) "row"."message_key" from "dbo"."appbuilder_session_messages" as "row" where ("row"."session_id" = cast((select "ending"."session_id" from "dbo"."appbuilder_session_turns" as "ending" where ("ending"."request_id" = @25 and "ending"."request_id_length" = datalength(@26))) collate SQL_Latin1_General_CP1_CI_AS as varchar(36)) and cast("row"."session_id" as nvarchar(36)) collate Latin1_General_100_BIN2 + N'.' = (select "ending"."session_id" from "dbo"."appbuilder_session_turns" as "ending" where ("ending"."request_id" = @27 and "ending"."request_id_length" = datalength(@28))) + N'.') and "row"."message_key" > cast((@29) collate SQL_Latin1_General_CP1_CI_AS as varchar(128)) order by "row"."message_key") as "next_2", (select top (1) "row"."updated_at" from "dbo"."appbuilder_session_messages" as "row" where ("row"."session_id" = cast((select "ending"."session_id" from "dbo"."appbuilder_session_turns" as "ending" where ("ending"."request_id" = @30 and "ending"."request_id_length" = datalength(@31))) collate SQL_Latin1_General_CP1_CI_AS as varchar(36)) and cast("row"."session_id" as nvarchar(36)) collate Latin1_General_100_BIN2 + N'.' = (select "ending"."session_id" from "dbo"."appbuilder_session_turns" as "ending" where ("ending"."request_id" = @32 and "ending"."request_id_length" = datalength(@33))) + N'.') and "row"."message_key" = cast((@34) collate SQL_Latin1_General_CP1_CI_AS as varchar(128)) order by "row"."updated_at" desc) as "newest_2", (select top (1) "row"."message_key" from "dbo"."appbuilder_session_messages" as "row" where ("row"."session_id" = cast((select "ending"."session_id" from "dbo"."appbuilder_session_turns" as "ending" where ("ending"."request_id" = @35 and "ending"."request_id_length" = datalength(@36))) collate SQL_Latin1_General_CP1_CI_AS as varchar(36)) and cast("row"."session_id" as nvarchar(36)) collate Latin1_General_100_BIN2 + N'.' = (select "ending"."session_id" from "dbo"."appbuilder_session_turns" as "ending" where ("ending"."request_id" = @37 and "ending"."request_id_length" = datalength(@38))) + N'.') and "row"."message_key" > cast((@39) collate SQL_Latin1_General_CP1_CI_AS as varchar(128)) order by "row"."message_key") as "next_3", (select top (1) "row"."updated_at" from "dbo"."appbuilder_session_messages" as "row" where ("row"."session_id" = cast((select "ending"."session_id" from "dbo"."appbuilder_session_turns" as "ending" where ("ending"."request_id" = @40 and "ending"."request_id_length" = datalength(@41))) collate SQL_Latin1_General_CP1_CI_AS as varchar(36)) and cast("row"."session_id" as nvarchar(36)) collate Latin1_General_100_BIN2 + N'.' = (select "ending"."session_id" from "dbo"."appbuilder_session_turns" as "ending" where ("ending"."request_id" = @42 and "ending"."request_id_length" = datalength(@43))) + N'.') and "row"."message_key" = cast((@44) collate SQL_Latin1_General_CP1_CI_AS as varchar(128)) order by "row"."updated_at" desc) as "newest_3" from "dbo"."appbuilder_session_turns" as "turn" inner join "dbo"."appbuilder_sessions" as "session" on ("session"."session_id" = "turn"."session_id" and "session"."session_id_length" = "turn"."session_id_length") where ("turn"."request_id" = @45 and "turn"."request_id_length" = datalength(@46)) and "turn"."claim_expires" > datediff_big(millisecond, cast('1970-01-01' as datetime2), sysutcdatetime());
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

-- versions.shownFrom
select "id", "request_id", "updated_at" from "dbo"."appbuilder_session_messages" where ("session_id" = cast(@1 collate SQL_Latin1_General_CP1_CI_AS as varchar(36)) and cast("session_id" as nvarchar(36)) collate Latin1_General_100_BIN2 + N'.' = @2 + N'.') and "message_key" = cast((@3) collate SQL_Latin1_General_CP1_CI_AS as varchar(128)) and "updated_at" >= cast(cast(left(@4, 23) as datetime2(3)) as datetime) and "deleted" = @5;
--   @1 nvarchar(4000) = "session"
--   @2 nvarchar(4000) = "session"
--   @3 nvarchar(4000) = "query"
--   @4 nvarchar(4000) = "2026-11-23 08:44:42.123456"
--   @5 bit = false

-- versions.ofKey
select "id", "request_id", "message_key", "message_value", "created_at", "updated_at" from "dbo"."appbuilder_session_messages" where ("id" = cast(@1 collate SQL_Latin1_General_CP1_CI_AS as varchar(36)) and cast("id" as nvarchar(36)) collate Latin1_General_100_BIN2 + N'.' = @2 + N'.') and ("session_id" = cast(@3 collate SQL_Latin1_General_CP1_CI_AS as varchar(36)) and cast("session_id" as nvarchar(36)) collate Latin1_General_100_BIN2 + N'.' = @4 + N'.') and ("message_key" = cast(@5 collate SQL_Latin1_General_CP1_CI_AS as varchar(128)) and cast("message_key" as nvarchar(128)) collate Latin1_General_100_BIN2 + N'.' = @6 + N'.');
--   @1 nvarchar(4000) = "record"
--   @2 nvarchar(4000) = "record"
--   @3 nvarchar(4000) = "session"
--   @4 nvarchar(4000) = "session"
--   @5 nvarchar(4000) = "query"
--   @6 nvarchar(4000) = "query"

-- versions.unmarkDeleted
update "dbo"."appbuilder_session_messages" set "deleted" = @1 where ("id" = cast(@2 collate SQL_Latin1_General_CP1_CI_AS as varchar(36)) and cast("id" as nvarchar(36)) collate Latin1_General_100_BIN2 + N'.' = @3 + N'.') and ("session_id" = cast(@4 collate SQL_Latin1_General_CP1_CI_AS as varchar(36)) and cast("session_id" as nvarchar(36)) collate Latin1_General_100_BIN2 + N'.' = @5 + N'.');
--   @1 bit = false
--   @2 nvarchar(4000) = "record"
--   @3 nvarchar(4000) = "record"
--   @4 nvarchar(4000) = "session"
--   @5 nvarchar(4000) = "session"
