select "id", "session_id", "request_id", "message_key", "message_value", "created_at", "updated_at", "deleted" from "dbo"."appbuilder_session_messages" where ("session_id" = N'it''s' and datalength("session_id") = datalength(N'it''s')) order by "updated_at" desc, "id" desc;

select "id", "session_id", "request_id", "message_key", "message_value", "created_at", "updated_at", "deleted" from "dbo"."appbuilder_session_messages" where ("session_id" = N'海淀 😀' and datalength("session_id") = datalength(N'海淀 😀')) order by "updated_at" desc, "id" desc;

select "id", "session_id", "request_id", "message_key", "message_value", "created_at", "updated_at", "deleted" from "dbo"."appbuilder_session_messages" where ("session_id" = cast(N'plain' collate SQL_Latin1_General_CP1_CI_AS as varchar(36)) and cast("session_id" as nvarchar(36)) collate Latin1_General_100_BIN2 + N'.' = N'plain' + N'.') order by "updated_at" desc, "id" desc;
