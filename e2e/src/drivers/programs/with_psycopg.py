"""psycopg 3. libpq's variables say where."""
import datetime
import decimal
import threading
import uuid

import psycopg
from psycopg.types.json import Jsonb
from scene import play, refusal


def state_of(error):
    return error.sqlstate


def opened(work):
    def run():
        with psycopg.connect(autocommit=True) as connection:
            return work(connection)

    return run


def refused(work):
    return refusal(state_of, work)


def ids(connection):
    return [row[0] for row in connection.execute("select id from items order by id")]


def insert(connection, id):
    return connection.execute("insert into items (id, name) values (%s, %s) returning id, mood", (id, f"item {id}")).fetchall()


def query(sql):
    def ask(connection):
        text = connection.execute(sql)
        seen = [text.fetchall(), [(c.name, c.type_code, c.internal_size, c.precision, c.scale) for c in text.description]]
        # The server's binary format is another path through the driver.
        return seen + [connection.cursor(binary=True).execute(sql).fetchall(), connection.execute(sql, prepare=True).fetchall()]

    return opened(ask)()


def parameters(connection):
    given = (
        41, "O'Neil\\ é", b"\x00\x01\xff", datetime.datetime(2023, 11, 14, 22, 13, 20, 123000, datetime.timezone.utc),
        Jsonb({"a": [1, None]}), [1, None, 3], decimal.Decimal("12.50"), True, None,
        uuid.UUID(int=7), datetime.date(2024, 2, 29), datetime.timedelta(days=1, seconds=2),
    )
    seen = []
    for form in ("%s", "%t", "%b"):
        # Not every type has a binary form in this driver.
        asked = [value for value in given if form != "%b" or not isinstance(value, (datetime.timedelta, list))]
        sql = "select " + ", ".join([form] * len(asked))
        seen.append(connection.execute(sql, asked).fetchall())
    return seen


def prepared(connection):
    seen = []
    for id in (1, 2, 3, 1):
        seen.append(connection.execute("select * from items where id = %s", (id,), prepare=True).fetchall())
    connection.execute("deallocate all")
    seen.append(refused(lambda: connection.execute("select * from items where id = %s", (1,), prepare=True)))
    return seen + [connection.execute("select name from items where id = %s", (2,), prepare=False).fetchall()]


def parts(connection):
    seen = []
    with connection.transaction(), connection.cursor("parts") as cursor:
        cursor.execute("select g, repeat('x', 100) from generate_series(1, 5000) g")
        while rows := cursor.fetchmany(999):
            seen.append((len(rows), rows[-1][0]))
    streamed = sum(1 for _ in connection.cursor().stream("select g, repeat('y', 50) from generate_series(1, 3000) g"))
    whole = connection.execute("select g, repeat('z', 500) from generate_series(1, 20000) g").fetchall()
    return [seen, streamed, len(whole), whole[-1][0]]


def commit(connection):
    seen = []
    with connection.transaction(force_rollback=True):
        seen.append(insert(connection, 10))
    seen.append(ids(connection))
    connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
    with connection.transaction():
        insert(connection, 10)
    return seen + [ids(connection), connection.execute("delete from items where id = 10").rowcount]


def savepoint(connection):
    seen = []
    with connection.transaction(force_rollback=True):
        def inner():
            with connection.transaction():
                connection.execute("select 1/0")

        seen.append(refused(inner))
        insert(connection, 11)
        seen.append(ids(connection))
    return seen + [ids(connection)]


def failed(connection):
    connection.execute("begin")
    seen = [refused(lambda: connection.execute("select 1/0")), refused(lambda: connection.execute("select 1"))]
    return seen + [connection.execute("commit").statusmessage, ids(connection)]


def pipeline(connection):
    seen = []
    with connection.pipeline():
        cursors = [connection.execute("select %s::int as n", (n,)) for n in (1, 2, 3)]
        seen += [cursor.fetchall() for cursor in cursors]
    many = connection.cursor()
    many.executemany("select %s::int + 1", [(1,), (2,)], returning=True)
    while True:
        seen.append(many.fetchall())
        if not many.nextset():
            break

    def broken():
        with connection.pipeline() as pipe:
            connection.execute("select 1")
            connection.execute("select 1/0")
            connection.execute("select 2")
            pipe.sync()

    return seen + [refused(broken), connection.execute("select 3").fetchall()]


def cancellation(connection):
    done = threading.Event()

    def cancel():
        # A request that comes before the statement runs cancels nothing: it is repeated.
        while not done.wait(0.05):
            connection.cancel()

    thread = threading.Thread(target=cancel)
    thread.start()
    try:
        state = refused(lambda: connection.execute("select pg_sleep(60)"))
    finally:
        done.set()
        thread.join()
    return [state, connection.execute("select 1").fetchall()]


def copy_out(connection):
    seen = []
    for form in ("text", "csv, header", "binary"):
        with connection.cursor().copy(f"copy (select id, name, price from items order by id) to stdout (format {form})") as copy:
            seen.append(b"".join(bytes(part) for part in copy))
    return seen


def copy_in(connection):
    cursor = connection.cursor()
    with cursor.copy("copy items (id, name) from stdin") as copy:
        copy.write_row((20, "twenty\tone"))
        copy.write_row((21, "back\\slash"))
    seen = [cursor.rowcount, connection.execute("select id, name from items where id >= 20 order by id").fetchall()]
    with connection.cursor().copy("copy items (id, name) from stdin (format binary)") as copy:
        copy.set_types(["int4", "text"])
        copy.write_row((22, "binary"))

    def bad():
        with connection.cursor().copy("copy items (id, name) from stdin") as copy:
            copy.write("not a number\tx\n")

    return seen + [refused(bad), connection.execute("delete from items where id >= 20").rowcount]


def notifications(connection):
    told = []
    connection.add_notify_handler(lambda heard: told.append((heard.channel, heard.payload)))
    connection.execute("listen news")
    connection.execute("notify news, 'fresh'")
    while not told:
        connection.execute("select 1")
    return told


def notice(connection):
    told = []
    connection.add_notice_handler(lambda d: told.append((d.severity, d.sqlstate, d.message_primary)))
    connection.execute("drop table if exists never_there")
    return told


def reset(connection):
    connection.execute("set timezone to 'Asia/Tokyo'")
    connection.execute("discard all")
    return connection.execute("show timezone").fetchall()


def lost():
    connection = psycopg.connect(autocommit=True)
    state = refused(lambda: connection.execute("select pg_terminate_backend(pg_backend_pid())"))
    return [state, connection.closed, opened(lambda again: again.execute("select 1").fetchall())()]


def migration(connection):
    seen = []
    with connection.transaction(force_rollback=True):
        connection.execute("create table moved (id int primary key, name text not null)")
        connection.execute("insert into moved values (%s, %s)", (1, "one"))
        connection.execute("alter table moved add column extra int default 7")
        seen += connection.execute("select * from moved").fetchall()
    return seen + [connection.execute("select to_regclass('moved')").fetchall()]


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
