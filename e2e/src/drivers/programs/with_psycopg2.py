"""psycopg2. libpq's variables say where."""
import datetime
import decimal
import io
import select
import threading

import psycopg2
import psycopg2.extras
from psycopg2.extensions import ISOLATION_LEVEL_REPEATABLE_READ
from scene import play, refusal


def state_of(error):
    return error.pgcode


def connect():
    connection = psycopg2.connect("")
    connection.autocommit = True
    return connection


def opened(work):
    def run():
        connection = connect()
        try:
            return work(connection)
        finally:
            connection.close()

    return run


def asked(connection, sql, given=None):
    with connection.cursor() as cursor:
        cursor.execute(sql, given)
        return cursor.fetchall() if cursor.description else cursor.statusmessage


def refused(work):
    return refusal(state_of, work)


def ids(connection):
    return asked(connection, "select id from items order by id")


def insert(connection, id):
    return asked(connection, "insert into items (id, name) values (%s, %s) returning id, mood", (id, f"item {id}"))


def query(sql):
    def ask(connection):
        with connection.cursor() as cursor:
            cursor.execute(sql)
            return [cursor.fetchall(), [tuple(column) for column in cursor.description]]

    return opened(ask)()


def parameters(connection):
    return asked(connection, "select %s, %s, %s, %s, %s, %s, %s, %s, %s", (
        41, "O'Neil\\ é", b"\x00\x01\xff", datetime.datetime(2023, 11, 14, 22, 13, 20, 123000, datetime.timezone.utc),
        psycopg2.extras.Json({"a": [1, None]}), [1, None, 3], decimal.Decimal("12.50"), True, None,
    ))


def prepared(connection):
    asked(connection, "prepare by_id(int) as select * from items where id = $1")
    seen = [asked(connection, "execute by_id(%s)", (id,)) for id in (1, 2, 3, 1)]
    asked(connection, "deallocate by_id")
    return seen + [refused(lambda: asked(connection, "execute by_id(1)"))]


def parts(connection):
    connection.autocommit = False
    seen = []
    with connection.cursor("parts") as cursor:
        cursor.itersize = 999
        cursor.execute("select g, repeat('x', 100) from generate_series(1, 5000) g")
        while rows := cursor.fetchmany(999):
            seen.append((len(rows), rows[-1][0]))
    connection.commit()
    return [seen, len(asked(connection, "select g, repeat('z', 500) from generate_series(1, 20000) g"))]


def commit(connection):
    connection.autocommit = False
    seen = [insert(connection, 10)]
    connection.rollback()
    seen.append(ids(connection))
    connection.rollback()
    connection.isolation_level = ISOLATION_LEVEL_REPEATABLE_READ
    insert(connection, 10)
    connection.commit()
    seen += [ids(connection), asked(connection, "delete from items where id = 10")]
    connection.commit()
    return seen


def savepoint(connection):
    connection.autocommit = False
    asked(connection, "savepoint one")
    seen = [refused(lambda: asked(connection, "select 1/0"))]
    asked(connection, "rollback to savepoint one")
    insert(connection, 11)
    seen.append(ids(connection))
    connection.rollback()
    return seen + [ids(connection)]


def failed(connection):
    connection.autocommit = False
    seen = [refused(lambda: asked(connection, "select 1/0")), refused(lambda: asked(connection, "select 1"))]
    connection.commit()
    return seen + [ids(connection)]


def cancellation(connection):
    done = threading.Event()

    def cancel():
        # A request that comes before the statement runs cancels nothing: it is repeated.
        while not done.wait(0.05):
            connection.cancel()

    thread = threading.Thread(target=cancel)
    thread.start()
    try:
        state = refused(lambda: asked(connection, "select pg_sleep(60)"))
    finally:
        done.set()
        thread.join()
    return [state, asked(connection, "select 1")]


def pipeline(connection):
    """It has none; many statements in one text are what it does instead."""
    with connection.cursor() as cursor:
        psycopg2.extras.execute_batch(cursor, "select %s::int", [(1,), (2,), (3,)])
        seen = [cursor.fetchall()]
        psycopg2.extras.execute_values(cursor, "insert into items (id, name) values %s returning id", [(30, "a"), (31, "b")])
        seen.append(cursor.fetchall())
    return seen + [refused(lambda: asked(connection, "select 1; select 1/0; select 2")), asked(connection, "delete from items where id >= 30")]


def copy_out(connection):
    seen = []
    with connection.cursor() as cursor:
        for form in ("text", "csv, header", "binary"):
            file = io.BytesIO()
            cursor.copy_expert(f"copy (select id, name, price from items order by id) to stdout (format {form})", file)
            seen.append(file.getvalue())
    return seen


def copy_in(connection):
    with connection.cursor() as cursor:
        cursor.copy_from(io.StringIO("20\ttwenty\n21\ttwenty-one\n"), "items", columns=("id", "name"))
        seen = [cursor.rowcount, ids(connection)]
        bad = io.StringIO("not a number\tx\n")
        seen.append(refused(lambda: cursor.copy_from(bad, "items", columns=("id", "name"))))
    return seen + [asked(connection, "delete from items where id >= 20")]


def notifications(connection):
    asked(connection, "listen news")
    asked(connection, "notify news, 'fresh'")
    while not connection.notifies:
        select.select([connection], [], [])
        connection.poll()
    return [(told.channel, told.payload) for told in connection.notifies]


def notice(connection):
    asked(connection, "drop table if exists never_there")
    return connection.notices


def reset(connection):
    asked(connection, "set timezone to 'Asia/Tokyo'")
    # RESET ALL and SET SESSION AUTHORIZATION DEFAULT.
    connection.reset()
    seen = asked(connection, "show timezone")
    connection.rollback()
    connection.autocommit = True
    asked(connection, "set timezone to 'Asia/Tokyo'")
    asked(connection, "discard all")
    return [seen, asked(connection, "show timezone")]


def lost():
    connection = connect()
    state = refused(lambda: asked(connection, "select pg_terminate_backend(pg_backend_pid())"))
    return [state, connection.closed, opened(lambda again: asked(again, "select 1"))()]


def migration(connection):
    connection.autocommit = False
    asked(connection, "create table moved (id int primary key, name text not null)")
    asked(connection, "insert into moved values (%s, %s)", (1, "one"))
    asked(connection, "alter table moved add column extra int default 7")
    seen = asked(connection, "select * from moved")
    connection.rollback()
    return [seen, asked(connection, "select to_regclass('moved')")]


play(query, state_of, {
    "parameters": opened(parameters),
    "prepared statements": opened(prepared),
    "large result in parts": opened(parts),
    "commit and rollback": opened(commit),
    "savepoint": opened(savepoint),
    "failed transaction": opened(failed),
    "pipeline": opened(pipeline),
    "cancellation": opened(cancellation),
    "copy out": opened(copy_out),
    "copy in": opened(copy_in),
    "notifications": opened(notifications),
    "notice": opened(notice),
    "pool reset": opened(reset),
    "lost connection": lost,
    "migration": opened(migration),
})
