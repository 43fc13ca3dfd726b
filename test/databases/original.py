"""What the original does with its table, through SQLAlchemy as it does it, on any database.

make <url>: makes the table.
read <url> <session> <key> <limit>: its history, as a line of JSON: the content of each message.
append <url> <session>: a turn for each line of standard input, {"key": content, ...}; answers each
with a line. One connection for all, as a service has it.
"""

import json
import sys
import uuid
from datetime import datetime

import sqlalchemy
from sqlalchemy import JSON, Boolean, Column, DateTime, String
from sqlalchemy.orm import declarative_base, sessionmaker

Base = declarative_base()


class SessionMessage(Base):
    __tablename__ = "appbuilder_session_messages"

    id = Column(String(36), primary_key=True)
    session_id = Column(String(36), nullable=False)
    request_id = Column(String(36), nullable=False)
    message_key = Column(String(128), nullable=False)
    message_value = Column(JSON, nullable=False)
    created_at = Column(DateTime, nullable=False)
    updated_at = Column(DateTime, nullable=False)
    deleted = Column(Boolean, nullable=False)


def open_session(url):
    return sessionmaker(bind=sqlalchemy.create_engine(url))()


def make(url):
    Base.metadata.create_all(sqlalchemy.create_engine(url))
    print("made", flush=True)


def read(url, session, key, limit):
    rows = (
        open_session(url)
        .query(SessionMessage)
        .filter_by(session_id=session, message_key=key, deleted=False)
        .order_by(SessionMessage.updated_at.desc())
        .limit(int(limit))
        .all()
    )
    print(json.dumps([row.message_value["content"] for row in reversed(rows)]), flush=True)


def append(url, session):
    database = open_session(url)
    print("ready", flush=True)
    for line in sys.stdin:
        for key, content in json.loads(line).items():
            value = {"content": content, "name": "msg", "mtype": "str", "id": str(uuid.uuid4())}
            database.add(
                SessionMessage(
                    id=str(uuid.uuid4()),
                    session_id=session,
                    request_id="python",
                    message_key=key,
                    message_value=value,
                    created_at=datetime.now(),
                    updated_at=datetime.now(),
                    deleted=False,
                )
            )
            database.commit()
        print("stored", flush=True)


{"make": make, "read": read, "append": append}[sys.argv[1]](*sys.argv[2:])
