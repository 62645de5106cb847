"""asyncpg: binary formats throughout, its own protocol implementation. libpq's variables say where."""
import asyncio
import datetime
import decimal
import io
import os
import ssl
import uuid

import asyncpg
from scene import play, refusal


def tls():
    if os.environ["PGSSLMODE"] == "disable":
        return False
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


def connect():
    return asyncpg.connect(ssl=tls())


def state_of(error):
    return error.sqlstate


def opened(work):
    async def run():
        connection = await connect()
        try:
            return await work(connection)
        finally:
            await connection.close()

    return lambda: asyncio.run(run())


async def refused(work):
    try:
        await work
    except asyncpg.PostgresError as error:
        return state_of(error)
    raise AssertionError("an error was expected")


async def rows(connection, sql, *given):
    return [tuple(row) for row in await connection.fetch(sql, *given)]


async def ids(connection):
    return await rows(connection, "select id from items order by id")


async def insert(connection, id):
    return await rows(connection, "insert into items (id, name) values ($1, $2) returning id, mood", id, f"item {id}")


def query(sql):
    async def ask(connection):
        statement = await connection.prepare(sql)
        return [[(a.name, a.type.name, a.type.kind) for a in statement.get_attributes()], [tuple(row) for row in await statement.fetch()]]

    return opened(ask)()


async def parameters(connection):
    return await rows(
        connection, "select $1::int, $2::text, $3::bytea, $4::timestamptz, $5::int[], $6::numeric, $7::bool, $8::text, $9::uuid, $10::interval, $11::mood",
        41, "O'Neil\\ é", b"\x00\x01\xff", datetime.datetime(2023, 11, 14, 22, 13, 20, 123000, datetime.timezone.utc),
        [1, None, 3], decimal.Decimal("12.50"), True, None, uuid.UUID(int=7), datetime.timedelta(days=1, seconds=2), "sad",
    )


async def prepared(connection):
    statement = await connection.prepare("select * from items where id = $1")
    seen = [[tuple(row) for row in await statement.fetch(id)] for id in (1, 2, 3, 1)]
    await connection.execute("deallocate all")
    seen.append(await refused(statement.fetch(1)))
    return seen + [await rows(connection, "select name from items where id = $1 or id = 0", 2)]


async def parts(connection):
    sizes = []
    async with connection.transaction():
        cursor = await connection.cursor("select g, repeat('x', 100) from generate_series(1, 5000) g")
        # A portal with a limit of rows, resumed.
        while part := await cursor.fetch(999):
            sizes.append(len(part))
        streamed = [row[0] async for row in connection.cursor("select generate_series(1, 300)", prefetch=70)]
    return [sizes, len(streamed), len(await rows(connection, "select g, repeat('z', 500) from generate_series(1, 20000) g"))]


async def commit(connection):
    seen = []
    transaction = connection.transaction()
    await transaction.start()
    seen.append(await insert(connection, 10))
    await transaction.rollback()
    seen.append(await ids(connection))
    async with connection.transaction(isolation="repeatable_read"):
        await insert(connection, 10)
    return seen + [await ids(connection), await connection.execute("delete from items where id = 10")]


async def savepoint(connection):
    transaction = connection.transaction()
    await transaction.start()

    async def inner():
        async with connection.transaction():
            await connection.fetch("select 1/0")

    seen = [await refused(inner())]
    await insert(connection, 11)
    seen.append(await ids(connection))
    await transaction.rollback()
    return seen + [await ids(connection)]


async def failed(connection):
    await connection.execute("begin")
    seen = [await refused(connection.fetch("select 1/0")), await refused(connection.fetch("select 1"))]
    return seen + [await connection.execute("commit"), await ids(connection)]


async def pipeline(connection):
    """executemany sends many executions and one Sync."""
    await connection.executemany("insert into items (id, name) values ($1, $2)", [(30 + n, f"many {n}") for n in range(200)])
    seen = [len(await ids(connection))]
    broken = connection.executemany("insert into items (id, name) values ($1, $2)", [(300, "new"), (30, "taken"), (301, "newer")])
    seen.append(await refused(broken))
    return seen + [len(await ids(connection)), await connection.execute("delete from items where id >= 30")]


async def cancellation(connection):
    try:
        await connection.fetch("select pg_sleep(60)", timeout=0.2)
    except asyncio.TimeoutError:
        return ["timed out", await rows(connection, "select 1")]


async def copy_out(connection):
    seen = []
    for form in ("text", "csv", "binary"):
        file = io.BytesIO()
        await connection.copy_from_query("select id, name, price from items order by id", output=file, format=form)
        seen.append(file.getvalue())
    return seen


async def copy_in(connection):
    seen = [await connection.copy_records_to_table("items", records=[(20, "twenty"), (21, "é")], columns=["id", "name"])]
    bad = io.BytesIO(b"not a number\tx\n")
    seen += [await ids(connection), await refused(connection.copy_to_table("items", source=bad, columns=["id", "name"]))]
    return seen + [await connection.execute("delete from items where id >= 20")]


async def notifications(connection):
    heard = asyncio.get_running_loop().create_future()
    await connection.add_listener("news", lambda _c, _pid, channel, payload: heard.set_result((channel, payload)))
    await connection.execute("notify news, 'fresh'")
    return await heard


async def notice(connection):
    told = []
    connection.add_log_listener(lambda _c, message: told.append((message.severity, message.sqlstate, message.message)))
    await connection.execute("drop table if exists never_there")
    while not told:
        await asyncio.sleep(0)
    return told


def reset():
    """What asyncpg's pool does when a connection comes back: advisory locks, cursors, listeners, settings."""
    async def run():
        async with asyncpg.create_pool(ssl=tls(), min_size=1, max_size=1) as pool:
            async with pool.acquire() as connection:
                await connection.execute("set timezone to 'Asia/Tokyo'")
            async with pool.acquire() as connection:
                return await rows(connection, "show timezone")

    return asyncio.run(run())


def lost():
    async def run():
        connection = await connect()
        state = await refused(connection.fetch("select pg_terminate_backend(pg_backend_pid())"))
        again = await connect()
        seen = [state, await rows(again, "select 1")]
        await again.close()
        return seen

    return asyncio.run(run())


async def migration(connection):
    transaction = connection.transaction()
    await transaction.start()
    await connection.execute("create table moved (id int primary key, name text not null)")
    await connection.execute("insert into moved values ($1, $2)", 1, "one")
    await connection.execute("alter table moved add column extra int default 7")
    seen = await rows(connection, "select * from moved")
    await transaction.rollback()
    return [seen, await rows(connection, "select to_regclass('moved')::text")]


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
    "pool reset": reset,
    "lost connection": lost,
    "migration": opened(migration),
})
