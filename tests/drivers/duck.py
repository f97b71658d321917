"""Runs one SQL statement in DuckDB and prints its rows, one JSON object a line; a timestamp as 2001-01-01T00:00:00.000Z."""

import datetime
import json
import sys

import duckdb


def as_text(value):
    if isinstance(value, datetime.datetime):
        return value.isoformat(timespec="milliseconds") + "Z"
    return str(value)


result = duckdb.execute(sys.argv[1])
names = [column[0] for column in result.description or []]
while rows := result.fetchmany(10_000):
    sys.stdout.write("".join(json.dumps(dict(zip(names, row)), default=as_text) + "\n" for row in rows))
