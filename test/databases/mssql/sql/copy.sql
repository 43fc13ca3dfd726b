-- 1
select top (@1) "session_id", "record_id", "turn" from "dbo"."appbuilder_session_hidden" order by "session_id", "session_id_length", "record_id";
--   @1 int = 4000

-- 2
select top (@1) "session_id", "record_id", "turn" from "dbo"."appbuilder_session_hidden" where (("session_id" > @2 or "session_id" = @3 and "session_id_length" > datalength(@4)) or (("session_id" = @5 and "session_id_length" = datalength(@6)) and "record_id" > @7)) order by "session_id", "session_id_length", "record_id";
--   @1 int = 4000
--   @2 nvarchar(4000) = "session"
--   @3 nvarchar(4000) = "session"
--   @4 nvarchar(4000) = "session"
--   @5 nvarchar(4000) = "session"
--   @6 nvarchar(4000) = "session"
--   @7 nvarchar(4000) = "record 3999"

-- 3
select "session_id", "record_id", "turn" from "dbo"."appbuilder_session_hidden" where ((("session_id" = @1 and "session_id_length" = datalength(@2)) and ("record_id" = @3 and datalength("record_id") = datalength(@4))) or (("session_id" = @5 and "session_id_length" = datalength(@6)) and ("record_id" = @7 and datalength("record_id") = datalength(@8))));
--   @1 nvarchar(4000) = "session"
--   @2 nvarchar(4000) = "session"
--   @3 nvarchar(4000) = "record 0"
--   @4 nvarchar(4000) = "record 0"
--   @5 nvarchar(4000) = "session"
--   @6 nvarchar(4000) = "session"
--   @7 nvarchar(4000) = "record 1"
--   @8 nvarchar(4000) = "record 1"

-- 4

      select count(*) as "count" from "dbo"."appbuilder_session_hidden";
