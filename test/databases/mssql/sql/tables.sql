-- 1

      select tables.name as "table", columns.name as "column",
        type_name(columns.user_type_id) as "type", columns.is_nullable as "isNullable",
        cast(case when columns.default_object_id <> 0 or columns.is_computed = 1 then 1 else 0 end
          as bit) as "isOptional",
        columns.is_identity as "isIdentity"
      from sys.tables as tables
      inner join sys.columns as columns on columns.object_id = tables.object_id
      where tables.schema_id = schema_id(@1)
      order by tables.name, columns.column_id;
--   @1 nvarchar(4000) = "dbo"

-- 2
set lock_timeout -1;
select schema_name() as "schema",
  cast(databasepropertyex(db_name(), 'Updateability') as nvarchar(60)) as "updateability",
  cast(serverproperty('EngineEdition') as int) as "edition";

-- 3
declare @result int;
exec @result = sp_getapplock @Resource = N'turnkeep', @LockMode = 'Exclusive', @LockOwner = 'Session', @LockTimeout = 3600000;
select @result as result;

-- 4

      select tables.name as "table", columns.name as "column",
        type_name(columns.user_type_id) as "type", columns.is_nullable as "isNullable",
        cast(case when columns.default_object_id <> 0 or columns.is_computed = 1 then 1 else 0 end
          as bit) as "isOptional",
        columns.is_identity as "isIdentity"
      from sys.tables as tables
      inner join sys.columns as columns on columns.object_id = tables.object_id
      where tables.schema_id = schema_id(@1)
      order by tables.name, columns.column_id;
--   @1 nvarchar(4000) = "dbo"

-- 5
begin transaction;

-- 6
create table "dbo"."appbuilder_session_messages" ("id" NVARCHAR(72) COLLATE Latin1_General_100_BIN2 not null, "session_id" NVARCHAR(72) COLLATE Latin1_General_100_BIN2 not null, "request_id" NVARCHAR(72) COLLATE Latin1_General_100_BIN2 not null, "message_key" NVARCHAR(256) COLLATE Latin1_General_100_BIN2 not null, "message_value" NVARCHAR(MAX) COLLATE Latin1_General_100_BIN2 not null, "created_at" DATETIME2(6) not null, "updated_at" DATETIME2(6) not null, "deleted" BIT not null, constraint "appbuilder_session_messages_pkey" primary key ("id"));

-- 7
create index "appbuilder_session_messages_history" on "dbo"."appbuilder_session_messages" ("session_id", "message_key", "updated_at", "id");

-- 8
create table "dbo"."appbuilder_sessions" ("session_id" NVARCHAR(72) COLLATE Latin1_General_100_BIN2 not null, "user_id" NVARCHAR(510) COLLATE Latin1_General_100_BIN2, "title" NVARCHAR(510) COLLATE Latin1_General_100_BIN2, "turn_count" integer not null, "live_from" integer not null, "created_at" DATETIME2(6) not null, "updated_at" DATETIME2(6) not null, "last_time" DATETIME2(6) not null, "deleted" BIT not null, "head" integer, "session_id_length" as (datalength("session_id")) persisted not null, constraint "appbuilder_sessions_pkey" primary key ("session_id", "session_id_length"));

-- 9
create index "appbuilder_sessions_list" on "dbo"."appbuilder_sessions" ("user_id", "deleted", "updated_at", "session_id");

-- 10
create table "dbo"."appbuilder_session_turns" ("session_id" NVARCHAR(72) COLLATE Latin1_General_100_BIN2 not null, "number" integer not null, "request_id" NVARCHAR(72) COLLATE Latin1_General_100_BIN2 not null, "retry_of" NVARCHAR(72) COLLATE Latin1_General_100_BIN2, "state" NVARCHAR(22) COLLATE Latin1_General_100_BIN2 not null, "question" NVARCHAR(MAX) COLLATE Latin1_General_100_BIN2 not null, "arguments" NVARCHAR(MAX) COLLATE Latin1_General_100_BIN2, "answer" NVARCHAR(MAX) COLLATE Latin1_General_100_BIN2, "answer_record" NVARCHAR(72) COLLATE Latin1_General_100_BIN2, "error" NVARCHAR(MAX) COLLATE Latin1_General_100_BIN2, "stop_requested" BIT not null, "idempotency_key" NVARCHAR(128) COLLATE Latin1_General_100_BIN2, "body_hash" NVARCHAR(128) COLLATE Latin1_General_100_BIN2, "key_ended" bigint, "replica" NVARCHAR(72) COLLATE Latin1_General_100_BIN2, "claim_expires" bigint, "created_at" DATETIME2(6) not null, "ended_at" DATETIME2(6), "feedback" NVARCHAR(8) COLLATE Latin1_General_100_BIN2, "feedback_comment" NVARCHAR(4000) COLLATE Latin1_General_100_BIN2, "session_id_length" as (datalength("session_id")) persisted not null, "request_id_length" as (datalength("request_id")) persisted not null, constraint "appbuilder_session_turns_pkey" primary key ("session_id", "session_id_length", "number"));

-- 11
create unique index "appbuilder_session_turns_request" on "dbo"."appbuilder_session_turns" ("request_id", "request_id_length");

-- 12
create unique index "appbuilder_session_turns_idempotency" on "dbo"."appbuilder_session_turns" ("idempotency_key") where "idempotency_key" is not null;

-- 13
create index "appbuilder_session_turns_key_ended" on "dbo"."appbuilder_session_turns" ("key_ended") where "key_ended" is not null;

-- 14
create index "appbuilder_session_turns_claims" on "dbo"."appbuilder_session_turns" ("replica", "claim_expires") where "replica" is not null;

-- 15
create table "dbo"."appbuilder_session_versions" ("session_id" NVARCHAR(72) COLLATE Latin1_General_100_BIN2 not null, "number" integer not null, "parent" integer not null, "session_id_length" as (datalength("session_id")) persisted not null, constraint "appbuilder_session_versions_pkey" primary key ("session_id", "session_id_length", "number"));

-- 16
create table "dbo"."appbuilder_session_chunks" ("request_id" NVARCHAR(72) COLLATE Latin1_General_100_BIN2 not null, "number" integer not null, "chunk" NVARCHAR(MAX) COLLATE Latin1_General_100_BIN2 not null, "request_id_length" as (datalength("request_id")) persisted not null, constraint "appbuilder_session_chunks_pkey" primary key ("request_id", "request_id_length", "number"));

-- 17
create table "dbo"."appbuilder_session_hidden" ("session_id" NVARCHAR(72) COLLATE Latin1_General_100_BIN2 not null, "record_id" NVARCHAR(72) COLLATE Latin1_General_100_BIN2 not null, "turn" integer, "session_id_length" as (datalength("session_id")) persisted not null, constraint "appbuilder_session_hidden_pkey" primary key ("session_id", "session_id_length", "record_id"));

-- 18
create table "dbo"."appbuilder_session_settings" ("name" NVARCHAR(128) COLLATE Latin1_General_100_BIN2 not null, "setting" NVARCHAR(510) COLLATE Latin1_General_100_BIN2 not null, constraint "appbuilder_session_settings_pkey" primary key ("name"));

-- 19
create table "dbo"."appbuilder_session_schema" ("version" integer not null, "made_by" NVARCHAR(128) COLLATE Latin1_General_100_BIN2 not null, constraint "appbuilder_session_schema_pkey" primary key ("version"));

-- 20
insert into "dbo"."appbuilder_session_schema" ("version", "made_by") values (@1, @2);
--   @1 int = 2
--   @2 nvarchar(4000) = "0.1.0"

-- 21
commit transaction;
