"""What the original does with its table, by the statements that SQLAlchemy sends for it.

read <file> <session> <key> <limit>: its history, as a line of JSON: the message_value of each row.
append <file> <session>: a turn for each line of standard input, {"key": content, ...}; answers each
with a line. One connection for all, as a service has it.
"""

import json
import sqlite3
import sys
import uuid
from datetime import datetime

INSERT = (
    "INSERT INTO appbuilder_session_messages (id, session_id, request_id, message_key, "
    "message_value, created_at, updated_at, deleted) VALUES (?, ?, ?, ?, ?, ?, ?, ?)"
)
TABLE = "appbuilder_session_messages"
COLUMNS = (
    "id session_id request_id message_key message_value created_at updated_at deleted".split()
)
SELECT = (
    f"SELECT {', '.join(f'{TABLE}.{name} AS {TABLE}_{name}' for name in COLUMNS)} \n"
    f"FROM {TABLE} \n"
    f"WHERE {TABLE}.session_id = ? AND {TABLE}.message_key = ? AND {TABLE}.deleted = 0 "
    f"ORDER BY {TABLE}.updated_at DESC\n LIMIT ? OFFSET ?"
)


def read(path, session, key, limit):
    rows = sqlite3.connect(path).execute(SELECT, (session, key, int(limit), 0)).fetchall()
    print(json.dumps([json.loads(row[4]) for row in reversed(rows)]))


def append(path, session):
    connection = sqlite3.connect(path)
    print("ready", flush=True)
    for line in sys.stdin:
        for key, content in json.loads(line).items():
            value = json.dumps(
                {"content": content, "name": "msg", "mtype": "str", "id": str(uuid.uuid4())}
            )
            created, updated = str(datetime.now()), str(datetime.now())
            row = (str(uuid.uuid4()), session, "python", key, value, created, updated, 0)
            connection.execute(INSERT, row)
            connection.commit()
        print("stored", flush=True)


{"read": read, "append": append}[sys.argv[1]](*sys.argv[2:])
